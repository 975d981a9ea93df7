"""How well changes of articles are told apart, what they cost, and how fast they are listed.

    python -m benchmarks.revisions
    python -m benchmarks.revisions --pages sqlite:////var/tmp/marsad-revisions.db
    python -m benchmarks.revisions --pages postgresql

See README.md in this folder.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import mean, median
from tempfile import TemporaryDirectory

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import inspect, text

from aggregator.config import Settings
from aggregator.process.revisions.plan import plan_revision
from aggregator.process.revisions.significance import compare
from aggregator.storage.engine import Database
from aggregator.types import CHANGE_SIZES
from benchmarks.databases import server
from benchmarks.readers_rows import Size, Texts, arrivals
from benchmarks.revisions_data import Archive, edited, fill_archive, version_of
from benchmarks.revisions_labelled import read_pairs
from benchmarks.scores import Score
from web import create_app

MIN_PRECISION = 0.9
MAX_SHARE = 0.15
MAX_P99_MS = 150
NO_CHANGE = ""
_TABLES = {"former versions": ("entry_revisions",), "entries": ("entries", "entry_contents")}
_DAY = timedelta(days=1)


def score_sizes() -> list[Score]:
    """Compare the sizes that are decided with the labels."""
    labelled, found, right = Counter[str](), Counter[str](), Counter[str]()
    for pair in read_pairs():
        change = compare(pair.before, pair.after)
        decided = change.size if change else NO_CHANGE
        labelled[pair.size] += 1
        found[decided] += 1
        right[decided] += decided == pair.size
    sizes = (NO_CHANGE, *CHANGE_SIZES)
    return [Score(size, labelled[size], found[size], right[size]) for size in sizes]


def measure_room(entries: int, revisions: int) -> tuple[float, float]:
    """Bytes of a former version and of an entry in a database, indexes included."""
    with TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'room.db'}")
        now = datetime.now(UTC).replace(microsecond=0)
        fill_archive(database, Archive(Size(entries, 20, 0, 1), revisions, now))
        with database.read() as session:
            pages = session.execute(
                text(
                    "SELECT coalesce(i.tbl_name, d.name), sum(d.pgsize) FROM dbstat d"
                    " LEFT JOIN sqlite_master i ON i.name = d.name GROUP BY 1"
                )
            ).all()
        database.close()
    room = {str(name): int(size) for name, size in pages}
    former, whole = (sum(room[name] for name in names) for names in _TABLES.values())
    return former / revisions, whole / entries


def measure_planning(rounds: int = 2_000) -> float:
    """CPU time of deciding what to keep of a changed entry, in microseconds."""
    texts, random = Texts(1), Random(1)
    now = datetime.now(UTC)
    after = [version_of(each, texts) for each in arrivals(Size(rounds, 20, 0, 1), now)]
    before = [edited(each, random) for each in after]
    times = []
    for old, new in zip(before, after, strict=True):
        started = time.process_time_ns()
        plan_revision(old, new, 0, None)
        times.append(time.process_time_ns() - started)
    return mean(times) / 1000


@dataclass(frozen=True)
class PageTimes:
    """How long a page takes, in ms of wall time and of this process's CPU time."""

    page: str
    p50: float
    p99: float
    cpu: float
    size: int


def measure_pages(database: Database, requests: int) -> Iterator[PageTimes]:
    """Request the pages of changes from an application in this process."""
    app = create_app(Settings(), database)
    client = app.test_client()
    today = datetime.now(UTC).date()
    random = Random(1)
    pages: dict[str, Callable[[], str]] = {
        "today": lambda: "/changes",
        "a day of the year": lambda: f"/changes?day={today - random.randrange(2, 360) * _DAY}",
        "a source": lambda: f"/changes?source=source-{random.randrange(1, 200):03}",
        "a size": lambda: f"/changes?size={random.choice(CHANGE_SIZES)}",
        "a topic": lambda: "/changes?topic=water",
        "all, as Atom": lambda: "/changes.atom",
        "a source, as Atom": lambda: f"/changes.atom?source=source-{random.randrange(1, 200):03}",
        "a topic, as CSV": lambda: "/changes.csv?topic=water&limit=50",
        "the API": lambda: "/api/v1/changes?announced=1",
        "a history": lambda: f"/entries/{random.choice(changed)}/history",
    }
    with database.read() as session:
        some = "SELECT entry_id FROM entry_revisions ORDER BY entry_id DESC LIMIT 500"
        changed = list(session.execute(text(some)).scalars())
    for name, address in pages.items():
        for _ in range(5):
            client.get(address())
        yield _measure_page(name, lambda: client.get(address()).get_data(), requests)  # noqa: B023  # called at once


def _measure_page(name: str, get: Callable[[], bytes], requests: int) -> PageTimes:
    walls, cpus, sizes = [], [], []
    for _ in range(requests):
        wall, cpu = time.perf_counter(), time.process_time()
        sizes.append(len(get()))
        walls.append(1000 * (time.perf_counter() - wall))
        cpus.append(1000 * (time.process_time() - cpu))
    walls.sort()
    p99 = walls[min(len(walls) - 1, len(walls) * 99 // 100)]
    return PageTimes(name, median(walls), p99, mean(cpus), round(mean(sizes)))


@contextmanager
def archive(url: str, size: Size, revisions: int) -> Iterator[Database]:
    """A filled database; one with entries is used as it is. "postgresql" starts a server."""
    with ExitStack() as stack:
        if url == "postgresql":
            url = stack.enter_context(server(url)).fresh(Path()).url
        database = stack.enter_context(closing(Database(url)))
        if not _has_entries(database):
            now = datetime.now(UTC).replace(microsecond=0)
            fill_archive(database, Archive(size, revisions, now))
        yield database


def _has_entries(database: Database) -> bool:
    if not inspect(database.engine).has_table("entries"):
        return False
    with database.read() as session:
        return session.execute(text("SELECT 1 FROM entries LIMIT 1")).first() is not None


@click.command()
@click.option("--pages", "url", help="Also measure pages on a database; fill an empty one.")
@click.option("--entries", default=1_000_000, show_default=True, help="To fill it with.")
@click.option("--revisions", default=50_000, show_default=True, help="Of them, changed once.")
@click.option("--requests", default=200, show_default=True, help="Of each page.")
def main(url: str | None, entries: int, revisions: int, requests: int) -> None:
    """Print the figures; those that miss their target are marked."""
    console = Console()
    table = Table("change", "labelled", "found", "right", "precision", "recall")
    for score in score_sizes():
        figures = (score.labelled, score.found, score.right)
        shares = (f"{score.precision:.2f}", f"{score.recall:.2f}")
        table.add_row(score.name or "none", *map(str, figures), *shares)
        if score.name == "substance" and score.precision < MIN_PRECISION:
            console.print(f"[red]substance: precision below {MIN_PRECISION}")
    console.print(table)
    former, whole = measure_room(entries=20_000, revisions=2_000)
    late = " [red]too much[/]" if former > MAX_SHARE * whole else ""
    console.print(
        f"a former version takes {former:.0f} bytes, its entry {whole:.0f}:"
        f" {100 * former / whole:.1f} %{late}"
    )
    console.print(f"to plan what is kept of a changed entry: {measure_planning():.0f} µs of CPU")
    if url is None:
        return
    with archive(url, Size(entries, 200, 0, 1), revisions) as database:
        table = Table("/changes", "p50 ms", "p99 ms", "CPU ms", "bytes")
        for each in measure_pages(database, requests):
            slow = "[red]" if each.p99 > MAX_P99_MS else ""
            table.add_row(
                each.page, f"{each.p50:.1f}", f"{slow}{each.p99:.1f}", f"{each.cpu:.1f}",
                f"{each.size:,}",
            )  # fmt: skip
        console.print(table)


if __name__ == "__main__":
    main()

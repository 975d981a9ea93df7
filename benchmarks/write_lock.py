"""How long a poller holds SQLite's write lock, and how long a reader waits for it.

    python -m benchmarks.write_lock --database sqlite:////var/tmp/many.db

See README.md in this folder.
"""

import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import func, select

from aggregator.storage.engine import Database
from aggregator.storage.models import Entry
from benchmarks.arriving import ENTRIES, run_live_publisher
from benchmarks.measure import BenchmarkError
from benchmarks.processes import is_supported, tree_cpu_s
from benchmarks.readers_rows import Size
from benchmarks.readers_site import config_text, prepare_database
from benchmarks.systems import environment
from benchmarks.web_ports import free_port

_ROOT = Path(__file__).resolve().parent.parent
# One entry of each feed.
_NEW_EVERY_S = 20.0
_START_TIMEOUT_S = 120.0
# Maximum p99 of what the poller holds the lock for, and of a reader's wait, in ms.
MAX_P99_MS = 100.0
HELD, CPU = "lock held by the poller", "of that, CPU of its thread"


@dataclass(frozen=True)
class Phase:
    """A stretch of the run: its name, its end (seconds since 1970) and the poller's CPU in s."""

    name: str
    end: float
    entries: int
    cpu_s: float


@dataclass(frozen=True)
class Sample:
    """A transaction of the poller, or a mark: when it ended, and for how many ms it lasted."""

    at: float
    ms: float
    what: str


def run(folder: Path, database: Path, size: Size, seconds: float) -> tuple[list[Phase], str]:
    """Poll every feed at once and then for `seconds`, beside a reader who marks."""
    url = f"sqlite:///{database}"
    with run_live_publisher(_NEW_EVERY_S) as publisher, ExitStack() as stack:
        latest = prepare_database(url, size, publisher).latest
        config = folder / "config.toml"
        config.write_text(config_text(url, free_port(), publisher, size), encoding="utf-8")
        began = time.time()
        stack.enter_context(_running("marks", folder, ["--database", url]))
        holds = ["--holds", str(folder / "holds.tsv"), "--", "--config", str(config), "poll"]
        process = stack.enter_context(_running("poller", folder, holds))
        poller, first = process.pid, latest + size.sources * (ENTRIES - 1)
        _wait_until(lambda: _newest(url) >= first, process, folder / "poller.log")
        stored, cpu_s = _newest(url), tree_cpu_s([poller])
        phases = [Phase("start", time.time(), stored - latest, cpu_s)]
        time.sleep(seconds)
        entries, cpu_s = _newest(url) - stored, tree_cpu_s([poller]) - cpu_s
        phases.append(Phase("busy minute", time.time(), entries, cpu_s))
        return phases, f"start took {phases[0].end - began:.1f} s"


@contextmanager
def _running(
    name: str, folder: Path, arguments: Sequence[str]
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `benchmarks.write_lock_…` while the block runs, its output in NAME.tsv."""
    with (folder / f"{name}.tsv").open("wb") as output, (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", f"benchmarks.write_lock_{name}", *arguments],
            cwd=_ROOT,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=log,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            process.terminate()
            process.wait(30)


def _newest(url: str) -> int:
    database = Database(url)
    with database.read() as session:
        latest = session.scalar(select(func.max(Entry.id))) or 0
    database.close()
    return latest


def _wait_until(is_done: Callable[[], bool], poller: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while not is_done():
        if time.monotonic() > deadline or poller.poll() is not None:
            raise BenchmarkError(f"The poller has not polled every feed: {log.read_text()[-500:]}")
        time.sleep(0.2)


# --- the report ------------------------------------------------------------------------------


def read_holds(path: Path) -> list[Sample]:
    """Transactions of the poller, by the function that opened them."""
    samples: list[Sample] = []
    for line in path.read_text().splitlines():
        at, held, cpu, caller = line.split("\t")
        samples.append(Sample(float(at), float(held), HELD))
        samples += [Sample(float(at), float(cpu), what) for what in (CPU, f"  {caller}")]
    return samples


def read_marks(path: Path) -> list[Sample]:
    """Marks: what each waited for the lock, and what it took altogether."""
    samples: list[Sample] = []
    for line in path.read_text().splitlines():
        at, waited, took = map(float, line.split("\t"))
        samples += [Sample(at, waited, "mark ten: wait"), Sample(at, took, "mark ten: all")]
    return samples


def table(phase: Phase, samples: Sequence[Sample], by_caller: bool) -> Table:
    """What happened in one phase; figures that miss the target are red."""
    heading = f"{phase.name}: {phase.entries:,} entries, {phase.cpu_s:.1f} s of CPU"
    shown = Table(title=heading, title_justify="left")
    shown.add_column("ms")
    for title in ("number", "p50", "p99", "max", "sum"):
        shown.add_column(title, justify="right")
    groups: dict[str, list[float]] = defaultdict(list)
    for each in samples:
        if by_caller or not each.what.startswith(" "):
            groups[each.what].append(each.ms)
    for name, values in sorted(groups.items(), key=lambda group: -sum(group[1])):
        p50, p99 = percentiles(values)
        cells = (f"{value:.1f}" for value in (p50, p99, max(values), sum(values)))
        missed = p99 > MAX_P99_MS and not name.startswith(" ")
        shown.add_row(name, str(len(values)), *cells, style="red" if missed else None)
    return shown


def percentiles(values: Sequence[float]) -> tuple[float, float]:
    """p50 and p99."""
    if len(values) == 1:
        return values[0], values[0]
    cuts = quantiles(values, n=100, method="inclusive")
    return cuts[49], cuts[98]


@click.command()
@click.option("--database", "url", help="SQLite, filled by readers_data; it is copied.")
@click.option("--entries", default=300_000, show_default=True, help="To fill without --database.")
@click.option("--feeds", default=200, show_default=True, help="As many as the database has.")
@click.option("--seconds", default=60.0, show_default=True, help="After the start.")
@click.option("--by-caller", is_flag=True, help="Also CPU by the function that held the lock.")
def main(url: str | None, entries: int, feeds: int, seconds: float, by_caller: bool) -> None:
    """Measure a start with all feeds due, and a busy minute after it."""
    if not is_supported():
        raise click.ClickException("This benchmark reads /proc: it needs Linux.")
    with TemporaryDirectory(prefix="marsad-benchmark-", dir=_beside(url)) as name:
        folder = Path(name)
        copy = folder / "readers.db"
        if url is not None:
            shutil.copyfile(url.removeprefix("sqlite:///"), copy)
        try:
            phases, took = run(folder, copy, Size(entries, feeds, 1000, 1), seconds)
        except BenchmarkError as error:
            raise click.ClickException(str(error)) from error
        samples = read_holds(folder / "holds.tsv") + read_marks(folder / "marks.tsv")
    console = Console(width=None if sys.stdout.isatty() else 120)
    start = 0.0
    for phase in phases:
        within = [each for each in samples if start <= each.at < phase.end]
        console.print(table(phase, within, by_caller))
        start = phase.end
    console.print(took)


def _beside(url: str | None) -> Path | None:
    """The folder of a database: there is room for another one."""
    return Path(url.removeprefix("sqlite:///")).parent if url else None


if __name__ == "__main__":
    main()

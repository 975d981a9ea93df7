"""What series of matches over a year cost in a large archive, and the memory that exports take.

    python -m benchmarks.research --keep /var/tmp/research
    python -m benchmarks.research --database postgresql --keep /var/tmp/research

Fills a database as `benchmarks.readers_data` does. Words are drawn from the entries themselves, by
the share of the entries that has them. See README.md in this folder.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import click
from sqlalchemy import func, select, text

from aggregator.query import parse
from aggregator.services.research.entries import export_entries
from aggregator.services.research.request import Question, ResearchRequest
from aggregator.services.research.series import find_series
from aggregator.storage.engine import Database
from aggregator.storage.models import Entry
from aggregator.types.research import AskedAt, ResearchScope
from benchmarks.processes import cpu_of
from benchmarks.readers_data import fill_database
from benchmarks.readers_rows import Size
from benchmarks.readers_site import database_in
from benchmarks.search import Sample, sample, server_of
from web.feeds_out.research import ENTRIES, FORMATS

ZONE = ZoneInfo("Africa/Casablanca")
YEAR = timedelta(days=364)
SHARES = (0.3, 0.1, 0.02)
# Entries of an export that lets buffers grow, and of the one that is measured.
FEW, MANY = 10_000, 100_000


@click.command()
@click.option("--database", "kind", default="sqlite", type=click.Choice(["sqlite", "postgresql"]))
@click.option("--entries", default=1_000_000, show_default=True)
@click.option("--rounds", default=9, show_default=True, help="Times that each series is asked for.")
@click.option("--keep", type=click.Path(path_type=Path), help="Folder of the database.")
def main(kind: str, entries: int, rounds: int, keep: Path | None) -> None:
    """Print CPU ms, of our process and of the one that answers it on PostgreSQL; then memory."""
    with TemporaryDirectory(prefix="marsad-research-") as folder:
        home = keep or Path(folder)
        home.mkdir(parents=True, exist_ok=True)
        with database_in(kind, home) as (url, _):
            database = Database(url)
            if fill_database(database, Size(entries=entries, sources=200, readers=10, seed=1)):
                _vacuum(database)
            whole_year = _request(database)
            with database.read() as session:
                found = sample(session, Random(1))
            for name, request in _requests(whole_year, found):
                _report(name, database, request, rounds)
            _export(database, replace(whole_year, questions=()))
            database.close()


def _vacuum(database: Database) -> None:
    """Do what autovacuum does a minute after."""
    if not database.is_sqlite:
        with database.engine.connect().execution_options(
            isolation_level="AUTOCOMMIT"
        ) as connection:
            connection.execute(text("VACUUM ANALYZE"))


def _request(database: Database) -> ResearchRequest:
    with database.read() as session:
        now = session.execute(select(func.max(Entry.published_at))).scalar_one()
        last = session.execute(select(func.max(Entry.id))).scalar_one()
    day = now.astimezone(ZONE).date()
    return ResearchRequest((), day - YEAR, day, ZONE, AskedAt(now, last))


def _requests(year: ResearchRequest, found: Sample) -> Iterator[tuple[str, ResearchRequest]]:
    words = {share: _word(found, share) for share in SHARES}
    common = replace(year, questions=(_question(words[0.1][0]),))
    for word, share in words.values():
        yield f"a word in {share:.0%}, by day", replace(year, questions=(_question(word),))
    yield "the second by week", replace(common, unit="week")
    month = year.last_day - timedelta(days=30)
    yield "the second by hour of a month", replace(common, unit="hour", first_day=month)
    yield "by source", replace(common, grouping="source")
    yield "by section", replace(common, grouping="section")
    yield "in one source", replace(common, scope=ResearchScope(sources=("source-001",)))
    earlier = AskedAt(year.asked.moment, round(year.asked.last_entry_id * 0.9))
    yield "as of 100,000 entries ago", replace(common, asked=earlier)
    all_words = tuple(_question(word) for word, _ in words.values())
    yield "all three words compared", replace(year, questions=all_words)


def _word(found: Sample, share: float) -> tuple[str, float]:
    """A stem in about this share of the entries."""
    stems = sorted(each for each in found.share if len(each) > 2)
    stem = min(stems, key=lambda each: abs(found.share[each] - share))
    return stem, found.share[stem]


def _question(word: str) -> Question:
    return Question(word, parse(word))


def _report(name: str, database: Database, request: ResearchRequest, rounds: int) -> None:
    took = []
    for _ in range(rounds):
        with database.read() as session:
            server = server_of(session)
            began = time.process_time() + cpu_of(server)
            found = find_series(session, request)
            took.append(1000 * (time.process_time() + cpu_of(server) - began))
    total = " + ".join(f"{each.total:,}" for each in found.series)
    print(f"{name:32} median {median(took):6.0f} ms   most {max(took):6.0f} ms   {total} matches")


def _export(database: Database, request: ResearchRequest) -> None:
    """Write entries in each format to nowhere."""
    for kind, format_ in FORMATS.items():
        peaks = []
        for most in (FEW, MANY):
            pages = _first(export_entries(database, request, None), most)
            began, size = time.process_time(), 0
            size = sum(len(chunk) for chunk in format_.stream(ENTRIES, pages))
            took = time.process_time() - began
            peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        print(
            f"export of {MANY:,} entries as {kind}: {size / 2**20:.0f} MiB in {took:.1f} s of CPU,"
            f" peak memory {peaks[1]:.0f} MiB after {peaks[0]:.0f} MiB for {FEW:,}"
        )


def _first(pages: Iterator[list[object]], most: int) -> Iterator[list[object]]:
    seen = 0
    for page in pages:
        if seen >= most:
            return
        seen += len(page)
        yield page


if __name__ == "__main__":
    main()

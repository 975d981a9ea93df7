"""What indexing a backlog costs, spread over time or published within one second.

    python -m benchmarks.indexing --entries 200000

An archive that was imported, or rebuilt by its publisher, has thousands of entries of one moment.
They are written past the program into an empty SQLite database and indexed as the poller does it.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from aggregator.services.ingest.index import index_backlog
from aggregator.storage.engine import Database
from aggregator.storage.schema import migrate
from benchmarks.readers_rows import Size, Texts, arrivals, content, entry, feeds, sources
from benchmarks.readers_tables import bulk_insert

_SOURCES = 20


def index_cpu_s(folder: Path, entries: int, *, at_once: bool) -> float:
    """Seconds of CPU to index so many entries."""
    now = datetime.now(UTC).replace(microsecond=0)
    size = Size(entries, _SOURCES, readers=0, seed=1)
    database = Database(f"sqlite:///{folder / ('once.db' if at_once else 'spread.db')}")
    migrate(database)
    texts = Texts(size.seed)
    rows = list(sources(size))
    languages = ["", *(row[6] for row in rows)]
    arrived = list(arrivals(size, now))
    if at_once:
        arrived = [replace(each, published_at=now) for each in arrived]
    with bulk_insert(database, "entries") as insert:
        insert("sources", rows)
        insert("feeds", feeds(size, [0] * (size.sources + 1), now))
        insert("entries", (entry(each, texts, languages) for each in arrived))
        insert("entry_contents", (content(each, texts) for each in arrived))
    started = time.process_time()
    indexed = index_backlog(database, pause=lambda _: None)
    spent = time.process_time() - started
    database.close()
    if indexed != entries:
        raise click.ClickException(f"{indexed} of {entries} entries were indexed.")
    return spent


@click.command()
@click.option("--entries", default=200_000, show_default=True)
def main(entries: int) -> None:
    """Index a backlog twice and compare."""
    with TemporaryDirectory() as folder:
        spread = index_cpu_s(Path(folder), entries, at_once=False)
        once = index_cpu_s(Path(folder), entries, at_once=True)
    for name, spent in (("spread over a year", spread), ("within one second", once)):
        click.echo(f"{name:>20}: {spent:7.1f} s of CPU, {1000 * spent / entries:.2f} ms an entry")
    click.echo(f"{'ratio':>20}: {once / spread:.2f}")


if __name__ == "__main__":
    main()

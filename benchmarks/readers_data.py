"""A large newsroom with many readers, written straight into a database.

    python -m benchmarks.readers_data --database sqlite:////tmp/readers.db --entries 1000000

The tables are filled past the program, in the order in which entries would have arrived: twelve
months of a few busy and many quiet sources, late arrivals with old dates, copies within a source
and elsewhere, readers who follow some forty sources each. The same seed gives the same rows, save
that they end at the moment of the run. `readers_rows.session_token(n)` is the cookie of reader n.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any

import click
from sqlalchemy import text

from aggregator.process.analysis.search_document import INDEX_VERSION
from aggregator.storage.engine import Database
from aggregator.storage.schema import migrate
from benchmarks import search_data
from benchmarks.readers_collections import add_collections, session_row, user_row
from benchmarks.readers_rows import (
    Size,
    Texts,
    arrivals,
    content,
    entry,
    feeds,
    owners,
    readers,
    sources,
)
from benchmarks.readers_tables import COLUMNS, Insert, Rows, bulk_insert

_CHUNK = 10_000

IndexRows = Callable[[Sequence[search_data.Document]], Rows]


def fill(insert: Insert, index_rows: IndexRows, size: Size, now: datetime) -> None:
    """Fill every table, parents first."""
    texts = Texts(size.seed)
    rows = list(sources(size))
    languages = ["", *(row[6] for row in rows)]
    source_of = [0]
    counts = [0] * (size.sources + 1)
    for arrival in arrivals(size, now):
        source_of.append(arrival.source)
        counts[arrival.source] += 1
    insert("owners", owners())
    insert("sources", rows)
    insert("feeds", feeds(size, counts, now))
    insert("entries", (entry(each, texts, languages) for each in arrivals(size, now)))
    insert("entry_contents", (content(each, texts) for each in arrivals(size, now)))
    _fill_index(insert, index_rows, size, texts, languages, now)
    insert("users", (user_row(id_, now - size.span) for id_ in range(1, size.readers + 1)))
    insert("user_sessions", (session_row(id_, now) for id_ in range(1, size.readers + 1)))
    _fill_readers(insert, size, source_of, now)


def _fill_index(
    insert: Insert,
    index_rows: IndexRows,
    size: Size,
    texts: Texts,
    languages: Sequence[str],
    now: datetime,
) -> None:
    tokens = 0
    found = search_data.documents(arrivals(size, now), texts, languages)
    for chunk in _chunks(found, _CHUNK):
        chunk.sort()
        insert("search_docs", search_data.doc_rows(chunk))
        insert("search_index", index_rows(chunk))
        tokens += sum(each.words.length for each in chunk)
    insert("search_state", [(1, INDEX_VERSION, 0, 0, size.entries, tokens, 0)])


def _fill_readers(insert: Insert, size: Size, source_of: Sequence[int], now: datetime) -> None:
    random = Random(f"stars {size.seed}")
    for group in _chunks(readers(size, source_of), 50):
        insert(
            "source_subscriptions",
            ((each.id, id_, now - size.span) for each in group for id_ in sorted(each.followed)),
        )
        insert(
            "read_marks",
            ((each.id, id_, each.mark) for each in group for id_ in sorted(each.followed)),
        )
        insert(
            "read_exceptions",
            (
                (each.id, id_, source_of[id_], read)
                for each in group
                for id_, read in sorted(
                    [*((id_, True) for id_ in each.read), *((id_, False) for id_ in each.kept)]
                )
            ),
        )
        insert(
            "stars",
            (
                (each.id, id_, now)
                for each in group
                for id_ in sorted(random.sample(range(1, size.entries + 1), 20))
            ),
        )


def _chunks(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    chunk: list[Any] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def fill_database(database: Database, size: Size) -> bool:
    """Migrate and fill a database; False if it has entries already."""
    migrate(database)
    with database.read() as session:
        if session.execute(text("SELECT 1 FROM entries LIMIT 1")).first():
            return False
    index_rows = search_data.fts_rows if database.is_sqlite else search_data.vector_rows
    with database.write() as session:
        session.execute(text("DELETE FROM search_state"))
    with bulk_insert(database, "entries", "read_exceptions", "search_index") as insert:
        fill(insert, index_rows, size, datetime.now(UTC).replace(microsecond=0))
    return True


@click.command()
@click.option("--database", "url", required=True, help="Of a database that does not exist yet.")
@click.option("--entries", default=1_000_000, show_default=True)
@click.option("--sources", "many", default=200, show_default=True)
@click.option("--readers", "people", default=1000, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option(
    "--add-stories", is_flag=True, help="Only add stories, topics and tags to a filled database."
)
def main(url: str, entries: int, many: int, people: int, seed: int, add_stories: bool) -> None:
    """Fill an empty database."""
    started = time.monotonic()
    database = Database(url)
    size = Size(entries, many, people, seed)
    if add_stories:
        migrate(database)
    elif not fill_database(database, size):
        raise click.ClickException("There are entries in this database already: --add-stories?")
    if not add_collections(database, size):
        raise click.ClickException("There are stories in this database already.")
    with database.read() as session:
        for table in (*COLUMNS, "stories"):
            count = session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
            click.echo(f"{count:>10,} {table}")
    database.close()
    click.echo(f"{time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()

"""A large newsroom with many readers, written straight into a database.

    python -m benchmarks.readers_data --database sqlite:////tmp/readers.db --entries 1000000

The tables are filled past the program, in the order in which entries would have arrived: twelve
months of a few busy and many quiet sources, late arrivals with old dates, copies within a source
and elsewhere, readers who follow some forty sources each. The same seed gives the same rows, save
that they end at the moment of the run. `readers_rows.session_token(n)` is the cookie of reader n.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import click
import psycopg
from sqlalchemy import text

from aggregator.process.analysis.search_document import INDEX_VERSION
from aggregator.storage.engine import Database
from aggregator.storage.schema import migrate
from benchmarks import search_data
from benchmarks.readers_rows import (
    SPAN,
    Row,
    Size,
    Texts,
    arrivals,
    content,
    entry,
    feeds,
    readers,
    session_token,
    sources,
)

_CHUNK = 10_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Rows = Iterable[Row]

COLUMNS = {
    "sources": "id slug name_ar name_fr name_en country language timezone site position enabled",
    "feeds": (
        "id source_id url section position enabled created_at status status_since failures"
        " last_polled_at last_success_at next_poll_at interval_s newest_entry_at entry_count"
        " clamped_dates"
    ),
    "entries": (
        "id feed_id source_id identity guid url url_key text_key title_key revision text_revision"
        " title author summary image_url language direction word_count published_at fetched_at"
        " duplicate_of"
    ),
    "entry_contents": "entry_id content categories enclosures",
    "users": "id name name_key password_hash role created_at",
    "user_sessions": "token_hash user_id created_at expires_at user_agent",
    "source_subscriptions": "user_id source_id followed_at",
    "read_marks": "user_id source_id up_to",
    "read_exceptions": "user_id entry_id source_id read",
    "stars": "user_id entry_id starred_at",
    "search_docs": search_data.DOC_COLUMNS,
}

Insert = Callable[[str, Rows], None]
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
    insert("sources", rows)
    insert("feeds", feeds(size, counts, now))
    insert("entries", (entry(each, texts, languages) for each in arrivals(size, now)))
    insert("entry_contents", (content(each, texts) for each in arrivals(size, now)))
    _fill_index(insert, index_rows, size, texts, languages, now)
    insert("users", (_user(id_, now) for id_ in range(1, size.readers + 1)))
    insert("user_sessions", (_session(id_, now) for id_ in range(1, size.readers + 1)))
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
            ((each.id, id_, now - SPAN) for each in group for id_ in sorted(each.followed)),
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


def _user(id_: int, now: datetime) -> Row:
    name = f"reader{id_:05}"
    return id_, name, name, "", "reader", now - SPAN


def _session(id_: int, now: datetime) -> Row:
    hashed = hashlib.sha256(session_token(id_).encode()).hexdigest()
    return hashed, id_, now, now + timedelta(days=30), "benchmark"


def _chunks(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    chunk: list[Any] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def fill_sqlite(database: Database, size: Size, now: datetime) -> None:
    """Fill; build indexes that are not constraints at the end, from sorted rows."""
    with closing(database.engine.raw_connection()) as connection:
        raw = connection.driver_connection
        assert raw is not None
        for pragma in ("synchronous = OFF", "cache_size = -800000", "foreign_keys = OFF"):
            raw.execute(f"PRAGMA {pragma}")
        indexes = raw.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
            " AND tbl_name IN ('entries', 'read_exceptions')"
        ).fetchall()
        for name, _ in indexes:
            raw.execute(f"DROP INDEX {name}")
        raw.execute("DELETE FROM search_state")
        columns = COLUMNS | {
            "search_index": search_data.FTS_COLUMNS,
            "search_state": search_data.STATE_COLUMNS,
        }

        def insert(table: str, rows: Rows) -> None:
            names = columns[table].split()
            places = ", ".join("?" * len(names))
            statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})"
            raw.execute("BEGIN")
            raw.executemany(statement, (tuple(map(_for_sqlite, row)) for row in rows))
            raw.execute("COMMIT")

        fill(insert, search_data.fts_rows, size, now)
        for _, statement in indexes:
            raw.execute(statement)
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def fill_postgresql(database: Database, size: Size, now: datetime) -> None:
    """Fill by COPY; bring sequences and statistics up to date."""
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        indexes = connection.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
            " AND tablename IN ('entries', 'read_exceptions', 'search_index')"
            " AND indexname LIKE 'ix_%'"
        ).fetchall()
        for name, _ in indexes:
            connection.execute(f'DROP INDEX "{name}"'.encode())
        connection.execute(b"DELETE FROM search_state")
        columns = COLUMNS | {
            "search_index": search_data.VECTOR_COLUMNS,
            "search_state": search_data.STATE_COLUMNS,
        }

        def insert(table: str, rows: Rows) -> None:
            names = ", ".join(columns[table].split())
            with (
                connection.cursor() as cursor,
                cursor.copy(f"COPY {table} ({names}) FROM STDIN".encode()) as copy,
            ):
                for row in rows:
                    copy.write_row(row)

        fill(insert, search_data.vector_rows, size, now)
        for _, statement in indexes:
            connection.execute(statement.encode())
        for table in ("sources", "feeds", "entries", "users"):
            connection.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id))"
                f" FROM {table}".encode()
            )
        connection.execute(b"VACUUM ANALYZE")


def _for_sqlite(value: Any) -> Any:
    """Times as `UtcTime` stores them."""
    if isinstance(value, datetime):
        return (value - _EPOCH) // timedelta(microseconds=1)
    return value


def fill_database(database: Database, size: Size) -> bool:
    """Migrate and fill a database; False if it has entries already."""
    migrate(database)
    with database.read() as session:
        if session.execute(text("SELECT 1 FROM entries LIMIT 1")).first():
            return False
    write = fill_sqlite if database.is_sqlite else fill_postgresql
    write(database, size, datetime.now(UTC).replace(microsecond=0))
    return True


@click.command()
@click.option("--database", "url", required=True, help="Of a database that does not exist yet.")
@click.option("--entries", default=1_000_000, show_default=True)
@click.option("--sources", "many", default=200, show_default=True)
@click.option("--readers", "people", default=1000, show_default=True)
@click.option("--seed", default=1, show_default=True)
def main(url: str, entries: int, many: int, people: int, seed: int) -> None:
    """Fill an empty database."""
    started = time.monotonic()
    database = Database(url)
    if not fill_database(database, Size(entries, many, people, seed)):
        raise click.ClickException("There are entries in this database already.")
    with database.read() as session:
        for table in COLUMNS:
            count = session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
            click.echo(f"{count:>10,} {table}")
    database.close()
    click.echo(f"{time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()

"""Fill tables of a large database past the program: `executemany` on SQLite, COPY on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from aggregator.storage.engine import Database
from benchmarks import search_data
from benchmarks.readers_rows import Row

Rows = Iterable[Row]
Insert = Callable[[str, Rows], None]

COLUMNS = {
    "owners": "slug name_ar name_fr name_en kind source_url parents position",
    "sources": (
        "id slug name_ar name_fr name_en country language timezone site position enabled owner"
    ),
    "feeds": (
        "id source_id url section position enabled created_at status status_since failures"
        " last_polled_at last_success_at next_poll_at interval_s newest_entry_at entry_count"
        " clamped_dates"
    ),
    "entries": (
        "id feed_id source_id identity guid url url_key text_key title_key revision text_revision"
        " title author summary image_url language direction word_count published_at fetched_at"
        " duplicate_of section"
    ),
    "entry_contents": "entry_id content categories enclosures",
    "entry_revisions": "entry_id number source_id seen_at size silent title_changed delta",
    "users": "id name name_key password_hash role created_at",
    "user_sessions": "token_hash user_id created_at expires_at user_agent",
    "source_subscriptions": "user_id source_id followed_at",
    "folders": "id user_id name name_key position created_at",
    "read_marks": "user_id source_id up_to",
    "read_exceptions": "user_id entry_id source_id read",
    "stars": "user_id entry_id starred_at",
    "search_docs": search_data.DOC_COLUMNS,
    "search_state": search_data.STATE_COLUMNS,
    "story_entries": "entry_id story_id reprint_of agency folded section",
    "topics": (
        "id slug content rule state revision rule_version updated_at updated_by published_at"
    ),
    "topic_entries": "topic_id entry_id published_at by_rule why",
    "topic_revisions": "topic_id number saved_at editor reason content",
    "topic_subscriptions": "user_id topic_id followed_at seen_up_to",
    "story_follows": "user_id story_id followed_at seen_up_to",
    "tags": "id user_id name name_key",
    "entry_tags": "tag_id entry_id tagged_at",
    "saved_searches": "id user_id name query saved_at seen_up_to",
}
# Tables whose ids a sequence of PostgreSQL's counts.
_NUMBERED = ("sources", "feeds", "entries", "users", "topics", "tags", "saved_searches", "folders")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@contextmanager
def bulk_insert(database: Database, *rebuilt: str) -> Iterator[Insert]:
    """A function that fills tables past the program.

    Indexes of the tables `rebuilt` that are no constraints are built at the end, from sorted rows.
    """
    with (_sqlite_insert if database.is_sqlite else _postgresql_insert)(
        database, rebuilt
    ) as insert:
        yield insert


@contextmanager
def _sqlite_insert(database: Database, rebuilt: Sequence[str]) -> Iterator[Insert]:
    with closing(database.engine.raw_connection()) as connection:
        raw = connection.driver_connection
        assert raw is not None
        for pragma in ("synchronous = OFF", "cache_size = -800000", "foreign_keys = OFF"):
            raw.execute(f"PRAGMA {pragma}")
        indexes = raw.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
            f" AND tbl_name IN ({', '.join('?' * len(rebuilt))})",
            rebuilt,
        ).fetchall()
        for name, _ in indexes:
            raw.execute(f"DROP INDEX {name}")
        columns = COLUMNS | {"search_index": search_data.FTS_COLUMNS}

        def insert(table: str, rows: Rows) -> None:
            names = columns[table].split()
            places = ", ".join("?" * len(names))
            statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})"
            raw.execute("BEGIN")
            raw.executemany(statement, (tuple(map(_for_sqlite, row)) for row in rows))
            raw.execute("COMMIT")

        yield insert
        for _, statement in indexes:
            raw.execute(statement)
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextmanager
def _postgresql_insert(database: Database, rebuilt: Sequence[str]) -> Iterator[Insert]:
    with _connect(database) as connection:
        indexes = connection.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
            " AND tablename = ANY(%s) AND indexname LIKE 'ix_%%'",
            [list(rebuilt)],
        ).fetchall()
        for name, _ in indexes:
            connection.execute(f'DROP INDEX "{name}"'.encode())
        columns = COLUMNS | {"search_index": search_data.VECTOR_COLUMNS}

        def insert(table: str, rows: Rows) -> None:
            names = ", ".join(columns[table].split())
            with (
                connection.cursor() as cursor,
                cursor.copy(f"COPY {table} ({names}) FROM STDIN".encode()) as copy,
            ):
                for row in rows:
                    copy.write_row(row)

        yield insert
        for _, statement in indexes:
            connection.execute(statement.encode())
        for table in _NUMBERED:
            connection.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id))"
                f" FROM {table} HAVING max(id) IS NOT NULL".encode()
            )
        connection.execute(b"VACUUM ANALYZE")


def _connect(database: Database) -> psycopg.Connection[Any]:
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(url, autocommit=True)


def _for_sqlite(value: Any) -> Any:
    """Times as `UtcTime` stores them."""
    if isinstance(value, datetime):
        return (value - _EPOCH) // timedelta(microseconds=1)
    return value

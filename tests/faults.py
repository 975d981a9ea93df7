"""Faults of a SQLite database, for as long as a test likes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from sqlalchemy import event, text

from aggregator.storage.engine import Database


def pragma(database: Database, statement: str) -> None:
    """Have all connections of a SQLite database run a pragma, those that are open as well."""
    database.engine.dispose()

    @event.listens_for(database.engine, "connect")
    def run(connection: Any, _record: object) -> None:
        connection.execute(f"PRAGMA {statement}")


@contextmanager
def held_lock(database: Database) -> Iterator[None]:
    """Hold the write lock as a poller would that is stuck in its transaction."""
    with closing(sqlite3.connect(database.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE feeds SET failures = 7")
        yield
        other.execute("ROLLBACK")


@contextmanager
def read_only(database: Database) -> Iterator[None]:
    """Open the file as a process may that must not write it; root may write any file.

    Connections that are open at the end are still read-only then, as those of that process.
    """
    refused = True

    def open_file(*_: object) -> sqlite3.Connection | None:
        if not refused:
            return None
        url = f"file:{database.path}?mode=ro"
        return sqlite3.connect(url, uri=True, check_same_thread=False)

    database.engine.dispose()
    event.listen(database.engine, "do_connect", open_file)
    try:
        yield
    finally:
        refused = False


@contextmanager
def full_disk(database: Database) -> Iterator[None]:
    """Let the file grow no further."""
    with database.read() as session:
        pages = session.execute(text("PRAGMA page_count")).scalar_one()
    pragma(database, f"max_page_count = {pages}")
    try:
        yield
    finally:
        pragma(database, "max_page_count = 1000000")

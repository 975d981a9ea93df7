"""Connections: SQLite in WAL mode or PostgreSQL, read and write transactions."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, DisconnectionError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

_BUSY_TIMEOUT_S = 30
_WRITE_LOCK_KEY = 0x6D617273  # "mars": PostgreSQL's advisory lock of the writers of entries


class Database:
    """An engine with two kinds of transactions.

    `read` sees one snapshot throughout and never writes. `write` takes SQLite's write lock at its
    first statement: in WAL mode, a transaction that reads first and writes later fails immediately
    if another one wrote in between, whatever the busy timeout.
    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.engine = _sqlite(url) if self.is_sqlite else _postgresql(url)
        self._reader = self.engine
        if not self.is_sqlite:
            self._reader = self.engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite; PostgreSQL otherwise."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def path(self) -> Path:
        """The file of a SQLite database."""
        return Path(self.url.database or "")

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for reading; changes in it are not kept.

        Losing the connection after the last statement is no error: all has been read.
        """
        session = Session(self._reader, autoflush=False)
        try:
            yield session
        finally:
            with suppress(DBAPIError):
                session.close()

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session for writing: committed at the end, rolled back on an error."""
        writer = self.engine.execution_options(marsad_write=True)
        with Session(writer, autoflush=False) as session, session.begin():
            yield session

    @contextmanager
    def write_exclusive(self) -> Iterator[Session]:
        """As `write`, but one at a time over all processes.

        Two processes must not decide at once that an entry is new, or a duplicate, and store it.
        Changes to several feeds use it too: locking the same rows in different orders would
        deadlock.
        """
        with self.write() as session:
            if not self.is_sqlite:
                session.execute(
                    text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITE_LOCK_KEY}
                )
            yield session

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def first_error(error: OperationalError) -> OperationalError:
    """The error that led to `error`, if that is only about a savepoint that went with it.

    With a full disk SQLite rolls the whole transaction back by itself, and going back to a
    savepoint then fails.
    """
    first, before = error, error.__context__
    while before is not None:
        if isinstance(before, OperationalError):
            first = before
        before = before.__context__
    return first


def _sqlite(url: str) -> Engine:
    engine = create_engine(url, connect_args={"timeout": _BUSY_TIMEOUT_S})
    path = Path(engine.url.database or "")
    existed = False

    @event.listens_for(engine, "connect")
    def configure(connection: Any, record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # transactions begin below, not in the driver
        record.info["file"] = _file_id(path)
        for pragma in (
            "journal_mode = WAL",
            "synchronous = NORMAL",
            "foreign_keys = ON",
            "temp_store = MEMORY",
            "cache_size = -4096",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "do_connect")
    def keep_from_creating(*_: object) -> None:
        nonlocal existed
        exists = _file_id(path) is not None
        if existed and not exists:  # SQLite would make an empty one, and lose what is written to it
            raise sqlite3.OperationalError(f"{path} has been deleted")
        existed = exists

    @event.listens_for(engine, "checkout")
    def check_file(_connection: object, record: ConnectionPoolEntry, _proxy: object) -> None:
        if record.info["file"] != _file_id(path):
            raise DisconnectionError(f"{path} has been replaced or deleted")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("marsad_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def _file_id(path: Path) -> tuple[int, int] | None:
    """Device and inode; None without a file. An open connection outlives the name of its file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _postgresql(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    engine = create_engine(parsed, pool_pre_ping=True)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        # Counts with a limit look expensive although they read a few pages of an index: PostgreSQL
        # would compile each of them every time, which takes longer than executing it.
        connection.autocommit = True
        connection.execute("SET jit = off")
        connection.autocommit = False

    return engine

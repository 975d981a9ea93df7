"""Connections: SQLite in WAL mode or PostgreSQL, read and write transactions."""

from __future__ import annotations

import copy
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, DisconnectionError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from aggregator.storage.error_causes import keep_only_cause
from aggregator.storage.sql.snapshot import SNAPSHOT
from aggregator.storage.sqlite_file import create_private

# What SQLite waits for a lock where nobody waits for us: in pollers and commands.
LOCK_WAIT_S = 30.0
# After a wait in vain, how long writers fail at once instead of waiting as long again.
_BACK_OFF_S = 2.0
_BACK_OFF_WAIT_S = 0.1
# Pauses between two attempts to lock SQLite. Its own grow to 100 ms, longer than the gaps that a
# busy poller leaves, so that a mark of a reader waited for seconds. Those whom nobody waits for try
# less often, and so let the others go first.
_ATTEMPT_PAUSE_S = 0.002
_PATIENT_ATTEMPT_PAUSE_S = 0.010
# After a transaction nobody waits for, leave the lock to others for this share of the time that it
# was held.
_GAP_SHARE = 0.25
# Maximum length of that gap.
_MAX_GAP_S = 0.010
_WAIT_MS = "marsad_lock_wait_ms"
_SQLITE_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
# A file, folder or file system that is read-only, or full.
_SQLITE_UNWRITABLE = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_FULL})
_BUDGETED = "marsad_budgeted"
_POOLED = "marsad_pooled"
# Instructions of SQLite between two looks at the clock: some milliseconds. Each look takes Python's
# lock, for which it may have to wait when other threads are busy.
_BUDGET_STEPS = 200_000
_QUERY_CANCELED = "57014"
_LOCK_NOT_AVAILABLE = "55P03"  # PostgreSQL's SQLSTATE
# For libpq, in seconds, but for `tcp_user_timeout` in ms: a server that has vanished does not even
# refuse, and would hold a page for minutes, and a poller that waits for an answer for two hours.
_TIMEOUTS = {"connect_timeout": "10", "keepalives_idle": "30", "tcp_user_timeout": "30000"}
# A standby or a database that is set read-only, and a full disk.
_READ_ONLY = "25006"
_UNWRITABLE_STATES = frozenset({_READ_ONLY, "53100"})
_WRITE_LOCK_KEY = 0x6D617273  # "mars": PostgreSQL's advisory lock of the writers of entries


class Database:
    """An engine with two kinds of transactions.

    `read` sees one snapshot throughout and never writes. `write` takes SQLite's write lock at its
    first statement: in WAL mode, a transaction that reads first and writes later fails immediately
    if another one wrote in between, whatever the busy timeout. Readers never wait for it.

    SQLite has no queue of writers. So that a page never waits long for a poller, transactions of
    pollers and commands are short, and leave a gap after each.
    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self._lock_wait_s: float | None = None
        self._backs_off_until = 0.0
        self._gap = _Gap()
        self.engine = _sqlite(url) if self.is_sqlite else _postgresql(url)
        event.listen(self.engine, "handle_error", keep_only_cause)
        self._reader = self.engine
        if not self.is_sqlite:
            self._reader = self.engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )

    def with_lock_wait(self, seconds: float) -> Database:
        """The same database, on the same connections, whose writers wait that long for a lock.

        If one has waited in vain, those after it hardly wait for the next two seconds: a lock that
        is held for long must not collect threads. Then `is_busy` is true of the OperationalError.
        """
        impatient = copy.copy(self)
        impatient._lock_wait_s = seconds
        impatient._gap = _Gap()
        return impatient

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite; PostgreSQL otherwise."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def shown_url(self) -> str:
        """The URL for messages: without the password and other options."""
        return self.url.set(query={}).render_as_string(hide_password=True)

    @property
    def path(self) -> Path:
        """The file of a SQLite database."""
        return Path(self.url.database or "")

    @contextmanager
    def read(
        self, *, budget_s: float | None = None, lock_wait_s: float | None = None
    ) -> Iterator[Session]:
        """A session for reading; changes in it are not kept.

        Losing the connection after the last statement is no error: all has been read.

        `budget_s`: what it may cost. On SQLite, all statements and what is done with them, in
        seconds of this thread's CPU; on PostgreSQL, each statement, in seconds. Beyond it, an
        OperationalError of which `is_over_budget` is true.

        `lock_wait_s`: how long a statement waits for PostgreSQL to change a table; beyond it, an
        OperationalError of which `is_busy` is true. SQLite's readers never wait.
        """
        reader = self._reader
        if budget_s is not None:
            reader = reader.execution_options(marsad_budget_s=budget_s)
        if lock_wait_s is not None and not self.is_sqlite:
            reader = reader.execution_options(marsad_lock_wait_s=lock_wait_s)
        session = Session(reader, autoflush=False, info={SNAPSHOT: {}})
        try:
            yield session
        finally:
            with suppress(DBAPIError):
                session.close()

    @contextmanager
    def write(self, *, lock_wait_s: float | None = None) -> Iterator[Session]:
        """A session for writing: committed at the end, rolled back on an error.

        `lock_wait_s`: how long this one waits for a lock; 0 for not at all.
        """
        wait_s = self._patience_s() if lock_wait_s is None else lock_wait_s
        writer = self.engine.execution_options(
            marsad_write=True, marsad_lock_wait_s=wait_s, marsad_gap=self._gap
        )
        try:
            with Session(writer, autoflush=False) as session, session.begin():
                yield session
        except OperationalError as error:
            if lock_wait_s is None and self._lock_wait_s is not None and is_busy(error):
                self._backs_off_until = time.monotonic() + _BACK_OFF_S
            raise
        finally:
            self._gap.end()

    def _patience_s(self) -> float | None:
        if self._lock_wait_s is None or time.monotonic() >= self._backs_off_until:
            return self._lock_wait_s
        return min(self._lock_wait_s, _BACK_OFF_WAIT_S)

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


class _Gap:
    """A moment after each transaction of this process, in which others get the lock.

    Those that a page waits for do not wait for its end.
    """

    def __init__(self) -> None:
        self._began = 0.0
        self._ends = 0.0

    def wait(self) -> None:
        """Wait for the end of the gap."""
        if (left_s := self._ends - time.monotonic()) > 0:
            time.sleep(min(left_s, _MAX_GAP_S))

    def begin(self) -> None:
        """Note that a transaction holds the lock."""
        self._began = time.monotonic()

    def end(self) -> None:
        """Note that it has ended."""
        if self._began:
            now = time.monotonic()
            self._ends = now + min(_GAP_SHARE * (now - self._began), _MAX_GAP_S)
            self._began = 0.0


def driver_error(error: BaseException) -> object:
    """The database driver's error inside one of SQLAlchemy, to be shown; else `error` itself."""
    return getattr(error, "orig", None) or error


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


def is_pooled(session: Session) -> bool:
    """Whether a connection pooler, such as PgBouncer, stands before PostgreSQL.

    It may hand each transaction to another connection of the server: no setting of a session and no
    prepared statement is still there in the next one.
    """
    return bool(session.connection().info.get(_POOLED))


def is_over_budget(error: Exception) -> bool:
    """Whether this is the error of a statement that was ended because it cost too much."""
    cause = driver_error(error)
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", 0) == sqlite3.SQLITE_INTERRUPT
    return getattr(cause, "sqlstate", None) == _QUERY_CANCELED


def is_busy(error: Exception) -> bool:
    """Whether this is the error of a statement that waited in vain for a lock: nothing was done."""
    cause = driver_error(error)
    if isinstance(cause, sqlite3.Error):
        return (getattr(cause, "sqlite_errorcode", 0) & 0xFF) in _SQLITE_BUSY
    return getattr(cause, "sqlstate", None) == _LOCK_NOT_AVAILABLE


def is_unwritable(error: Exception) -> bool:
    """Whether the database can be read but not written: it is read-only, or its disk is full."""
    cause = driver_error(error)
    if isinstance(cause, sqlite3.Error):
        return (getattr(cause, "sqlite_errorcode", 0) & 0xFF) in _SQLITE_UNWRITABLE
    return getattr(cause, "sqlstate", None) in _UNWRITABLE_STATES


def _reopen_read_only(context: ExceptionContext) -> None:
    """Drop connections that cannot write: those opened to a read-only file stay so for ever."""
    cause = context.original_exception
    code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
    if isinstance(cause, sqlite3.Error) and code == sqlite3.SQLITE_READONLY:
        context.is_disconnect = True


def _sqlite(url: str) -> Engine:
    engine = create_engine(url, connect_args={"timeout": LOCK_WAIT_S}, hide_parameters=True)
    path = Path(engine.url.database or "")
    existed = False
    event.listen(engine, "handle_error", _reopen_read_only)

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
        if not exists:
            create_private(path)
        existed = _file_id(path) is not None

    @event.listens_for(engine, "checkout")
    def check_file(_connection: object, record: ConnectionPoolEntry, _proxy: object) -> None:
        if record.info["file"] != _file_id(path):
            raise DisconnectionError(f"{path} has been replaced or deleted")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        _set_budget(connection, options.get("marsad_budget_s"))
        if options.get("marsad_write"):
            gap = options.get("marsad_gap") or _Gap()
            _begin_immediate(connection, options.get("marsad_lock_wait_s"), gap)
        else:
            _set_busy_timeout(connection, LOCK_WAIT_S)
            connection.exec_driver_sql("BEGIN")

    return engine


def _begin_immediate(connection: Connection, wait_s: float | None, gap: _Gap) -> None:
    """Take the write lock; else an OperationalError of which `is_busy` is true."""
    pause_s = _ATTEMPT_PAUSE_S
    if wait_s is None:
        wait_s, pause_s = LOCK_WAIT_S, _PATIENT_ATTEMPT_PAUSE_S
        gap.wait()
    _set_busy_timeout(connection, 0)
    if not _lock_within(connection, wait_s, pause_s):
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # which raises as any statement does
    gap.begin()


def _lock_within(connection: Connection, wait_s: float, pause_s: float) -> bool:
    """Try to begin until it succeeds, the time is up, or something else than a lock is wrong."""
    sqlite: Any = connection.connection.dbapi_connection
    give_up_at = time.monotonic() + wait_s
    while (left_s := give_up_at - time.monotonic()) > 0:
        try:
            sqlite.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            if error.sqlite_errorcode & 0xFF not in _SQLITE_BUSY:
                return False
            time.sleep(min(pause_s, left_s))
        else:
            return True
    return False


def _set_busy_timeout(connection: Connection, wait_s: float) -> None:
    wait_ms = round(1000 * wait_s)
    if connection.info.setdefault(_WAIT_MS, round(1000 * LOCK_WAIT_S)) != wait_ms:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {wait_ms}")
        connection.info[_WAIT_MS] = wait_ms


def _file_id(path: Path) -> tuple[int, int] | None:
    """Device and inode; None without a file. An open connection outlives the name of its file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _set_budget(connection: Connection, budget_s: float | None) -> None:
    """Have SQLite end the statements of this transaction beyond so much CPU of this thread."""
    if budget_s is None and not connection.info.get(_BUDGETED):
        return
    sqlite: Any = connection.connection.dbapi_connection
    if budget_s is None:
        sqlite.set_progress_handler(None, 0)
    else:
        end = time.thread_time() + budget_s
        sqlite.set_progress_handler(lambda: time.thread_time() > end, _BUDGET_STEPS)
    connection.info[_BUDGETED] = budget_s is not None


def with_query_defaults(url: URL, defaults: Mapping[str, str]) -> URL:
    """The URL with these options, unless it has them already."""
    return url.set(query={**defaults, **url.query})


def _make_operational(context: ExceptionContext) -> OperationalError | None:
    """Replace psycopg's InternalError of a server that is read-only: it is no mistake of ours."""
    cause = context.original_exception
    if getattr(cause, "sqlstate", None) != _READ_ONLY:
        return None
    return OperationalError(None, None, cause)


def _postgresql(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    parsed = with_query_defaults(parsed, _TIMEOUTS)
    engine = create_engine(parsed, pool_pre_ping=True, hide_parameters=True)
    event.listen(engine, "handle_error", _make_operational, retval=True)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, record: ConnectionPoolEntry) -> None:
        # Counts with a limit look expensive although they read a few pages of an index: PostgreSQL
        # would compile each of them every time, which takes longer than executing it.
        connection.autocommit = True
        executed = connection.execute("SELECT pg_backend_pid(), set_config('jit', 'off', false)")
        process = executed.fetchone()[0]
        connection.autocommit = False
        # A pooler makes up the process that it shows to its clients.
        record.info[_POOLED] = process != connection.info.backend_pid
        if record.info[_POOLED]:
            connection.prepare_threshold = None  # the next transaction may be another server's

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if connection.info[_POOLED]:
            connection.exec_driver_sql("SET LOCAL jit = off")
        wait_s, budget_s = options.get("marsad_lock_wait_s"), options.get("marsad_budget_s")
        if budget_s is not None:
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = {round(1000 * budget_s)}")
        if wait_s is not None:  # 0 would mean for ever
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {max(1, round(1000 * wait_s))}")

    return engine

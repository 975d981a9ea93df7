"""The schema: whether a database is up to date, and migrating it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from aggregator.errors import SchemaMismatch
from aggregator.storage.engine import Database

# The revision of a database into which another is being copied: of no use to any Marsad yet.
COPYING = "copying"
_MIGRATION_LOCK = 0x6D696772  # "migr": PostgreSQL's advisory lock of migrating processes
# How long a process waits on SQLite for another one that backs up and migrates, in seconds.
_TURN_WAIT_S = 600.0
_VERSIONS = Path(__file__).parent / "migrations" / "versions"


def migrate(
    database: Database,
    announce: Callable[[str], None] = lambda _: None,
    before: Callable[[str], object] = lambda _: None,
) -> int:
    """Apply the missing migrations in one transaction; their number.

    Processes that start together wait for each other. `announce` gets a line for each migration;
    `before` is called with the old revision, unless the database is empty, by the one process that
    migrates: what it raises leaves the database as it was. Raises `SchemaMismatch` if the database
    is newer than this program.
    """
    if current_revision(database) == head_revision():
        return 0
    options = {"marsad_lock_wait_s": _TURN_WAIT_S} if database.is_sqlite else {}
    writer = database.engine.execution_options(marsad_write=True, **options)
    with writer.begin() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:k)"), {"k": _MIGRATION_LOCK})
        current = _revision(connection)  # another process may have got there first
        if current == head_revision():
            return 0
        if current is not None and current not in known_revisions():
            raise SchemaMismatch(current, unknown_revision(current))
        if current is not None:
            before(current)
        from aggregator.storage.migrations import runner  # Alembic is slow to import

        return runner.upgrade(connection, current, announce)


def current_revision(database: Database) -> str | None:
    """The revision of the database; None if it is empty."""
    with database.engine.connect() as connection:
        return _revision(connection)


def unknown_revision(revision: str) -> str:
    """What to do about a database whose revision this program does not know."""
    if revision == COPYING:
        return "the database is an unfinished copy of another: let marsad copy finish it"
    return (
        f"the database was made by a newer Marsad (revision {revision}, which this one does not "
        "know): install that one, or restore a backup from before the upgrade"
    )


def head_revision() -> str:
    """The revision that this program needs."""
    return max(known_revisions())


def known_revisions() -> set[str]:
    """All revisions that this program can migrate from; files are named NNNN_subject.py."""
    return {path.name.partition("_")[0] for path in _VERSIONS.glob("[0-9]*_*.py")}


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()

"""Backups while everything runs: SQLite's online backup, PostgreSQL's own tools.

A backup is written beside its target, verified, and only then put there; nothing that is not a
backup of Marsad is ever written over. A restore keeps what it replaces.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError

from aggregator.errors import BackupError
from aggregator.storage.backup import postgresql, sqlite
from aggregator.storage.backup.files import (
    SIDECARS,
    Progress,
    free_name,
    place,
    refuse_target,
    staging_file,
)
from aggregator.storage.engine import Database, driver_error
from aggregator.storage.models import Feed
from aggregator.storage.schema import migrate

__all__ = ["Progress", "backup", "restore"]


def backup(
    database: Database,
    target: Path,
    progress: Progress,
    *,
    replace: bool = False,
    protected: Sequence[Path] = (),
) -> None:
    """Write a verified copy to `target`; the database is neither migrated nor created.

    An existing file is refused, unless it is a backup of Marsad and `replace` is set; the database
    itself and the files in `protected` (the config) are always refused. A link is followed: the
    backup is what it leads to. Raises `BackupError`.
    """
    if target.is_symlink() and target.exists():
        target = target.resolve()
    refuse_target(target, [*_own_files(database), *protected], replace=replace)
    with staging_file(target) as part:
        try:
            if database.is_sqlite:
                sqlite.write_backup(database.path, part, progress)
            else:
                postgresql.write_backup(database, part)
        except SQLAlchemyError as error:
            raise _unusable(error) from error
        place(part, target, replace=replace)


def restore(database: Database, source: Path, progress: Progress) -> Path | None:
    """Replace the contents of the database with those of a backup; where the old ones are kept.

    Other processes may go on: they see the old state until the new one is complete. What they
    poll at the moment is dropped and polled again. None where there was no database before.
    Raises `BackupError`, the database unchanged.
    """
    if not source.is_file():
        raise BackupError(f"there is no file {source}")
    if any(_is_same(source, own) for own in _own_files(database)):
        raise BackupError(f"{source} is the database itself, not a backup of it")
    try:
        if database.is_sqlite:
            kept = sqlite.restore(database.path, source, progress)
        else:
            kept = _restore_postgresql(database, source)
        with database.write() as session:
            session.execute(update(Feed).values(lease=None, lease_until=None))
    except SQLAlchemyError as error:
        raise _unusable(error) from error
    return kept


def _restore_postgresql(database: Database, source: Path) -> Path:
    postgresql.check(source)
    kept = free_name(source.with_name(f"{source.name}.before-restore"))
    with staging_file(kept) as part:
        postgresql.write_backup(database, part)
        place(part, kept, replace=False)
    postgresql.restore(database, source)
    migrate(database)
    return kept


def _unusable(error: SQLAlchemyError) -> BackupError:
    return BackupError(f"the database cannot be used: {driver_error(error)}")


def _own_files(database: Database) -> list[Path]:
    """The files that SQLite keeps a database in, whether or not they exist now."""
    if not database.is_sqlite:
        return []
    path = database.path
    real = path.resolve()  # SQLite keeps its other files beside what a link leads to
    suffixes = ("", *SIDECARS)
    return [name.with_name(name.name + suffix) for name in (path, real) for suffix in suffixes]


def _is_same(one: Path, other: Path) -> bool:
    return other.exists() and one.samefile(other)

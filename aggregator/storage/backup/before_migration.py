"""The backup before a migration: the way back if an upgrade disappoints."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from aggregator.errors import BackupError
from aggregator.storage.backup import backup
from aggregator.storage.engine import Database, driver_error
from aggregator.storage.schema import known_revisions

# Left free on the disk beside the backup: a full disk stops more than the upgrade.
RESERVE_BYTES = 64 * 2**20
_NAME = re.compile(r"marsad-(?P<revision>\w+)-\d{8}T\d{6}Z\.backup")
# What a dump holds, before it is compressed: tables with their long values, without their indexes.
_POSTGRESQL_BYTES = text(
    "SELECT sum(pg_table_size(c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind = 'r' AND n.nspname = current_schema()"
)


def backup_before_migration(
    database: Database,
    revision: str,
    folder: Path,
    keep: int,
    announce: Callable[[str], None] = lambda _: None,
) -> Path:
    """Write a verified backup of a database at `revision` into `folder`; where it is.

    Of each revision the latest backup is kept, `keep` in all: a migration that fails at every
    restart must not push out the backups of earlier upgrades. `announce` gets a line before the
    work begins. Raises `BackupError`, also if the disk has no room for it.
    """
    needed = _expected_bytes(database)
    _prepare_folder(folder, needed)
    target = folder / f"marsad-{revision}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.backup"
    announce(f"backing it up to {target} first ({needed / 1e6:,.0f} MB)")
    backup(database, target, lambda _done, _total: None, replace=True)
    _remove_surplus(folder, keep)
    return target


def way_back(folder: Path) -> Path | None:
    """The latest backup before a migration that this program can restore; None without any."""
    found = [path for path in _backups(folder) if _revision(path) in known_revisions()]
    return found[0] if found else None


def _prepare_folder(folder: Path, needed: int) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise BackupError(f"{folder} cannot hold a backup: {error.strerror or error}") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise BackupError(f"{folder} cannot hold a backup: permission denied")
    if free < needed + RESERVE_BYTES:
        raise BackupError(
            f"{folder} has {free / 1e6:,.0f} MB free; the backup before the migration may take "
            f"{needed / 1e6:,.0f} MB. Make room, or name another folder in database.backups"
        )


def _expected_bytes(database: Database) -> int:
    if database.is_sqlite:
        return database.path.stat().st_size + _size(_wal(database.path))
    try:
        with database.read() as session:
            return int(session.execute(_POSTGRESQL_BYTES).scalar_one() or 0)
    except SQLAlchemyError as error:
        raise BackupError(f"the database cannot be used: {driver_error(error)}") from error


def _wal(path: Path) -> Path:
    real = path.resolve()
    return real.with_name(f"{real.name}-wal")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _remove_surplus(folder: Path, keep: int) -> None:
    seen: set[str] = set()
    for path in _backups(folder):
        if _revision(path) in seen or len(seen) == keep:
            path.unlink(missing_ok=True)
        else:
            seen.add(_revision(path))


def _backups(folder: Path) -> list[Path]:
    """The backups before migrations, latest first."""
    found = [path for path in folder.glob("marsad-*.backup") if _NAME.fullmatch(path.name)]
    return sorted(found, key=lambda path: path.name.rpartition("-")[2], reverse=True)


def _revision(path: Path) -> str:
    match = _NAME.fullmatch(path.name)
    assert match
    return match["revision"]

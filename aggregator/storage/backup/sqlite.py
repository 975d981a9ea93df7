"""Backing up and restoring a SQLite database that other processes use."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from aggregator.errors import BackupError, MarsadError
from aggregator.storage.backup.files import (
    SIDECARS,
    Progress,
    free_name,
    has_our_tables,
    open_readonly,
    place,
    staging_file,
)
from aggregator.storage.engine import Database
from aggregator.storage.schema import known_revisions, migrate

_PAGES = 2000
_BUSY_TIMEOUT_S = 60
_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class _DamagedError(BackupError):
    """The database cannot be copied because it is damaged."""


def write_backup(path: Path, target: Path, progress: Progress) -> None:
    """Copy the database at `path` to the empty file `target` and verify the copy.

    Raises `BackupError`.
    """
    try:
        live = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None
        )
        with closing(live):
            # One read transaction over the whole copy: a writer never makes it start again.
            live.execute("BEGIN")
            expected = _row_counts(live)
            with closing(sqlite3.connect(target, isolation_level=None)) as copy:
                live.backup(copy, pages=_PAGES, progress=_sqlite_progress(progress), sleep=0)
                copy.execute("PRAGMA journal_mode = DELETE")  # a backup is one file
        _verify(target, expected)
    except (OSError, sqlite3.Error) as error:
        damaged = (getattr(error, "sqlite_errorcode", 0) & 0xFF) in _DAMAGE
        kind = _DamagedError if damaged else BackupError
        raise kind(f"the backup could not be written: {error}") from error


def restore(path: Path, source: Path, progress: Progress) -> Path | None:
    """Replace the database at `path`; where its old contents are kept, None without any.

    The backup is brought to this program's schema on the side, so that nobody ever sees an older
    one. A damaged database cannot be copied: its files are moved away as they are. Raises
    `BackupError`, the database unchanged.
    """
    _check(source)
    path = path.resolve()  # a link to the database stays one
    kept = None
    with staging_file(path) as staged:
        _copy(source, staged, lambda _done, _total: None)
        _migrate(staged)
        if path.exists():
            kept = free_name(path.with_name(f"{path.name}.before-restore"))
            try:
                with staging_file(kept) as part:
                    write_backup(path, part, lambda _done, _total: None)
                    place(part, kept, replace=False)
            except _DamagedError:
                _move_away(path, kept)
        try:
            path.touch(mode=0o600)
        except OSError as error:
            raise BackupError(f"{path} could not be written: {error}") from error
        _copy(staged, path, progress)
    return kept


def _move_away(path: Path, kept: Path) -> None:
    """Rename the files of a damaged database; processes that have them open notice."""
    try:
        for suffix in (*SIDECARS, ""):
            with suppress(FileNotFoundError):
                path.with_name(path.name + suffix).rename(kept.with_name(kept.name + suffix))
    except OSError as error:
        raise BackupError(f"{path} is damaged and could not be moved away: {error}") from error


def _check(source: Path) -> None:
    try:
        with closing(open_readonly(source)) as backup:
            healthy = backup.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
            if not has_our_tables(backup):
                raise BackupError(f"{source} is not a backup of Marsad")
            row = backup.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        raise BackupError(f"{source} is not a backup of Marsad on SQLite: {error}") from error
    if not healthy:
        raise BackupError(f"{source} is damaged; use another backup")
    if row[0] not in known_revisions():
        raise BackupError(f"{source} was made by a newer Marsad; install that first")


def _migrate(path: Path) -> None:
    database = Database(f"sqlite:///{path}")
    try:
        migrate(database)
    except (MarsadError, SQLAlchemyError) as error:
        raise BackupError(f"the backup cannot be brought to this version: {error}") from error
    finally:
        database.close()


def _copy(source: Path, target: Path, progress: Progress) -> None:
    try:
        with (
            closing(open_readonly(source)) as origin,
            closing(sqlite3.connect(target, timeout=_BUSY_TIMEOUT_S)) as live,
        ):
            origin.backup(live, pages=_PAGES, progress=_sqlite_progress(progress))
    except sqlite3.Error as error:
        raise BackupError(f"the database could not be replaced: {error}") from error


def _verify(path: Path, expected: dict[str, int]) -> None:
    with closing(open_readonly(path)) as copy:
        problems = copy.execute("PRAGMA integrity_check(3)").fetchall()
        if problems != [("ok",)]:
            raise _DamagedError(
                f"the copy is damaged, and so is probably the database: {problems[0][0]}"
            )
        if (found := _row_counts(copy)) != expected:
            raise BackupError(f"the copy is not complete: {found} rows instead of {expected}")


def _row_counts(connection: sqlite3.Connection) -> dict[str, int]:
    """Rows by table; those of virtual tables and their shadows are in the integrity check."""
    names = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        " AND sql NOT LIKE 'CREATE VIRTUAL%'"
    ).fetchall()
    return {
        name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608
        for (name,) in names
    }


def _sqlite_progress(progress: Progress) -> Callable[[int, int, int], None]:
    return lambda _status, remaining, total: progress(total - remaining, total)

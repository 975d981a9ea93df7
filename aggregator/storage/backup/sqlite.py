"""Backing up and restoring a SQLite database that other processes use."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from aggregator.errors import BackupError, MarsadError
from aggregator.storage.backup.files import (
    Progress,
    free_name,
    open_readonly,
    place,
    staging_file,
)
from aggregator.storage.engine import Database
from aggregator.storage.schema import known_revisions, migrate

_PAGES = 2000
_BUSY_TIMEOUT_S = 60


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
        raise BackupError(f"the backup could not be written: {error}") from error


def restore(path: Path, source: Path, progress: Progress) -> Path | None:
    """Replace the database at `path`; where its old contents are kept, None without any.

    The backup is brought to this program's schema on the side, so that nobody ever sees an older
    one. Raises `BackupError`, the database unchanged.
    """
    _check(source)
    kept = None
    with staging_file(path) as staged:
        _copy(source, staged, lambda _done, _total: None)
        _migrate(staged)
        if path.exists():
            kept = free_name(path.with_name(f"{path.name}.before-restore"))
            with staging_file(kept) as part:
                write_backup(path, part, lambda _done, _total: None)
                place(part, kept, replace=False)
        else:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        _copy(staged, path, progress)
    return kept


def _check(source: Path) -> None:
    try:
        with closing(open_readonly(source)) as backup:
            healthy = backup.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
            row = backup.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        raise BackupError(f"{source} is not a backup of Marsad on SQLite: {error}") from error
    if not healthy:
        raise BackupError(f"{source} is damaged; use another backup")
    if row is None or row[0] not in known_revisions():
        raise BackupError(f"{source} was made by a newer Marsad; install that first")


def _migrate(path: Path) -> None:
    database = Database(f"sqlite:///{path}")
    try:
        migrate(database)
    except MarsadError as error:
        raise BackupError(str(error)) from error
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
            raise BackupError(
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

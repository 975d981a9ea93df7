"""Online backups: SQLite's backup API, PostgreSQL's own tools."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlalchemy import update

from aggregator.errors import BackupError
from aggregator.storage.engine import Database
from aggregator.storage.models import Feed
from aggregator.storage.schema import known_revisions, migrate

# Called with (pages done, total pages).
Progress = Callable[[int, int], None]

_PAGES = 2000
_BUSY_TIMEOUT_S = 60


def backup(database: Database, target: Path, progress: Progress) -> None:
    """Write a consistent copy to `target`, which appears only once it is complete.

    Raises `BackupError`.
    """
    if database.is_sqlite:
        _backup_sqlite(database.path, target, progress)
    else:
        _run(database, ["pg_dump", "--format=custom", f"--file={_partial(target)}"])
        os.replace(_partial(target), target)


def restore(database: Database, source: Path, progress: Progress) -> None:
    """Replace the contents of the database with those of a backup.

    Other processes may keep running: they see the old state until the new one is complete. Polls
    under way are discarded and repeated. Raises `BackupError`, with the database unchanged.
    """
    if not source.is_file():
        raise BackupError(f"no such file: {source}")
    if database.is_sqlite:
        _check_sqlite(source)
        _restore_sqlite(source, database.path, progress)
    else:
        _check_postgresql(source)
        options = ["--clean", "--if-exists", "--no-owner", "--single-transaction"]
        _run(database, ["pg_restore", *options, "--dbname=" + _libpq(database), str(source)])
    migrate(database)
    with database.write() as session:
        session.execute(update(Feed).values(lease=None, lease_until=None))


def _partial(target: Path) -> Path:
    return target.with_name(target.name + ".part")


# --- SQLite ------------------------------------------------------------------------------------


def _backup_sqlite(path: Path, target: Path, progress: Progress) -> None:
    part = _partial(target)
    try:
        part.unlink(missing_ok=True)
        with closing(sqlite3.connect(path, isolation_level=None)) as live:
            # One read transaction over the whole copy, or a write would make it start over.
            live.execute("BEGIN")
            live.execute("SELECT count(*) FROM sqlite_master").fetchone()
            with closing(sqlite3.connect(part)) as copy:
                live.backup(copy, pages=_PAGES, progress=_sqlite_progress(progress), sleep=0)
                copy.execute("PRAGMA journal_mode = DELETE")  # a backup is one file
        os.replace(part, target)
    except (OSError, sqlite3.Error) as error:
        raise BackupError(f"{target} could not be written: {error}") from error


def _check_sqlite(source: Path) -> None:
    try:
        with closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as backup:
            healthy = backup.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
            row = backup.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        raise BackupError(f"{source} is not a backup of Marsad on SQLite: {error}") from error
    if not healthy:
        raise BackupError(f"{source} is damaged; use another backup")
    if row is None or row[0] not in known_revisions():
        raise BackupError(f"{source} was made by a newer version of Marsad; install that first")


def _restore_sqlite(source: Path, path: Path, progress: Progress) -> None:
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as backup,
            closing(sqlite3.connect(path, timeout=_BUSY_TIMEOUT_S)) as live,
        ):
            backup.backup(live, pages=_PAGES, progress=_sqlite_progress(progress))
    except sqlite3.Error as error:
        raise BackupError(f"the database could not be replaced: {error}") from error


def _sqlite_progress(progress: Progress) -> Callable[[int, int, int], None]:
    return lambda _status, remaining, total: progress(total - remaining, total)


# --- PostgreSQL --------------------------------------------------------------------------------


def _check_postgresql(source: Path) -> None:
    with source.open("rb") as file:
        if file.read(5) != b"PGDMP":
            raise BackupError(f"{source} is not a backup of Marsad on PostgreSQL")


def _libpq(database: Database) -> str:
    """The database URL for PostgreSQL's tools, without the password."""
    url = database.url.set(drivername="postgresql", password=None)
    return url.render_as_string(hide_password=False)


def _run(database: Database, command: list[str]) -> None:
    tool = command[0]
    if shutil.which(tool) is None:
        raise BackupError(
            f"{tool} is not installed; it comes with PostgreSQL's client "
            "(on Debian and Ubuntu: apt-get install postgresql-client)"
        )
    if tool == "pg_dump":
        command = [*command, "--dbname=" + _libpq(database)]
    environment = dict(os.environ)
    if database.url.password:  # not on the command line, which every user of the machine can read
        environment["PGPASSWORD"] = str(database.url.password)
    done = subprocess.run(  # noqa: S603 (a fixed command, no shell)
        command, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or [f"status {done.returncode}"]
        raise BackupError(f"{tool} failed: {lines[0]}")

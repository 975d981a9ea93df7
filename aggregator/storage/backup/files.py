"""Where backups may be written, and how a complete one is put there."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from aggregator.errors import BackupError

Progress = Callable[[int, int], None]
"""Called with (pages done, pages in all)."""

POSTGRESQL_MAGIC = b"PGDMP"
_SQLITE_MAGIC = b"SQLite format 3\0"
# Offset of the write version in SQLite's header: 1 rollback journal, 2 WAL. A live database of
# Marsad is always in WAL mode, a backup never is.
_WRITE_VERSION = 18
_WAL = 2
# Bytes of a PostgreSQL archive in which its table of contents names our tables.
_CONTENTS = 4 * 2**20


def refuse_target(target: Path, protected: Sequence[Path], *, replace: bool) -> None:
    """Raise `BackupError` where writing to `target` would destroy what is not ours to destroy."""
    if not target.absolute().parent.is_dir():
        raise BackupError(f"{target} could not be written: there is no folder {target.parent}")
    for path in protected:
        if _names_same_file(target, path):
            raise BackupError(f"{target} is in use by Marsad itself; name another file")
    if not (target.exists() or target.is_symlink()):
        return
    if not target.is_file():
        raise BackupError(f"{target} is not a file; name another one")
    if not is_backup(target):
        raise BackupError(f"{target} exists and is not a backup of Marsad; name another file")
    if not replace:
        raise BackupError(f"{target} is an older backup; --replace writes over it")


def is_backup(path: Path) -> bool:
    """Whether a file is a backup that Marsad made, of either database."""
    try:
        with path.open("rb") as file:
            head = file.read(100)
            if head.startswith(POSTGRESQL_MAGIC):
                return b"alembic_version" in file.read(_CONTENTS)
    except OSError:
        return False
    if not head.startswith(_SQLITE_MAGIC) or head[_WRITE_VERSION] == _WAL:
        return False
    try:
        with closing(open_readonly(path)) as found:
            row: tuple[int] = found.execute("SELECT count(*) FROM alembic_version").fetchone()
            return row == (1,)
    except sqlite3.Error:
        return False


def open_readonly(path: Path) -> sqlite3.Connection:
    """A SQLite file for reading only; never creates one."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)


@contextmanager
def staging_file(target: Path) -> Iterator[Path]:
    """A new file beside `target`, readable by its owner alone, gone afterwards."""
    folder = target.absolute().parent
    try:
        number, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=folder)
    except OSError as error:
        raise BackupError(f"{target} could not be written: {error}") from error
    os.close(number)
    try:
        yield Path(name)
    finally:
        for suffix in ("", "-journal", "-wal", "-shm"):
            Path(name + suffix).unlink(missing_ok=True)


def place(part: Path, target: Path, *, replace: bool) -> None:
    """Put a complete file in its place, on the disk for good; raises `BackupError`.

    Without `replace`, a file that appeared there in the meantime is left alone.
    """
    try:
        _sync(part)
        if replace:
            os.replace(part, target)
        else:
            _rename_to_new(part, target)
        _sync(target.absolute().parent)
    except FileExistsError:
        raise BackupError(f"{target} appeared while the backup was made; name another") from None
    except OSError as error:
        raise BackupError(f"{target} could not be written: {error}") from error


def free_name(wanted: Path) -> Path:
    """`wanted`, or with a number behind it where that exists."""
    number, path = 1, wanted
    while path.exists() or path.is_symlink():
        number += 1
        path = wanted.with_name(f"{wanted.name}-{number}")
    return path


def _rename_to_new(part: Path, target: Path) -> None:
    try:
        os.link(part, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if target.exists():
            raise FileExistsError(target) from None
        os.replace(part, target)


def _names_same_file(target: Path, path: Path) -> bool:
    if target.exists() and path.exists():
        return target.samefile(path)
    return target.resolve() == path.resolve()


def _sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)

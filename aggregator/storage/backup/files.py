"""Where backups may be written, and how a complete one is put there."""

from __future__ import annotations

import fcntl
import os
import re
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from aggregator.errors import BackupError

# Called with (pages done, pages in all).
Progress = Callable[[int, int], None]

# Suffixes of the files that SQLite keeps beside a database.
SIDECARS = ("-wal", "-shm", "-journal")
# Tables that every database of Marsad has had from the first revision on; other programs that
# migrate with Alembic have an alembic_version, too.
OUR_TABLES = frozenset({"alembic_version", "sources", "feeds", "entries", "entry_contents"})
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
    for suffix in SIDECARS:  # SQLite would apply them to the new file
        if (beside := target.with_name(target.name + suffix)).exists():
            raise BackupError(f"{target} is open in another program ({beside}); name another file")
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
                contents = file.read(_CONTENTS)
                return all(name.encode() in contents for name in OUR_TABLES)
    except OSError:
        return False
    if not head.startswith(_SQLITE_MAGIC) or head[_WRITE_VERSION] == _WAL:
        return False
    try:
        with closing(open_readonly(path)) as found:
            return has_our_tables(found)
    except sqlite3.Error:
        return False


def has_our_tables(connection: sqlite3.Connection) -> bool:
    """Whether a SQLite file has the tables of every Marsad, and one revision."""
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    if not {name for (name,) in names} >= OUR_TABLES:
        return False
    revisions: tuple[int] = connection.execute("SELECT count(*) FROM alembic_version").fetchone()
    return revisions == (1,)


def open_readonly(path: Path) -> sqlite3.Connection:
    """A SQLite file for reading only; never creates one."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)


@contextmanager
def staging_file(target: Path) -> Iterator[Path]:
    """A new file beside `target`, readable by its owner alone, gone afterwards.

    It is locked: an unlocked one was left by a process that was killed, and is removed.
    """
    folder = target.absolute().parent
    try:
        _remove_leftovers(folder, target.name)
        number, part = _locked_file(folder, target.name)
    except OSError as error:
        raise BackupError(f"{target} could not be written: {error}") from error
    try:
        yield part
    finally:
        _remove(part)
        os.close(number)


def _locked_file(folder: Path, name: str) -> tuple[int, Path]:
    while True:
        number, made = tempfile.mkstemp(prefix=f".{name}.", suffix=".part", dir=folder)
        fcntl.flock(number, fcntl.LOCK_EX)
        if os.path.exists(made):  # else another process took it for a leftover before the lock
            return number, Path(made)
        os.close(number)


def _remove_leftovers(folder: Path, name: str) -> None:
    leftover = re.compile(rf"\.{re.escape(name)}\.(before-restore(-\d+)?\.)?[a-z0-9_]{{8}}\.part")
    for path in folder.iterdir():
        if not leftover.fullmatch(path.name):
            continue
        with suppress(OSError), path.open("rb") as file:  # in use, somebody else's, or gone
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(path)


def _remove(path: Path) -> None:
    for suffix in ("", *SIDECARS):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


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


def free_name(preferred: Path) -> Path:
    """`preferred`, or with a number behind it if that exists."""
    number, path = 1, preferred
    while path.exists() or path.is_symlink():
        number += 1
        path = preferred.with_name(f"{preferred.name}-{number}")
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

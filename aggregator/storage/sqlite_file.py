"""Permissions of the file of a SQLite database: it is for its owner alone."""

from __future__ import annotations

import os
from pathlib import Path

OWNER_ONLY = 0o600


def create_private(path: Path) -> None:
    """Create an empty file that its owner alone may read, unless there is a file already.

    SQLite gives its -wal and -shm the same permissions.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, OWNER_ONLY))
    except OSError:
        return  # it exists; or it cannot be created, which SQLite explains


def others_may_read(path: Path) -> bool:
    """Whether other users of this machine may read a file. Windows has other permissions."""
    try:
        return os.name == "posix" and bool(path.stat().st_mode & 0o077)
    except OSError:
        return False

"""What the web processes of one machine know together: one SQLite file in their shared folder.

Cached values, so that two processes do not show a reader two front pages in turn, and what each
address has spent of its share, so that more processes do not mean more of it. The file is worth
nothing once they have ended. Without it, as on a full disk, each process goes on by itself.
"""

from __future__ import annotations

import logging
import pickle
import sqlite3
import time
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from aggregator.keys import key64

log = logging.getLogger(__name__)

FILE_NAME = "values.sqlite"
_SCHEMA = """
    CREATE TABLE IF NOT EXISTS cached (
        key INTEGER PRIMARY KEY,
        stamp INTEGER NOT NULL,
        expires_at REAL NOT NULL,
        value BLOB NOT NULL
    );
    CREATE TABLE IF NOT EXISTS spent (key TEXT PRIMARY KEY, full_at REAL NOT NULL);
"""
_LOCK_WAIT_S = 0.2
# Seconds between two removals of what nobody needs any more.
_SWEEP_EVERY_S = 60.0


class SharedValue(NamedTuple):
    """A value as one process has stored it; times are seconds of the machine's monotonic clock."""

    stamp: int
    expires_at: float
    value: Any


class SharedValues:
    """The file, for all threads of a process."""

    def __init__(self, folder: Path) -> None:
        self._lock = Lock()
        self._swept_at = time.monotonic()
        self._file = sqlite3.connect(
            folder / FILE_NAME,
            timeout=_LOCK_WAIT_S,
            isolation_level=None,
            check_same_thread=False,
        )
        self._file.execute("PRAGMA journal_mode = WAL")
        self._file.execute("PRAGMA synchronous = OFF")
        self._file.executescript(_SCHEMA)

    def find(self, cache: str, key: object, known_stamp: int) -> SharedValue | None:
        """What is stored now, without the value itself if its stamp is known.

        None if nothing is. Raises sqlite3.Error.
        """
        row_id = _row_id(cache, key)
        with self._lock:
            row = self._file.execute(
                "SELECT stamp, expires_at, CASE stamp WHEN ? THEN NULL ELSE value END"
                " FROM cached WHERE key = ?",
                (known_stamp, row_id),
            ).fetchone()
        if row is None:
            return None
        stamp, expires_at, value = row
        # Only processes of this installation write there.
        return SharedValue(stamp, expires_at, pickle.loads(value) if value else None)  # noqa: S301

    def store(self, cache: str, key: object, value: Any, expires_at: float) -> int:
        """Store a value for all; its stamp, or 0 if it could not be stored."""
        stamp = time.monotonic_ns()
        row = _row_id(cache, key), stamp, expires_at, pickle.dumps(value)
        with suppress(sqlite3.Error), self._lock:
            self._file.execute("INSERT OR REPLACE INTO cached VALUES (?, ?, ?, ?)", row)
            self._sweep()
            return stamp
        return 0

    def forget(self, cache: str, key: object) -> None:
        """Remove a value for all."""
        with suppress(sqlite3.Error), self._lock:
            self._file.execute("DELETE FROM cached WHERE key = ?", (_row_id(cache, key),))

    def full_at(self, key: str) -> float | None:
        """When the share of `key` will be full again; None if nothing is known."""
        with suppress(sqlite3.Error), self._lock:
            row = self._file.execute("SELECT full_at FROM spent WHERE key = ?", (key,)).fetchone()
            return row[0] if row else None
        return None

    def spend(self, key: str, seconds: float) -> None:
        """Put off the time when the share of `key` is full again."""
        now = time.monotonic()
        with suppress(sqlite3.Error), self._lock:
            self._file.execute(
                "INSERT INTO spent VALUES (:key, :now + :s)"
                " ON CONFLICT (key) DO UPDATE SET full_at = max(full_at, :now) + :s",
                {"key": key, "now": now, "s": seconds},
            )
            self._sweep()

    def _sweep(self) -> None:
        """Remove what has expired, now and then."""
        now = time.monotonic()
        if now >= self._swept_at + _SWEEP_EVERY_S:
            self._swept_at = now
            self._file.execute("DELETE FROM cached WHERE expires_at < ?", (now,))
            self._file.execute("DELETE FROM spent WHERE full_at < ?", (now,))


def open_shared(folder: Path | None) -> SharedValues | None:
    """What the processes with that folder share; None if this one is alone, or the disk is full."""
    if folder is None:
        return None
    try:
        return SharedValues(folder)
    except sqlite3.Error as error:
        log.error("each web process keeps its own caches and limits: %s", error)
        return None


def _row_id(cache: str, key: object) -> int:
    return key64(f"{cache} {key!r}")

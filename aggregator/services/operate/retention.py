"""The daily deletion of old entries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from aggregator.storage import jobs
from aggregator.storage.engine import Database
from aggregator.storage.entries import retention

EVERY = timedelta(days=1)
_CHUNK = 500
"""Entries deleted in one transaction: polling never waits long for it."""


def delete_old(
    database: Database, keep: timedelta, now: datetime, stop: Callable[[], bool] = lambda: False
) -> int:
    """Delete what was published longer ago than `keep`; how many entries that was.

    Ends early once `stop` says so: the next day continues.
    """
    deleted = 0
    while not stop():
        with database.store() as session:
            chunk = retention.delete_before(session, now - keep, now, limit=_CHUNK)
        deleted += chunk
        if chunk < _CHUNK:
            break
    return deleted


def delete_old_daily(
    database: Database, keep: timedelta, now: datetime, stop: Callable[[], bool] = lambda: False
) -> int | None:
    """As `delete_old`, unless a process of this installation did so within a day (then None)."""
    with database.write() as session:
        if not jobs.take_turn(session, "retention", EVERY, now):
            return None
    return delete_old(database, keep, now, stop)

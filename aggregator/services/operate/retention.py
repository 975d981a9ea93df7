"""The daily deletion of old entries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from aggregator.storage import jobs
from aggregator.storage.engine import Database
from aggregator.storage.entries import retention

RUN_INTERVAL = timedelta(days=1)
# Entries deleted in one transaction: their words are looked up and taken out of the index in it.
_CHUNK = 25


def delete_old_entries(
    database: Database, keep: timedelta, now: datetime, stop: Callable[[], bool] = lambda: False
) -> int:
    """Delete entries published longer ago than `keep`; their number.

    Returns early once `stop()` is true: the next run continues.
    """
    deleted = 0
    while not stop():
        with database.write_exclusive() as session:
            chunk = retention.delete_before(session, now - keep, now, limit=_CHUNK)
        deleted += chunk
        if chunk < _CHUNK:
            break
    return deleted


def delete_old_entries_daily(
    database: Database, keep: timedelta, now: datetime, stop: Callable[[], bool] = lambda: False
) -> int | None:
    """Run `delete_old_entries` once a day per installation; None if it ran already."""
    with database.write() as session:
        if not jobs.claim_daily_run(session, "retention", RUN_INTERVAL, now):
            return None
    return delete_old_entries(database, keep, now, stop)

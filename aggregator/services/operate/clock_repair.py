"""Correct what a clock that was ahead has stored."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from aggregator.storage.engine import Database
from aggregator.storage.future_times import has_future_times

log = logging.getLogger("marsad.clock")

# Entries dated again in one transaction, so that polling never waits long.
_CHUNK = 25


def repair_times(
    database: Database,
    now: datetime,
    longest_poll_wait: timedelta,
    stop: Callable[[], bool] = lambda: False,
) -> int:
    """Bring back everything that is dated in the future; the number of rows changed.

    Entries go first: feeds that were polled in the future tell where to look for them. Returns
    early once `stop()` is true: the next run continues.
    """
    with database.read() as session:
        if not has_future_times(session, now, longest_poll_wait):
            return 0
    return _repair(database, now, longest_poll_wait, stop)


def _repair(
    database: Database, now: datetime, longest_poll_wait: timedelta, stop: Callable[[], bool]
) -> int:
    # Imported when needed: they take a tenth of a second, and clocks are hardly ever wrong.
    from aggregator.storage.clock_repair import bring_times_back
    from aggregator.storage.entries.future_dates import bring_entries_back, find_future_entries
    from aggregator.storage.feeds import days

    with database.read() as session:
        entry_ids = find_future_entries(session, now)
    for start in range(0, len(entry_ids), _CHUNK):
        if stop():
            return start
        with database.write_exclusive() as session:
            bring_entries_back(session, entry_ids[start : start + _CHUNK], now)
    with database.write_exclusive() as session:
        changed = len(entry_ids) + bring_times_back(session, now, longest_poll_wait)
        days.delete_after(session, now.date() + timedelta(days=1))
    if changed:
        log.warning("corrected %d rows that a clock ahead of now had dated in the future", changed)
    return changed

"""The daily job that keeps what readers have read small."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from aggregator.services.reading.marking import UNDO_LIFE
from aggregator.storage import jobs
from aggregator.storage.engine import Database
from aggregator.storage.readers import read_mark_compaction
from aggregator.storage.readers.tags import lock_reader

EVERY = timedelta(days=1)
READ_AFTER = timedelta(days=30)
"""What arrived longer ago counts as read, save what a reader kept unread."""


def advance_marks(
    database: Database, now: datetime, stop: Callable[[], bool] = lambda: False
) -> int:
    """Move everybody's marks to what arrived 30 days ago; how many rows were no longer needed.

    One short transaction a reader. Ends early once `stop` says so: the next day continues.
    """
    with database.read() as session:
        up_to = read_mark_compaction.latest_arrival(session, now - READ_AFTER)
        readers = read_mark_compaction.reader_ids(session)
    forgotten = 0
    for user_id in readers:
        if stop():
            break
        with database.write() as session:
            lock_reader(session, user_id)
            forgotten += read_mark_compaction.advance(session, user_id, up_to)
    with database.write() as session:
        read_mark_compaction.forget_undos(session, now - UNDO_LIFE)
    return forgotten


def advance_marks_daily(
    database: Database, now: datetime, stop: Callable[[], bool] = lambda: False
) -> int | None:
    """As `advance_marks`, unless a process of this installation did so within a day (then None)."""
    with database.write() as session:
        if not jobs.take_turn(session, "advance marks", EVERY, now):
            return None
    return advance_marks(database, now, stop)

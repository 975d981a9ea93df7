"""The daily job that keeps what readers have read small."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from aggregator.storage import jobs
from aggregator.storage.engine import Database
from aggregator.storage.entries.latest import latest_id_fetched_before
from aggregator.storage.readers import read_mark_compaction, read_marks
from aggregator.storage.readers.tags import lock_reader

RUN_INTERVAL = timedelta(days=1)
MARK_READ_AFTER = timedelta(days=30)
"""What arrived longer ago counts as read, save what a reader kept unread."""


def compact_read_marks(
    database: Database, now: datetime, stop: Callable[[], bool] = lambda: False
) -> int:
    """Move everybody's marks to what arrived 30 days ago; how many rows were no longer needed.

    One short transaction a reader. Ends early once `stop` says so: the next day continues.
    """
    with database.read() as session:
        up_to = latest_id_fetched_before(session, now - MARK_READ_AFTER)
        readers = read_mark_compaction.reader_ids(session)
    forgotten = 0
    for user_id in readers:
        if stop():
            break
        with database.write() as session:
            lock_reader(session, user_id)
            forgotten += read_mark_compaction.compact_read_marks(session, user_id, up_to)
    with database.write() as session:
        read_marks.delete_expired_undos(session, now)
    return forgotten


def compact_read_marks_daily(
    database: Database, now: datetime, stop: Callable[[], bool] = lambda: False
) -> int | None:
    """Run `compact_read_marks` once a day per installation; None when it already ran."""
    with database.write() as session:
        if not jobs.claim_daily_run(session, "advance marks", RUN_INTERVAL, now):
            return None
    return compact_read_marks(database, now, stop)

"""The daily job that keeps read state small."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from aggregator.storage import jobs
from aggregator.storage.engine import Database
from aggregator.storage.entries.latest import latest_id_fetched_before
from aggregator.storage.readers import read_mark_compaction, read_marks
from aggregator.storage.readers.read_versions import raise_read_version

RUN_INTERVAL = timedelta(days=1)
# Entries that arrived longer ago count as read, except those kept unread.
MARK_READ_AFTER = timedelta(days=30)


def compact_read_marks(
    database: Database, now: datetime, stop: Callable[[], bool] = lambda: False
) -> int:
    """Move all marks to the entries of 30 days ago; the number of exceptions deleted.

    One short transaction per reader. Returns early once `stop()` is true: the next run continues.
    """
    with database.read() as session:
        up_to = latest_id_fetched_before(session, now - MARK_READ_AFTER)
        readers = read_mark_compaction.reader_ids(session)
    deleted = 0
    for user_id in readers:
        if stop():
            break
        with database.write() as session:
            raise_read_version(session, user_id)
            deleted += read_mark_compaction.compact_read_marks(session, user_id, up_to)
    with database.write() as session:
        read_marks.delete_expired_undos(session, now)
    return deleted


def compact_read_marks_daily(
    database: Database, now: datetime, stop: Callable[[], bool] = lambda: False
) -> int | None:
    """Run `compact_read_marks` once a day per installation; None if it ran already."""
    with database.write() as session:
        if not jobs.claim_daily_run(session, "advance marks", RUN_INTERVAL, now):
            return None
    return compact_read_marks(database, now, stop)

"""Forgetting look-ups and answered requests."""

from __future__ import annotations

from datetime import datetime, timedelta

from aggregator.storage import jobs
from aggregator.storage.engine import Database

RUN_INTERVAL = timedelta(days=1)
# How long readers and operators see what became of a request.
KEEP_ANSWERED_FOR = timedelta(days=90)
KEEP_LOOKUPS_FOR = timedelta(days=1)


def delete_old_requests_daily(database: Database, now: datetime) -> None:
    """Delete old look-ups and answers once a day, and requests whose readers are all gone."""
    with database.write_exclusive() as session:
        if not jobs.claim_daily_run(session, "source requests", RUN_INTERVAL, now):
            return
        from aggregator.storage.readers import source_lookups, source_requests  # once a day

        source_lookups.delete_before(session, now - KEEP_LOOKUPS_FOR)
        source_requests.delete_decided_before(session, now - KEEP_ANSWERED_FOR)
        source_requests.delete_abandoned(session)

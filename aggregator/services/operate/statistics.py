"""The regular renewal of the database's statistics."""

from __future__ import annotations

from datetime import datetime, timedelta

from aggregator.storage import jobs, statistics
from aggregator.storage.engine import Database

RUN_INTERVAL = timedelta(days=1)


def update_statistics(database: Database, now: datetime) -> bool:
    """Renew statistics that are due; return whether any were.

    SQLite: once a day per installation, and first when a poller starts. PostgreSQL does it by
    itself, except right after tables were filled for the first time.
    """
    if not database.is_sqlite:
        return statistics.analyze_postgresql(database) > 0
    with database.write() as session:
        if not jobs.claim_daily_run(session, "statistics", RUN_INTERVAL, now):
            return False
    statistics.analyze_sqlite(database)
    return True

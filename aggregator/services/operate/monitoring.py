"""The state of the installation, as /metrics shows it."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from aggregator.services.operate.doctor import disk_space
from aggregator.storage import counters, monitoring
from aggregator.storage.engine import Database
from aggregator.types.monitoring import InstallationState, Space


def installation_state(
    database: Database, session: Session, now: datetime, longest: timedelta
) -> InstallationState:
    """Read the state; `longest`: the longest wait for a next poll (`PollPolicy.longest_wait`)."""
    return InstallationState(
        feeds=monitoring.feed_totals(session),
        lag=monitoring.lag(session, now, longest),
        queues=monitoring.queues(session, now),
        subscriptions=monitoring.subscriptions(session),
        counts=counters.read(session),
        database_bytes=monitoring.database_bytes(database, session),
        disk=_disk(database.path.absolute().parent) if database.is_sqlite else None,
    )


def _disk(folder: Path) -> Space | None:
    try:
        return disk_space(folder)
    except OSError:
        return None

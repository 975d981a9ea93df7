"""Daily jobs, each run by one process of the installation."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from aggregator.process.deadlines import is_past
from aggregator.storage.models import Job
from aggregator.storage.sql.row_counts import affected_rows
from aggregator.storage.sql.upsert import insert_or_ignore


def last_run(session: Session) -> datetime | None:
    """When any job last ran; None before the first."""
    return session.execute(select(func.max(Job.last_run_at))).scalar_one_or_none()


def claim_daily_run(session: Session, name: str, every: timedelta, now: datetime) -> bool:
    """Claim the next run of a job; False if it is not due or another process claimed it."""
    last = session.execute(select(Job.last_run_at).where(Job.name == name)).scalar_one_or_none()
    if last is None:
        last = now - every  # so that the first run is claimed like any other
        insert_or_ignore(session, Job, [{"name": name, "last_run_at": last}])
    if not is_past(last + every, now, every):
        return False
    claim = update(Job).where(Job.name == name, Job.last_run_at == last).values(last_run_at=now)
    return affected_rows(session, claim) > 0

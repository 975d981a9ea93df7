"""Attempts that rate limits count: sign-ins, registrations, invitations, exports."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import case, delete, or_, select, update
from sqlalchemy.orm import Session

from aggregator.storage.models import AttemptCount
from aggregator.storage.models.base import table
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.upsert import dialect_insert

# Rows of ended windows to delete at once: a flood of names must not make one sign-in slow.
_CLEANED_AT_ONCE = 100


def count_attempt(
    session: Session, key: str, maximum: int, window: timedelta, now: datetime
) -> bool:
    """Count an attempt under `key`; False if `maximum` have been counted in this window.

    One statement, so that concurrent processes cannot count past the maximum. A window begins with
    its first attempt. One that ends later than it could was counted by a clock that was ahead.
    """
    target = table(AttemptCount)
    ended = or_(target.c.ends_at <= now, target.c.ends_at > now + window)
    statement = dialect_insert(dialect_of(session), target).values(
        key=key, count=1, ends_at=now + window
    )
    counted = session.execute(
        statement.on_conflict_do_update(
            index_elements=[target.c.key],
            set_={
                "count": case((ended, 1), else_=target.c.count + 1),
                "ends_at": case((ended, statement.excluded.ends_at), else_=target.c.ends_at),
            },
            where=or_(ended, target.c.count < maximum),
        ).returning(target.c.count)
    )
    return counted.scalar_one_or_none() is not None


def window_end(session: Session, key: str) -> datetime | None:
    """When the window of `key` ends; None if nothing has been counted."""
    statement = select(AttemptCount.ends_at).where(AttemptCount.key == key)
    return session.execute(statement).scalar_one_or_none()


def uncount_attempt(session: Session, key: str) -> None:
    """Take back one attempt under `key`."""
    session.execute(
        update(AttemptCount)
        .where(AttemptCount.key == key, AttemptCount.count > 0)
        .values(count=AttemptCount.count - 1)
    )


def delete_count(session: Session, key: str) -> None:
    """Forget all attempts under `key`."""
    session.execute(delete(AttemptCount).where(AttemptCount.key == key))


def delete_ended_windows(session: Session, now: datetime) -> None:
    """Delete some of the windows that have ended, skipping those that others are counting in."""
    ended = (
        select(AttemptCount.key)
        .where(AttemptCount.ends_at <= now)
        .limit(_CLEANED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    session.execute(delete(AttemptCount).where(AttemptCount.key.in_(ended)))

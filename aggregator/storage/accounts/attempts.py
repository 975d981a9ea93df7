"""Attempts that rate limits count: sign-ins, registrations, invitations, exports."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from aggregator.storage.models import SignInFailure


def insert_attempt(session: Session, key: str, now: datetime) -> int:
    """Record an attempt; its id."""
    return session.execute(
        insert(SignInFailure).values(key=key, failed_at=now).returning(SignInFailure.id)
    ).scalar_one()


def attempt_times(session: Session, key: str, since: datetime, limit: int) -> list[datetime]:
    """The times of the last `limit` attempts under `key`, the latest first."""
    return list(
        session.execute(
            select(SignInFailure.failed_at)
            .where(SignInFailure.key == key, SignInFailure.failed_at > since)
            .order_by(SignInFailure.failed_at.desc())
            .limit(limit)
        ).scalars()
    )


def delete_attempts(session: Session, ids: list[int], key: str) -> None:
    """Delete the attempts `ids`, and all under `key`."""
    session.execute(
        delete(SignInFailure).where(SignInFailure.id.in_(ids) | (SignInFailure.key == key))
    )


def delete_attempts_after(session: Session, moment: datetime) -> None:
    """Delete attempts made later than `moment`."""
    session.execute(delete(SignInFailure).where(SignInFailure.failed_at > moment))


def delete_attempts_before(session: Session, moment: datetime) -> None:
    """Delete attempts made at `moment` or earlier."""
    session.execute(delete(SignInFailure).where(SignInFailure.failed_at <= moment))

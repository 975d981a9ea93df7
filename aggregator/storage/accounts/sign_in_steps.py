"""Sign-ins that wait for their second factor, stored as hashes of their cookies."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from aggregator.process.deadlines import SIGN_IN_STEP_LIFETIME
from aggregator.storage.models import SignInStepRow, UserRow
from aggregator.storage.sql.deadlines import is_past, is_pending
from aggregator.storage.sql.row_counts import affected_rows
from aggregator.types import User

_ROW = SignInStepRow


def insert_step(
    session: Session, token_hash: str, user_id: int, *, now: datetime, expires_at: datetime
) -> None:
    """Store a sign-in whose password was right."""
    values = {"token_hash": token_hash, "user_id": user_id, "created_at": now}
    session.execute(insert(_ROW).values(values | {"expires_at": expires_at}))


def find_user(session: Session, token_hash: str, now: datetime) -> User | None:
    """The user who is signing in, unless it took too long."""
    row = session.execute(
        select(UserRow.id, UserRow.name, UserRow.role)
        .join(_ROW, _ROW.user_id == UserRow.id)
        .where(
            _ROW.token_hash == token_hash, is_pending(_ROW.expires_at, now, SIGN_IN_STEP_LIFETIME)
        )
    ).one_or_none()
    return User(*row) if row else None


def delete_step(session: Session, token_hash: str) -> bool:
    """End a step; False if it was ended already."""
    return affected_rows(session, delete(_ROW).where(_ROW.token_hash == token_hash)) > 0


def delete_steps(session: Session, user_id: int) -> None:
    """End all steps of a user."""
    session.execute(delete(_ROW).where(_ROW.user_id == user_id))


def delete_expired_steps(session: Session, now: datetime) -> None:
    """Delete the steps that took too long."""
    session.execute(delete(_ROW).where(is_past(_ROW.expires_at, now, SIGN_IN_STEP_LIFETIME)))

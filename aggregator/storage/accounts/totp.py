"""Secrets of authenticator apps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, exists, insert, or_, select, update
from sqlalchemy.orm import Session

from aggregator.process.deadlines import TOTP_SETUP_LIFETIME
from aggregator.storage.models import TotpRow
from aggregator.storage.sql.row_counts import affected_rows


@dataclass(frozen=True, slots=True)
class StoredSecret:
    """A secret as it is stored; it counts once it is confirmed."""

    secret: str
    created_at: datetime
    confirmed_at: datetime | None


def replace_unconfirmed(session: Session, user_id: int, secret: str, now: datetime) -> bool:
    """Store a secret that waits to be confirmed; False if an app is confirmed already."""
    unconfirmed = (TotpRow.user_id == user_id, TotpRow.confirmed_at.is_(None))
    session.execute(delete(TotpRow).where(*unconfirmed))
    if find_secret(session, user_id) is not None:
        return False
    session.execute(insert(TotpRow).values(user_id=user_id, secret=secret, created_at=now))
    return True


def find_secret(session: Session, user_id: int) -> StoredSecret | None:
    """The secret of a user, confirmed or not."""
    row = session.execute(
        select(TotpRow.secret, TotpRow.created_at, TotpRow.confirmed_at).where(
            TotpRow.user_id == user_id
        )
    ).one_or_none()
    return StoredSecret(*row) if row else None


def has_app(session: Session, user_id: int) -> bool:
    """Whether a user has a confirmed authenticator app."""
    confirmed = exists().where(TotpRow.user_id == user_id, TotpRow.confirmed_at.is_not(None))
    return bool(session.execute(select(confirmed)).scalar_one())


def confirm_secret(session: Session, user_id: int, secret: str, step: int, now: datetime) -> bool:
    """Confirm a secret with the code of a step; False if it was replaced or confirmed meanwhile."""
    statement = update(TotpRow).where(
        TotpRow.user_id == user_id, TotpRow.secret == secret, TotpRow.confirmed_at.is_(None)
    )
    return affected_rows(session, statement.values(confirmed_at=now, last_step=step)) > 0


def spend_step(session: Session, user_id: int, step: int, latest: int) -> bool:
    """Use the code of a step; False if that one, or a later one, has been used.

    A step after `latest` was used under a clock that was ahead, and counts for nothing.
    """
    statement = update(TotpRow).where(
        TotpRow.user_id == user_id,
        TotpRow.confirmed_at.is_not(None),
        or_(TotpRow.last_step < step, TotpRow.last_step > latest),
    )
    return affected_rows(session, statement.values(last_step=step)) > 0


def replace_secret(session: Session, user_id: int, old: str, new: str) -> None:
    """Store the same secret in another form."""
    statement = update(TotpRow).where(TotpRow.user_id == user_id, TotpRow.secret == old)
    session.execute(statement.values(secret=new))


def delete_secret(session: Session, user_id: int) -> bool:
    """Delete the secret of a user, confirmed or not; False without a confirmed one."""
    had = has_app(session, user_id)
    session.execute(delete(TotpRow).where(TotpRow.user_id == user_id))
    return had


def delete_unconfirmed(session: Session, now: datetime) -> None:
    """Delete the secrets that nobody confirmed in time."""
    session.execute(
        delete(TotpRow).where(
            TotpRow.confirmed_at.is_(None), TotpRow.created_at <= now - TOTP_SETUP_LIFETIME
        )
    )

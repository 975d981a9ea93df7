"""Links that set a new password, stored as hashes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from aggregator.process.deadlines import PASSWORD_LINK_LIFETIME
from aggregator.storage.models import PasswordLinkRow, UserRow
from aggregator.storage.sql.deadlines import is_past, is_pending
from aggregator.storage.sql.row_counts import affected_rows
from aggregator.types import User

_ROW = PasswordLinkRow


def insert_link(
    session: Session, token_hash: str, user_id: int, *, now: datetime, expires_at: datetime
) -> None:
    """Store the hash of a new link."""
    values = {"token_hash": token_hash, "user_id": user_id, "created_at": now}
    session.execute(insert(_ROW).values(values | {"expires_at": expires_at}))


def find_user(session: Session, token_hash: str, now: datetime) -> User | None:
    """The user whose password a link sets, unless it has expired."""
    statement = (
        select(UserRow.id, UserRow.name, UserRow.role)
        .join(_ROW, _ROW.user_id == UserRow.id)
        .where(
            _ROW.token_hash == token_hash, is_pending(_ROW.expires_at, now, PASSWORD_LINK_LIFETIME)
        )
    )
    row = session.execute(statement).one_or_none()
    return User(*row) if row else None


def redeem_link(session: Session, token_hash: str) -> bool:
    """Use a link; False if it has been used already."""
    return affected_rows(session, delete(_ROW).where(_ROW.token_hash == token_hash)) > 0


def delete_links(session: Session, user_id: int) -> None:
    """Delete the links of a user."""
    session.execute(delete(_ROW).where(_ROW.user_id == user_id))


def delete_expired_links(session: Session, now: datetime) -> None:
    """Delete the links that have expired."""
    session.execute(delete(_ROW).where(is_past(_ROW.expires_at, now, PASSWORD_LINK_LIFETIME)))

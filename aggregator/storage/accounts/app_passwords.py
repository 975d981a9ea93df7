"""App passwords, by the hashes of the tokens they are exchanged for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from aggregator.storage.models import AppPasswordRow, UserRow
from aggregator.types import AppPassword, User

_ROW = AppPasswordRow
_COLUMNS = (_ROW.token_hash, _ROW.name, _ROW.created_at, _ROW.last_used_at)


@dataclass(frozen=True, slots=True)
class OwnedPassword:
    """An app password and its user."""

    password: AppPassword
    user: User
    email: str
    """Of the user; empty if they gave none."""


def insert_password(session: Session, password: AppPassword, user_id: int) -> None:
    """Store a new password."""
    values = {
        "token_hash": password.id,
        "user_id": user_id,
        "name": password.name,
        "created_at": password.created_at,
    }
    session.execute(insert(_ROW), values)


def find_password(session: Session, token_hash: str) -> OwnedPassword | None:
    """A password and its user; None if there is none with that hash."""
    row = session.execute(
        select(*_COLUMNS, UserRow.id, UserRow.name, UserRow.role, UserRow.email)
        .join(UserRow, UserRow.id == _ROW.user_id)
        .where(_ROW.token_hash == token_hash)
    ).one_or_none()
    return OwnedPassword(AppPassword(*row[:4]), User(*row[4:7]), row.email) if row else None


def list_passwords(session: Session, user_id: int) -> tuple[AppPassword, ...]:
    """The app passwords of a user, the latest first."""
    rows = session.execute(
        select(*_COLUMNS)
        .where(_ROW.user_id == user_id)
        .order_by(_ROW.created_at.desc(), _ROW.token_hash)
    )
    return tuple(AppPassword(*row) for row in rows)


def count_passwords(session: Session, user_id: int) -> int:
    """The number of app passwords of a user."""
    counted = select(func.count()).select_from(_ROW).where(_ROW.user_id == user_id)
    return session.execute(counted).scalar_one()


def set_last_use(session: Session, token_hash: str, now: datetime) -> None:
    """Note that a password was used."""
    session.execute(update(_ROW).where(_ROW.token_hash == token_hash).values(last_used_at=now))


def delete_password(session: Session, token_hash: str, user_id: int) -> None:
    """Revoke an app password of a user."""
    session.execute(delete(_ROW).where(_ROW.token_hash == token_hash, _ROW.user_id == user_id))


def delete_passwords(session: Session, user_id: int) -> None:
    """Revoke all app passwords of a user."""
    session.execute(delete(_ROW).where(_ROW.user_id == user_id))

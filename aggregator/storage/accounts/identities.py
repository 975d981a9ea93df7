"""People at sign-in providers, by issuer and subject, and the accounts that they are linked to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from aggregator.storage.models import IdentityRow, UserRow
from aggregator.storage.sql.upsert import insert_or_ignore
from aggregator.types import Identity, User

_ROW = IdentityRow
_COLUMNS = (_ROW.id, _ROW.issuer, _ROW.subject, _ROW.name, _ROW.linked_at, _ROW.last_used_at)


def find_user(session: Session, issuer: str, subject: str) -> User | None:
    """The account that a person is linked to."""
    row = session.execute(
        select(UserRow.id, UserRow.name, UserRow.role)
        .join(_ROW, _ROW.user_id == UserRow.id)
        .where(_ROW.issuer == issuer, _ROW.subject == subject)
    ).one_or_none()
    return User(*row) if row else None


def link(
    session: Session, user_id: int, issuer: str, subject: str, name: str, now: datetime
) -> None:
    """Link a person to an account, unless they are linked already."""
    values = {
        "user_id": user_id, "issuer": issuer, "subject": subject, "name": name, "linked_at": now,
    }  # fmt: skip
    insert_or_ignore(session, _ROW, [values])


def note_use(session: Session, issuer: str, subject: str, name: str, now: datetime) -> None:
    """Note a sign-in, and what the provider calls the person now."""
    session.execute(
        update(_ROW)
        .where(_ROW.issuer == issuer, _ROW.subject == subject)
        .values(name=name, last_used_at=now)
    )


def list_identities(session: Session, user_id: int) -> tuple[Identity, ...]:
    """The people that are linked to an account, in the order in which they were."""
    rows = session.execute(select(*_COLUMNS).where(_ROW.user_id == user_id).order_by(_ROW.id))
    return tuple(Identity(*row) for row in rows)


def delete_identity(session: Session, identity_id: int, user_id: int) -> None:
    """Unlink one person from an account."""
    session.execute(delete(_ROW).where(_ROW.id == identity_id, _ROW.user_id == user_id))


def delete_identities(session: Session, user_id: int) -> int:
    """Unlink everyone from an account; the number of those who were linked."""
    statement = delete(_ROW).where(_ROW.user_id == user_id).returning(_ROW.id)
    return len(session.execute(statement).all())

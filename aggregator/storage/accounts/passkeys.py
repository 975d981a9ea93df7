"""Passkeys, and the challenges that have been answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, exists, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from aggregator.errors import Conflict
from aggregator.process.deadlines import CHALLENGE_LIFETIME
from aggregator.storage.models import PasskeyRow, SpentChallengeRow, UserRow
from aggregator.storage.models.base import table
from aggregator.storage.sql.deadlines import is_past
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.row_counts import affected_rows
from aggregator.storage.sql.upsert import dialect_insert
from aggregator.types import User
from aggregator.types.second_factors import Passkey

_ROW = PasskeyRow


@dataclass(frozen=True, slots=True)
class StoredPasskey:
    """What the answer of a passkey is checked against."""

    id: int
    user: User
    public_key: bytes
    sign_count: int


def insert_passkey(
    session: Session,
    user_id: int,
    *,
    credential_id: str,
    public_key: bytes,
    sign_count: int,
    name: str,
    now: datetime,
) -> None:
    """Store a new passkey. Raises Conflict if it is registered already."""
    statement = insert(_ROW).values(
        user_id=user_id,
        credential_id=credential_id,
        public_key=public_key,
        sign_count=sign_count,
        name=name,
        created_at=now,
    )
    try:
        session.execute(statement)
    except IntegrityError as error:
        raise Conflict("passkey", name) from error


def find_passkey(session: Session, credential_id: str) -> StoredPasskey | None:
    """The passkey with that id, and whose it is."""
    row = session.execute(
        select(_ROW.id, _ROW.public_key, _ROW.sign_count, UserRow.id, UserRow.name, UserRow.role)
        .join(UserRow, UserRow.id == _ROW.user_id)
        .where(_ROW.credential_id == credential_id)
    ).one_or_none()
    return StoredPasskey(row[0], User(*row[3:]), row[1], row[2]) if row else None


def record_use(session: Session, passkey_id: int, sign_count: int, now: datetime) -> bool:
    """Note that a passkey signed in; False if it was revoked or has counted further meanwhile."""
    counts_on = _ROW.sign_count < sign_count if sign_count else _ROW.sign_count == 0
    statement = update(_ROW).where(_ROW.id == passkey_id, counts_on)
    return affected_rows(session, statement.values(sign_count=sign_count, last_used_at=now)) > 0


def list_passkeys(session: Session, user_id: int) -> tuple[Passkey, ...]:
    """The passkeys of a user, the latest first."""
    rows = session.execute(
        select(_ROW.id, _ROW.name, _ROW.created_at, _ROW.last_used_at)
        .where(_ROW.user_id == user_id)
        .order_by(_ROW.created_at.desc(), _ROW.id.desc())
    )
    return tuple(Passkey(*row) for row in rows)


def credential_ids(session: Session, user_id: int) -> tuple[str, ...]:
    """The ids of a user's passkeys, in base64url."""
    statement = select(_ROW.credential_id).where(_ROW.user_id == user_id).order_by(_ROW.id)
    return tuple(session.execute(statement).scalars())


def has_passkeys(session: Session, user_id: int) -> bool:
    """Whether a user has a passkey."""
    return bool(session.execute(select(exists().where(_ROW.user_id == user_id))).scalar_one())


def count_passkeys(session: Session, user_id: int) -> int:
    """The number of a user's passkeys."""
    statement = select(func.count()).select_from(_ROW).where(_ROW.user_id == user_id)
    return session.execute(statement).scalar_one()


def rename_passkey(session: Session, passkey_id: int, user_id: int, name: str) -> bool:
    """Rename a user's own passkey; False without one of that id."""
    statement = update(_ROW).where(_ROW.id == passkey_id, _ROW.user_id == user_id)
    return affected_rows(session, statement.values(name=name)) > 0


def delete_passkey(session: Session, passkey_id: int, user_id: int) -> bool:
    """Delete a user's own passkey; False without one of that id."""
    statement = delete(_ROW).where(_ROW.id == passkey_id, _ROW.user_id == user_id)
    return affected_rows(session, statement) > 0


def delete_passkeys(session: Session, user_id: int) -> None:
    """Delete all passkeys of a user."""
    session.execute(delete(_ROW).where(_ROW.user_id == user_id))


def spend_challenge(session: Session, challenge_hash: str, expires_at: datetime) -> bool:
    """Mark a challenge as answered; False if it was already."""
    statement = dialect_insert(dialect_of(session), table(SpentChallengeRow)).values(
        challenge_hash=challenge_hash, expires_at=expires_at
    )
    spent = statement.on_conflict_do_nothing().returning(SpentChallengeRow.challenge_hash)
    return session.execute(spent).scalar_one_or_none() is not None


def delete_expired_challenges(session: Session, now: datetime) -> None:
    """Delete the challenges that have expired, which nobody can answer any more."""
    ended = is_past(SpentChallengeRow.expires_at, now, CHALLENGE_LIFETIME)
    session.execute(delete(SpentChallengeRow).where(ended))

"""API tokens, stored as hashes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from aggregator.storage.models import ApiToken, UserRow
from aggregator.types import TokenInfo, User


def insert_token(
    session: Session, token_hash: str, user_id: int, label: str, now: datetime
) -> None:
    """Store the hash of a new API token."""
    session.execute(
        insert(ApiToken).values(token_hash=token_hash, user_id=user_id, label=label, created_at=now)
    )


def find_token(session: Session, token_hash: str) -> User | None:
    """The user to whom an API token belongs."""
    row = session.execute(
        select(UserRow.id, UserRow.name, UserRow.role)
        .join(ApiToken, ApiToken.user_id == UserRow.id)
        .where(ApiToken.token_hash == token_hash)
    ).one_or_none()
    return User(*row) if row else None


def delete_token(session: Session, token_hash: str, user_id: int) -> None:
    """Revoke an API token of a user."""
    session.execute(
        delete(ApiToken).where(ApiToken.token_hash == token_hash, ApiToken.user_id == user_id)
    )


def list_tokens(session: Session, user_id: int) -> tuple[TokenInfo, ...]:
    """The API tokens of a user, the latest first."""
    rows = session.execute(
        select(ApiToken.token_hash, ApiToken.label, ApiToken.created_at)
        .where(ApiToken.user_id == user_id)
        .order_by(ApiToken.created_at.desc(), ApiToken.token_hash)
    )
    return tuple(TokenInfo(*row) for row in rows)

"""API tokens, stored as hashes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from aggregator.storage.models import ApiToken, UserRow
from aggregator.types import TokenInfo, TokenScope, User


@dataclass(frozen=True, slots=True)
class ActiveToken:
    """A token that has not expired, and its user. `id` is the hash of the token."""

    id: str
    user: User
    last_used_at: datetime | None
    scope: TokenScope


def insert_token(
    session: Session,
    token_hash: str,
    user_id: int,
    label: str,
    now: datetime,
    expires_at: datetime | None = None,
    scope: TokenScope = "read",
) -> None:
    """Store the hash of a new API token."""
    session.execute(
        insert(ApiToken).values(
            token_hash=token_hash,
            user_id=user_id,
            label=label,
            created_at=now,
            expires_at=expires_at,
            scope=scope,
        )
    )


def find_token(session: Session, token_hash: str, now: datetime) -> ActiveToken | None:
    """A token that has neither expired nor been revoked."""
    row = session.execute(
        select(UserRow.id, UserRow.name, UserRow.role, ApiToken.last_used_at, ApiToken.scope)
        .join(ApiToken, ApiToken.user_id == UserRow.id)
        .where(
            ApiToken.token_hash == token_hash,
            ApiToken.expires_at.is_(None) | (ApiToken.expires_at > now),
        )
    ).one_or_none()
    if row is None:
        return None
    user = User(row.id, row.name, row.role)
    return ActiveToken(token_hash, user, row.last_used_at, row.scope)


def set_last_use(session: Session, token_hash: str, now: datetime) -> None:
    """Note that a token was used."""
    session.execute(
        update(ApiToken).where(ApiToken.token_hash == token_hash).values(last_used_at=now)
    )


def delete_token(session: Session, token_hash: str, user_id: int) -> None:
    """Revoke an API token of a user."""
    session.execute(
        delete(ApiToken).where(ApiToken.token_hash == token_hash, ApiToken.user_id == user_id)
    )


def delete_tokens(session: Session, user_id: int) -> None:
    """Revoke all API tokens of a user."""
    session.execute(delete(ApiToken).where(ApiToken.user_id == user_id))


def list_tokens(session: Session, user_id: int) -> tuple[TokenInfo, ...]:
    """The API tokens of a user, the latest first."""
    rows = session.execute(
        select(
            ApiToken.token_hash,
            ApiToken.label,
            ApiToken.created_at,
            ApiToken.expires_at,
            ApiToken.last_used_at,
            ApiToken.scope,
        )
        .where(ApiToken.user_id == user_id)
        .order_by(ApiToken.created_at.desc(), ApiToken.token_hash)
    )
    return tuple(TokenInfo(*row) for row in rows)

"""Accounts, their sessions and API tokens, and failed sign-ins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from aggregator.errors import Conflict, NotFound
from aggregator.process.preferences import from_json
from aggregator.storage.models import ApiToken, SignInFailure, UserRow, UserSession
from aggregator.storage.preferences import STORED
from aggregator.types import Preferences, Role, SessionInfo, TokenInfo, User


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a sign-in is checked against."""

    user: User
    password_hash: str


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session that is still good, and until when."""

    user: User
    expires_at: datetime
    preferences: Preferences


_USER = (UserRow.id, UserRow.name, UserRow.role)


# --- accounts ----------------------------------------------------------------------------------


def insert_user(
    session: Session, name: str, name_key: str, password_hash: str, role: Role, now: datetime
) -> User:
    """Make an account. Raises Conflict when the name is taken."""
    statement = insert(UserRow).values(
        name=name, name_key=name_key, password_hash=password_hash, role=role, created_at=now
    )
    try:
        user_id = session.execute(statement.returning(UserRow.id)).scalar_one()
    except IntegrityError as error:
        raise Conflict("user", name) from error
    return User(user_id, name, role)


def find_user(session: Session, name_key: str) -> Credentials | None:
    """The account under that name, if there is one."""
    row = session.execute(
        select(*_USER, UserRow.password_hash).where(UserRow.name_key == name_key)
    ).one_or_none()
    return Credentials(_user(row), row.password_hash) if row else None


def find_credentials(session: Session, user_id: int) -> Credentials:
    """The account with that id. Raises NotFound."""
    row = session.execute(
        select(*_USER, UserRow.password_hash).where(UserRow.id == user_id)
    ).one_or_none()
    if row is None:
        raise NotFound("user", user_id)
    return Credentials(_user(row), row.password_hash)


def list_users(session: Session) -> tuple[User, ...]:
    """All accounts by name."""
    return tuple(_user(row) for row in session.execute(select(*_USER).order_by(UserRow.name_key)))


def set_password_hash(session: Session, user_id: int, password_hash: str) -> None:
    """Replace the hash of a password."""
    session.execute(
        update(UserRow).where(UserRow.id == user_id).values(password_hash=password_hash)
    )


def set_role(session: Session, user_id: int, role: Role) -> None:
    """Give a person another role; it holds from the next request on."""
    session.execute(update(UserRow).where(UserRow.id == user_id).values(role=role))


def delete_user(session: Session, user_id: int) -> None:
    """Close an account, with its sessions, tokens, tags and stars."""
    session.execute(delete(UserRow).where(UserRow.id == user_id))


# --- sessions ----------------------------------------------------------------------------------


def insert_session(
    session: Session,
    token_hash: str,
    user_id: int,
    *,
    now: datetime,
    expires_at: datetime,
    user_agent: str,
) -> None:
    """Sign a browser in, and forget the sessions that have run out."""
    session.execute(delete(UserSession).where(UserSession.expires_at <= now))
    session.execute(
        insert(UserSession).values(
            token_hash=token_hash,
            user_id=user_id,
            created_at=now,
            expires_at=expires_at,
            user_agent=user_agent,
        )
    )


def find_session(session: Session, token_hash: str, now: datetime) -> OpenSession | None:
    """Whose session that is, unless it has run out or was ended."""
    row = session.execute(
        select(*_USER, UserSession.expires_at, STORED)
        .join(UserSession, UserSession.user_id == UserRow.id)
        .where(UserSession.token_hash == token_hash, UserSession.expires_at > now)
    ).one_or_none()
    if row is None:
        return None
    return OpenSession(_user(row), row.expires_at, from_json(row.preferences))


def extend_session(session: Session, token_hash: str, expires_at: datetime) -> None:
    """Let a session that is in use live on; one that was ended stays ended."""
    session.execute(
        update(UserSession)
        .where(UserSession.token_hash == token_hash)
        .values(expires_at=expires_at)
    )


def delete_session(session: Session, token_hash: str, *, user_id: int | None = None) -> None:
    """End a session; only one of `user_id`, where that is given."""
    statement = delete(UserSession).where(UserSession.token_hash == token_hash)
    if user_id is not None:
        statement = statement.where(UserSession.user_id == user_id)
    session.execute(statement)


def delete_sessions(session: Session, user_id: int, *, keep: str | None = None) -> None:
    """End all sessions of a user but the one whose hash is `keep`."""
    statement = delete(UserSession).where(UserSession.user_id == user_id)
    if keep is not None:
        statement = statement.where(UserSession.token_hash != keep)
    session.execute(statement)


def list_sessions(session: Session, user_id: int, now: datetime) -> tuple[SessionInfo, ...]:
    """The browsers in which a user is signed in, the latest first."""
    rows = session.execute(
        select(
            UserSession.token_hash,
            UserSession.user_agent,
            UserSession.created_at,
            UserSession.expires_at,
        )
        .where(UserSession.user_id == user_id, UserSession.expires_at > now)
        .order_by(UserSession.created_at.desc(), UserSession.token_hash)
    )
    return tuple(SessionInfo(*row) for row in rows)


# --- API tokens --------------------------------------------------------------------------------


def insert_token(
    session: Session, token_hash: str, user_id: int, label: str, now: datetime
) -> None:
    """Keep the hash of a new API token."""
    session.execute(
        insert(ApiToken).values(token_hash=token_hash, user_id=user_id, label=label, created_at=now)
    )


def find_token(session: Session, token_hash: str) -> User | None:
    """Whose API token that is."""
    row = session.execute(
        select(*_USER)
        .join(ApiToken, ApiToken.user_id == UserRow.id)
        .where(ApiToken.token_hash == token_hash)
    ).one_or_none()
    return _user(row) if row else None


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


# --- failed sign-ins -----------------------------------------------------------------------------


def insert_failure(session: Session, key: str, now: datetime) -> int:
    """Count a failed sign-in; its id."""
    return session.execute(
        insert(SignInFailure).values(key=key, failed_at=now).returning(SignInFailure.id)
    ).scalar_one()


def failure_times(session: Session, key: str, since: datetime, limit: int) -> list[datetime]:
    """When the last `limit` sign-ins under `key` failed, the latest first."""
    return list(
        session.execute(
            select(SignInFailure.failed_at)
            .where(SignInFailure.key == key, SignInFailure.failed_at > since)
            .order_by(SignInFailure.failed_at.desc())
            .limit(limit)
        ).scalars()
    )


def delete_failures(session: Session, ids: list[int], key: str) -> None:
    """Forget the failures of `ids`, and all under `key`."""
    session.execute(
        delete(SignInFailure).where(SignInFailure.id.in_(ids) | (SignInFailure.key == key))
    )


def delete_failures_before(session: Session, moment: datetime) -> None:
    """Forget what is too old to count."""
    session.execute(delete(SignInFailure).where(SignInFailure.failed_at <= moment))


def _user(row: Row[*tuple[Any, ...]]) -> User:
    return User(row.id, row.name, row.role)

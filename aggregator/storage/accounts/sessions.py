"""The browsers in which people are signed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from aggregator.process.readers.preferences import from_json
from aggregator.storage.models import UserRow, UserSession
from aggregator.storage.models.base import table
from aggregator.storage.readers.preferences import PREFERENCES_TEXT
from aggregator.types import Preferences, SessionInfo, User


@dataclass(frozen=True, slots=True)
class ActiveReader:
    """A user who is signed in, and their preferences."""

    user: User
    preferences: Preferences
    read_version: int
    has_answers: bool
    """Whether requests for sources have been answered that the user has not been told of."""


@dataclass(frozen=True, slots=True)
class ActiveSession(ActiveReader):
    """A session that has not expired."""

    expires_at: datetime
    two_factor: bool
    """Whether it was opened with a passkey or a second factor."""
    confirmed_at: datetime | None
    """When the password was last asked again."""


def insert_session(
    session: Session,
    token_hash: str,
    user_id: int,
    *,
    now: datetime,
    expires_at: datetime,
    user_agent: str,
    id_token: str = "",
    two_factor: bool = False,
) -> None:
    """Sign a browser in; `id_token` is that of the provider which did it."""
    session.execute(
        insert(UserSession).values(
            token_hash=token_hash,
            user_id=user_id,
            created_at=now,
            expires_at=expires_at,
            user_agent=user_agent,
            id_token=id_token,
            two_factor=two_factor,
        )
    )


def find_session(session: Session, token_hash: str, now: datetime) -> ActiveSession | None:
    """A session that has neither expired nor been ended."""
    row = session.execute(_active, {"token_hash": token_hash, "now": now}).one_or_none()
    if row is None:
        return None
    id_, name, role, expires_at, preferences, read_version, has_answers, *proof = row
    return ActiveSession(
        User(id_, name, role), from_json(preferences), read_version, has_answers, expires_at, *proof
    )


def find_reader(session: Session, name_key: str) -> ActiveReader | None:
    """The user of that name, whom somebody else has signed in."""
    row = session.execute(_reader, {"name_key": name_key}).one_or_none()
    if row is None:
        return None
    id_, name, role, preferences, read_version, has_answers = row
    return ActiveReader(User(id_, name, role), from_json(preferences), read_version, has_answers)


# Built once: every page executes it.
_users, _sessions = table(UserRow), table(UserSession)
_active = (
    select(
        _users.c.id,
        _users.c.name,
        _users.c.role,
        _sessions.c.expires_at,
        PREFERENCES_TEXT,
        _users.c.read_version,
        _users.c.has_answers,
        _sessions.c.two_factor,
        _sessions.c.confirmed_at,
    )
    .join_from(_users, _sessions, _sessions.c.user_id == _users.c.id)
    .where(
        _sessions.c.token_hash == bindparam("token_hash"),
        _sessions.c.expires_at > bindparam("now"),
    )
)


def id_token_of(session: Session, token_hash: str) -> str:
    """The token of the provider that signed a browser in; empty if none did."""
    statement = select(UserSession.id_token).where(UserSession.token_hash == token_hash)
    return session.execute(statement).scalar_one_or_none() or ""


def has_begun_since(session: Session, token_hash: str, moment: datetime) -> bool:
    """Whether a browser was signed in after `moment`."""
    statement = select(UserSession.created_at).where(UserSession.token_hash == token_hash)
    began_at = session.execute(statement).scalar_one_or_none()
    return began_at is not None and began_at > moment


_reader = select(
    _users.c.id,
    _users.c.name,
    _users.c.role,
    PREFERENCES_TEXT,
    _users.c.read_version,
    _users.c.has_answers,
).where(_users.c.name_key == bindparam("name_key"))


def extend_session(session: Session, token_hash: str, expires_at: datetime) -> None:
    """Renew a session; one that was ended stays ended."""
    session.execute(
        update(UserSession)
        .where(UserSession.token_hash == token_hash)
        .values(expires_at=expires_at)
    )


def set_confirmed(session: Session, token_hash: str, now: datetime) -> None:
    """Note that the password was asked again."""
    statement = update(UserSession).where(UserSession.token_hash == token_hash)
    session.execute(statement.values(confirmed_at=now))


def set_two_factor(session: Session, token_hash: str) -> None:
    """Note that a session has proven a second factor."""
    statement = update(UserSession).where(UserSession.token_hash == token_hash)
    session.execute(statement.values(two_factor=True))


def delete_session(session: Session, token_hash: str, *, user_id: int | None = None) -> None:
    """End a session; with `user_id` only if it is theirs."""
    statement = delete(UserSession).where(UserSession.token_hash == token_hash)
    if user_id is not None:
        statement = statement.where(UserSession.user_id == user_id)
    session.execute(statement)


def delete_sessions(session: Session, user_id: int, *, keep: str | None = None) -> None:
    """End all sessions of a user except the one with the hash `keep`."""
    statement = delete(UserSession).where(UserSession.user_id == user_id)
    if keep is not None:
        statement = statement.where(UserSession.token_hash != keep)
    session.execute(statement)


def delete_expired_sessions(session: Session, now: datetime) -> None:
    """Delete the sessions that have expired."""
    session.execute(delete(UserSession).where(UserSession.expires_at <= now))


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

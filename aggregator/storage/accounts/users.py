"""Accounts and the credentials they sign in with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from aggregator.errors import NameTaken, NotFound
from aggregator.storage.models import UserRow, UserSession
from aggregator.types import Person, Role, User


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user and the hash that a sign-in is checked against."""

    user: User
    password_hash: str


def insert_user(
    session: Session, name: str, name_key: str, password_hash: str, role: Role, now: datetime
) -> User:
    """Create an account. Raises NameTaken."""
    statement = insert(UserRow).values(
        name=name, name_key=name_key, password_hash=password_hash, role=role, created_at=now
    )
    try:
        user_id = session.execute(statement.returning(UserRow.id)).scalar_one()
    except IntegrityError as error:
        raise NameTaken("user", name) from error
    return User(user_id, name, role)


def find_credentials_by_name(session: Session, name_key: str) -> Credentials | None:
    """The credentials of the account with that name, if there is one."""
    row = session.execute(_credentials.where(UserRow.name_key == name_key)).one_or_none()
    return Credentials(User(row.id, row.name, row.role), row.password_hash) if row else None


def find_credentials(session: Session, user_id: int) -> Credentials:
    """The credentials of the account with that id. Raises NotFound."""
    row = session.execute(_credentials.where(UserRow.id == user_id)).one_or_none()
    if row is None:
        raise NotFound("user", user_id)
    return Credentials(User(row.id, row.name, row.role), row.password_hash)


def find_user(session: Session, user_id: int) -> User | None:
    """The account with that id, if it has not been closed."""
    row = session.execute(_credentials.where(UserRow.id == user_id)).one_or_none()
    return User(row.id, row.name, row.role) if row else None


_credentials = select(UserRow.id, UserRow.name, UserRow.role, UserRow.password_hash)


def find_email(session: Session, name_key: str) -> tuple[User, str] | None:
    """The account with that name and its address, if it has one."""
    row = session.execute(
        select(UserRow.id, UserRow.name, UserRow.role, UserRow.email).where(
            UserRow.name_key == name_key, UserRow.email != ""
        )
    ).one_or_none()
    return (User(row.id, row.name, row.role), row.email) if row else None


def email_of(session: Session, user_id: int) -> str:
    """The address of a user; empty if they gave none."""
    return session.execute(select(UserRow.email).where(UserRow.id == user_id)).scalar_one()


def set_email(session: Session, user_id: int, email: str) -> None:
    """Replace the address of a user."""
    session.execute(update(UserRow).where(UserRow.id == user_id).values(email=email))


def list_users(session: Session) -> tuple[User, ...]:
    """All accounts, by name."""
    rows = session.execute(
        select(UserRow.id, UserRow.name, UserRow.role).order_by(UserRow.name_key)
    )
    return tuple(User(*row) for row in rows)


def list_people(
    session: Session, *, containing: str, after: str, session_life: timedelta, limit: int
) -> tuple[Person, ...]:
    """Accounts by name, those after the key `after`.

    The session that expires last tells when a user was last seen: a session in use is renewed to
    `session_life` once a day.
    """
    last_ends_at = (
        select(func.max(UserSession.expires_at))
        .where(UserSession.user_id == UserRow.id)
        .scalar_subquery()
    )
    rows = session.execute(
        select(UserRow.id, UserRow.name, UserRow.role, UserRow.created_at, last_ends_at)
        .where(UserRow.name_key > after, UserRow.name_key.contains(containing, autoescape=True))
        .order_by(UserRow.name_key)
        .limit(limit)
    )
    return tuple(
        Person(User(id_, name, role), created_at, ends_at - session_life if ends_at else None)
        for id_, name, role, created_at, ends_at in rows
    )


def has_users(session: Session) -> bool:
    """Whether anybody has an account."""
    return bool(session.execute(select(exists(select(UserRow.id)))).scalar_one())


def lock_operators(session: Session) -> set[int]:
    """The ids of all operators, locked until the end of the transaction."""
    statement = select(UserRow.id).where(UserRow.role == "operator").order_by(UserRow.id)
    return set(session.execute(statement.with_for_update()).scalars())


def set_password_hash(session: Session, user_id: int, password_hash: str) -> None:
    """Replace the hash of a password."""
    session.execute(
        update(UserRow).where(UserRow.id == user_id).values(password_hash=password_hash)
    )


def set_role(session: Session, user_id: int, role: Role) -> None:
    """Change the role of a user, from the next request on."""
    session.execute(update(UserRow).where(UserRow.id == user_id).values(role=role))


def delete_user(session: Session, user_id: int) -> None:
    """Delete an account with its sessions, tokens, tags and stars."""
    session.execute(delete(UserRow).where(UserRow.id == user_id))

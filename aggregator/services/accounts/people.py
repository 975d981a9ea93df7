"""Accounts as operators see and manage them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from aggregator.errors import NotFound
from aggregator.process.deadlines import SESSION_LIFETIME
from aggregator.services.accounts import accounts, permissions
from aggregator.storage.accounts import users as store
from aggregator.types import Person, Role, User
from aggregator.types.limits import MAX_USER_NAME

PAGE = 100


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """A page of accounts by name; `after` is the name after which the next page starts."""

    people: tuple[Person, ...]
    after: str | None


def list_people(session: Session, *, containing: str = "", after: str = "") -> PeoplePage:
    """Accounts whose names contain `containing`, those after the name `after`."""
    beyond = MAX_USER_NAME + 1  # SQLite refuses patterns of 50,000 bytes
    found = store.list_people(
        session,
        containing=accounts.name_key(containing[:beyond]),
        after=accounts.name_key(after[:beyond]),
        session_life=SESSION_LIFETIME,
        limit=PAGE + 1,
    )
    more = len(found) > PAGE
    return PeoplePage(found[:PAGE], found[PAGE - 1].user.name if more else None)


def iter_people(session: Session) -> Iterator[Person]:
    """All accounts, by name."""
    after: str | None = ""
    while after is not None:
        page = list_people(session, after=after)
        yield from page.people
        after = page.after


def find_operator(session: Session, name: str | None = None) -> User:
    """The operator of that name, or the one with the oldest account.

    Raises NotFound, or PermissionDenied if the user is not an operator.
    """
    if name is None:
        ids = store.lock_operators(session)
        if not ids:
            raise NotFound("operator", "there is none yet")
        return store.find_credentials(session, min(ids)).user
    user = accounts.find(session, name)
    permissions.require_permission(user, "user.manage", public_reading=True)
    return user


def find(session: Session, user_id: int) -> User:
    """The user with that id. Raises NotFound."""
    return store.find_credentials(session, user_id).user


def set_role(session: Session, user_id: int, role: Role) -> User:
    """Change the role of a user. Raises NotFound, LastOperator."""
    return accounts.set_role(session, find(session, user_id), role)


def close(session: Session, user_id: int) -> User:
    """Delete the account of a user. Raises NotFound, LastOperator."""
    user = find(session, user_id)
    accounts.close(session, user)
    return user

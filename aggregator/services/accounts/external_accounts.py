"""Accounts of people whom somebody else vouches for: a sign-in provider, or a reverse proxy."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from aggregator.errors import InvalidInput, LastSignIn, NameTaken, ProviderRefused
from aggregator.services.accounts import accounts, audit
from aggregator.storage.accounts import identities as store
from aggregator.storage.accounts import sessions, users
from aggregator.storage.engine import Database
from aggregator.types import Identity, Role, User
from aggregator.types.limits import MAX_USER_NAME

log = logging.getLogger("marsad.accounts")

# No password has this hash: such an account has none until its owner sets one.
NO_PASSWORD = ""
# Numbers that are tried behind a name that is taken.
_MAX_SAME_NAMES = 1000


@dataclass(frozen=True, slots=True)
class ExternalPerson:
    """A person as a provider knows them; `role` is None for one who may not come in."""

    issuer: str
    subject: str
    name: str
    role: Role | None


def find_or_create(
    database: Database,
    person: ExternalPerson,
    *,
    may_create: bool,
    decides_roles: bool,
    now: datetime,
) -> User:
    """The account of a person, made if there is none yet, with the role that they have now.

    Raises ProviderRefused. One who has lost all roles is signed out everywhere.
    """
    user = _find_known(database, person, decides_roles=decides_roles, now=now)
    if person.role is None:
        raise ProviderRefused("none of the person's groups has a role", "error.oidc_no_role")
    if user is not None:
        return user
    if not may_create:
        raise ProviderRefused("the person has no account here", "error.oidc_no_account")
    try:
        user = _create(database, person, now)
    except NameTaken:  # by another process, which may have been signing in the same person
        user = _find_known(database, person, decides_roles=decides_roles, now=now)
        user = user or _create(database, person, now)
    audit.log_new_account(user)
    return user


def _find_known(
    database: Database, person: ExternalPerson, *, decides_roles: bool, now: datetime
) -> User | None:
    """The account that a person is linked to, with the role that they have now."""
    with database.write() as session:
        user = store.find_user(session, person.issuer, person.subject)
        if user is None:
            return None
        store.note_use(session, person.issuer, person.subject, person.name, now)
        return apply_role(session, user, person.role) if decides_roles else user


def apply_role(session: Session, user: User, role: Role | None) -> User:
    """Give a user the role that an organisation says; None: a reader's, and no session.

    Even the last operator's: who may operate is decided there, and the command line can make
    another.
    """
    if role is None:
        sessions.delete_sessions(session, user.id)
    wanted: Role = role or "reader"
    if user.role == wanted:
        return user
    others = users.lock_operators(session) - {user.id}
    users.set_role(session, user.id, wanted)
    log.info("%s is %s now, was %s: their groups have changed", user.name, wanted, user.role)
    if user.role == "operator" and not others:
        log.warning("nobody operates this site now; run: marsad user role NAME operator")
    return User(user.id, user.name, wanted)


def link(session: Session, user: User, person: ExternalPerson, now: datetime) -> None:
    """Link a person to an account. Raises ProviderRefused if they belong to another one."""
    store.link(session, user.id, person.issuer, person.subject, person.name, now)
    owner = store.find_user(session, person.issuer, person.subject)
    if owner is None or owner.id != user.id:
        raise ProviderRefused("the person is linked to another account", "error.oidc_linked")


def list_identities(session: Session, user: User) -> tuple[Identity, ...]:
    """The identities linked to an account."""
    return store.list_identities(session, user.id)


def has_password(session: Session, user: User) -> bool:
    """Whether an account can be opened with a password."""
    return users.find_credentials(session, user.id).password_hash != NO_PASSWORD


def unlink(session: Session, user: User, identity_id: int) -> None:
    """Unlink one of one's own identities. Raises LastSignIn if nothing else opens the account."""
    linked = store.list_identities(session, user.id)
    if len(linked) == 1 and linked[0].id == identity_id and not has_password(session, user):
        raise LastSignIn
    store.delete_identity(session, identity_id, user.id)


def unlink_all(session: Session, user: User) -> int:
    """Unlink all identities of an account and end its sessions; the number of identities."""
    sessions.delete_sessions(session, user.id)
    return store.delete_identities(session, user.id)


def _create(database: Database, person: ExternalPerson, now: datetime) -> User:
    """A new account for a person. Raises NameTaken if another request was faster."""
    with database.write() as session:
        name = _free_name(session, person.name)
        user = accounts.insert(session, name, NO_PASSWORD, person.role or "reader", now)
        store.link(session, user.id, person.issuer, person.subject, person.name, now)
        if store.find_user(session, person.issuer, person.subject) != user:
            raise NameTaken("identity", person.name)  # so that this account is not made
        store.note_use(session, person.issuer, person.subject, person.name, now)
        return user


def _free_name(session: Session, name: str) -> str:
    """The name of a person, with a number behind it if it is taken.

    An account of that name may be anybody's: it is never taken over. Raises ProviderRefused for a
    name that no account can have.
    """
    for number in range(1, _MAX_SAME_NAMES):
        suffix = f" {number}" if number > 1 else ""
        try:
            candidate = accounts.clean_name(printable(name)[: MAX_USER_NAME - len(suffix)] + suffix)
        except InvalidInput:
            break
        if users.find_credentials_by_name(session, accounts.name_key(candidate)) is None:
            return candidate
    raise ProviderRefused("no account can have the person's name", "error.oidc_name")


def printable(name: str) -> str:
    """A name as others see it: without what is invisible, white space folded."""
    return " ".join("".join(each if each.isprintable() else " " for each in name).split())

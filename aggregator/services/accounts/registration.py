"""Making an account for oneself: where that is open, by invitation, or as the first of all.

Typing errors are told before anything is counted; then an attempt counts, and only then Argon2
works, without a transaction open.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from aggregator.errors import LinkWorthless
from aggregator.services.accounts import accounts, first_account, invites, rate_limits
from aggregator.services.accounts.passwords import Passwords
from aggregator.services.accounts.sign_in import SignedIn, open_session
from aggregator.storage.engine import Database
from aggregator.types import Role


@dataclass(frozen=True, slots=True)
class Application:
    """What somebody who wants an account typed, and from where."""

    name: str
    password: str
    repeat: str
    address: str
    user_agent: str


Enter = Callable[[Session, str, str], SignedIn]
"""Session, checked name, hash of the password -> the account, signed in."""


def register(
    database: Database, passwords: Passwords, wanted: Application, now: datetime
) -> SignedIn:
    """A reader's account for whoever asks; the caller knows whether that is open.

    Raises InvalidInput, NameTaken, TooManyAttempts.
    """
    return _make(database, passwords, wanted, now, _entering(wanted, "reader", now))


def accept(
    database: Database, passwords: Passwords, token: str, wanted: Application, now: datetime
) -> SignedIn:
    """The account that an invitation is for. Raises LinkWorthless and as `register`."""
    with database.read() as session:
        invite = invites.find(session, token, now)

    def enter(session: Session, name: str, password_hash: str) -> SignedIn:
        signed_in = _entering(wanted, invite.role, now)(session, name, password_hash)
        invites.use(session, token, signed_in.user, now)
        return signed_in

    return _make(database, passwords, wanted, now, enter)


def set_up(
    database: Database, passwords: Passwords, token: str, wanted: Application, now: datetime
) -> SignedIn:
    """The first account, an operator's. Raises LinkWorthless and as `register`."""
    with database.read() as session:
        if not first_account.is_open(session, token):
            raise LinkWorthless

    def enter(session: Session, name: str, password_hash: str) -> SignedIn:
        first_account.use(session, token)
        return _entering(wanted, "operator", now)(session, name, password_hash)

    return _make(database, passwords, wanted, now, enter)


def _make(
    database: Database,
    passwords: Passwords,
    wanted: Application,
    now: datetime,
    enter: Enter,
) -> SignedIn:
    name = accounts.check_name(wanted.name)
    accounts.check_password(wanted.password, wanted.repeat)
    key = f"register:{rate_limits.network(wanted.address)}"
    with database.write() as session:
        rate_limits.count(session, key, rate_limits.REGISTRATIONS_FROM_ONE_ADDRESS, now)
    hashed = passwords.hash(wanted.password)
    with database.write() as session:
        return enter(session, name, hashed)


def _entering(wanted: Application, role: Role, now: datetime) -> Enter:
    def enter(session: Session, name: str, password_hash: str) -> SignedIn:
        user = accounts.insert(session, name, password_hash, role, now)
        return open_session(session, user, wanted.user_agent, now)

    return enter

"""Making an account for oneself: where that is open, by invitation, or as the first of all.

Typing errors are told before anything is counted; then an attempt counts, and only then Argon2
works, without a transaction open.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from aggregator.errors import InvalidLink
from aggregator.services.accounts import accounts, first_account, invites, rate_limits
from aggregator.services.accounts.passwords import PasswordHasher
from aggregator.services.accounts.sign_in import NewSession, create_session
from aggregator.storage.engine import Database
from aggregator.types import Role


@dataclass(frozen=True, slots=True)
class RegistrationRequest:
    """What somebody who wants an account typed, and from where."""

    name: str
    password: str
    repeat: str
    address: str
    user_agent: str


AccountCreator = Callable[[Session, str, str], NewSession]
"""Session, checked name, hash of the password -> the account, signed in."""


def register(
    database: Database, passwords: PasswordHasher, wanted: RegistrationRequest, now: datetime
) -> NewSession:
    """A reader's account for whoever asks; the caller knows whether that is open.

    Raises InvalidInput, NameTaken, TooManyAttempts.
    """
    return _make(database, passwords, wanted, now, _entering(wanted, "reader", now))


def accept_invite(
    database: Database,
    passwords: PasswordHasher,
    token: str,
    wanted: RegistrationRequest,
    now: datetime,
) -> NewSession:
    """The account that an invitation is for. Raises LinkWorthless and as `register`."""
    with database.read() as session:
        invite = invites.find(session, token, now)

    def enter(session: Session, name: str, password_hash: str) -> NewSession:
        signed_in = _entering(wanted, invite.role, now)(session, name, password_hash)
        invites.redeem(session, token, signed_in.user, now)
        return signed_in

    return _make(database, passwords, wanted, now, enter)


def create_first_account(
    database: Database,
    passwords: PasswordHasher,
    token: str,
    wanted: RegistrationRequest,
    now: datetime,
) -> NewSession:
    """The first account, an operator's. Raises LinkWorthless and as `register`."""
    with database.read() as session:
        if not first_account.is_valid(session, token):
            raise InvalidLink

    def enter(session: Session, name: str, password_hash: str) -> NewSession:
        first_account.redeem(session, token)
        return _entering(wanted, "operator", now)(session, name, password_hash)

    return _make(database, passwords, wanted, now, enter)


def _make(
    database: Database,
    passwords: PasswordHasher,
    wanted: RegistrationRequest,
    now: datetime,
    enter: AccountCreator,
) -> NewSession:
    name = accounts.clean_name(wanted.name)
    accounts.check_password(wanted.password, wanted.repeat)
    key = f"register:{rate_limits.address_block(wanted.address)}"
    with database.write() as session:
        rate_limits.record_attempt(session, key, rate_limits.REGISTRATIONS_PER_ADDRESS, now)
    hashed = passwords.hash(wanted.password)
    with database.write() as session:
        return enter(session, name, hashed)


def _entering(wanted: RegistrationRequest, role: Role, now: datetime) -> AccountCreator:
    def enter(session: Session, name: str, password_hash: str) -> NewSession:
        user = accounts.insert(session, name, password_hash, role, now)
        return create_session(session, user, wanted.user_agent, now)

    return enter

"""Registering an account: an open registration, by invitation, or the first of an installation.

Invalid input is reported before an attempt is counted. Argon2 runs after that, with no transaction
open.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from aggregator.errors import InvalidLink
from aggregator.services.accounts import accounts, audit, first_account, invites, rate_limits
from aggregator.services.accounts.passwords import PasswordHasher
from aggregator.services.accounts.sign_in import NewSession, create_session
from aggregator.storage.engine import Database
from aggregator.types import Role


@dataclass(frozen=True, slots=True)
class RegistrationRequest:
    """What a new user typed, and from where."""

    name: str
    password: str
    repeat: str
    address: str
    user_agent: str


# (session, checked name, password hash) -> the new account, signed in
AccountCreator = Callable[[Session, str, str], NewSession]


def register(
    database: Database, passwords: PasswordHasher, request: RegistrationRequest, now: datetime
) -> NewSession:
    """Create a reader's account; the caller checks that registration is open.

    Raises InvalidInput, NameTaken, TooManyAttempts.
    """
    return _register(database, passwords, request, now, _creator(request, "reader", now))


def accept_invite(
    database: Database,
    passwords: PasswordHasher,
    token: str,
    request: RegistrationRequest,
    now: datetime,
) -> NewSession:
    """Create the account that an invitation is for. Raises InvalidLink and as `register`."""
    with database.read() as session:
        invite = invites.find(session, token, now)

    def create(session: Session, name: str, password_hash: str) -> NewSession:
        signed_in = _creator(request, invite.role, now)(session, name, password_hash)
        invites.redeem(session, token, signed_in.user, now)
        return signed_in

    return _register(database, passwords, request, now, create)


def create_first_account(
    database: Database,
    passwords: PasswordHasher,
    token: str,
    request: RegistrationRequest,
    now: datetime,
) -> NewSession:
    """Create the first account, an operator's. Raises InvalidLink and as `register`."""
    with database.read() as session:
        if not first_account.is_valid(session, token):
            raise InvalidLink

    def create(session: Session, name: str, password_hash: str) -> NewSession:
        first_account.redeem(session, token)
        return _creator(request, "operator", now)(session, name, password_hash)

    return _register(database, passwords, request, now, create)


def _register(
    database: Database,
    passwords: PasswordHasher,
    request: RegistrationRequest,
    now: datetime,
    create: AccountCreator,
) -> NewSession:
    name = accounts.clean_name(request.name)
    accounts.check_password(request.password, request.repeat, name=name)
    key = f"register:{rate_limits.address_block(request.address)}"
    with database.write() as session:
        rate_limits.record_attempt(session, key, rate_limits.REGISTRATIONS_PER_ADDRESS, now)
    hashed = passwords.hash(request.password)
    with database.write() as session:
        created = create(session, name, hashed)
    audit.log_new_account(created.user)
    return created


def _creator(request: RegistrationRequest, role: Role, now: datetime) -> AccountCreator:
    def create(session: Session, name: str, password_hash: str) -> NewSession:
        user = accounts.insert(session, name, password_hash, role, now)
        return create_session(session, user, request.user_agent, now)

    return create

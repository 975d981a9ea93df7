"""Signing in and out: sessions of browsers."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from aggregator.errors import SignInRefused, TooManyAttempts
from aggregator.process.deadlines import SESSION_LIFETIME, latest_deadline
from aggregator.services.accounts import rate_limits, sign_in_steps
from aggregator.services.accounts.accounts import name_key
from aggregator.services.accounts.passwords import PasswordHasher
from aggregator.services.accounts.sign_in_steps import SignInStep
from aggregator.services.accounts.tokens import new_token, token_hash
from aggregator.storage.accounts import sessions as store
from aggregator.storage.accounts import users
from aggregator.storage.engine import Database
from aggregator.types import Role, SessionInfo, User

log = logging.getLogger("marsad.accounts")

# A session in use is renewed once a day, not with every request.
RENEW_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class NewSession:
    """A new session; `token` goes into the cookie and is stored nowhere else."""

    user: User
    token: str
    expires_at: datetime


def sign_in(
    database: Database,
    passwords: PasswordHasher,
    name: str,
    password: str,
    *,
    address: str,
    user_agent: str,
    device: str = "",
    second_factor_roles: Collection[Role] = (),
    now: datetime,
) -> NewSession | SignInStep:
    """Open a session, or have it wait for a second factor, which `second_factor_roles` need.

    Raises SignInRefused, or TooManyAttempts without checking the password.
    `device` is the id of the browser if it is known to the account: whatever others do, it may try.
    Takes the database, not a session: no transaction is open while Argon2 runs.
    """
    limits = attempt_limits(name, address, device)
    try:
        with database.write() as session:
            rate_limits.record_attempts(session, limits, now)
            known = users.find_credentials_by_name(session, name_key(name))
    except TooManyAttempts:
        log.warning("a sign-in from %s was refused: too many attempts", address)
        raise
    matches = passwords.verify(known.password_hash if known else None, password)
    if known is None or not matches:
        # Not the name that was typed: people type passwords as names.
        whom = known.user.name if known else "nobody we know"
        log.warning("a sign-in from %s as %s was refused", address, whom)
        raise SignInRefused
    rehashed = passwords.hash(password) if passwords.needs_rehash(known.password_hash) else None
    with database.write() as session:
        rate_limits.forgive_attempts(session, limits)
        if rehashed:
            users.set_password_hash(session, known.user.id, rehashed)
        if sign_in_steps.is_needed(session, known.user, second_factor_roles):
            return sign_in_steps.begin(session, known.user, now)
        return create_session(session, known.user, user_agent, now)


def create_session(
    session: Session,
    user: User,
    user_agent: str,
    now: datetime,
    *,
    id_token: str = "",
    two_factor: bool = False,
) -> NewSession:
    """Sign a browser in; `id_token` is that of the provider which did it.

    `two_factor`: by more than a password.
    """
    new = NewSession(user, new_token(), now + SESSION_LIFETIME)
    store.insert_session(
        session,
        token_hash(new.token),
        user.id,
        now=now,
        expires_at=new.expires_at,
        user_agent="".join(each for each in user_agent if each.isprintable())[:200],
        id_token=id_token,
        two_factor=two_factor,
    )
    return new


def find_session(session: Session, token: str, now: datetime) -> store.ActiveSession | None:
    """The session that a cookie opens, if it has not expired."""
    return store.find_session(session, token_hash(token), now)


def id_token_of(session: Session, token: str) -> str:
    """The token of the provider that signed this browser in; empty if none did."""
    return store.id_token_of(session, token_hash(token))


def list_sessions(session: Session, user: User, now: datetime) -> tuple[SessionInfo, ...]:
    """The sessions of a user, the latest first."""
    return store.list_sessions(session, user.id, now)


def needs_renewal(active: store.ActiveSession, now: datetime) -> bool:
    """Whether a session in use should be renewed now."""
    latest = latest_deadline(now, SESSION_LIFETIME)  # later only by a clock that was ahead
    return not now + SESSION_LIFETIME - RENEW_AFTER <= active.expires_at <= latest


def renew_session(session: Session, token: str, now: datetime) -> None:
    """Renew a session for its full lifetime from now."""
    store.extend_session(session, token_hash(token), now + SESSION_LIFETIME)


def sign_out(session: Session, token: str) -> None:
    """End the session that a cookie opens."""
    store.delete_session(session, token_hash(token))


def revoke_session(session: Session, user: User, session_id: str) -> None:
    """End one of one's own sessions."""
    store.delete_session(session, session_id, user_id=user.id)


def revoke_other_sessions(session: Session, user: User, token: str) -> None:
    """End all of one's own sessions except the one that `token` opens."""
    store.delete_sessions(session, user.id, keep=token_hash(token))


def attempt_limits(name: str, address: str, device: str = "") -> dict[str, rate_limits.RateLimit]:
    """The limits of a sign-in by key. Names are hashed: people type passwords as names."""
    hashed = token_hash(name_key(name))[:32]
    if device:
        return {f"device:{hashed}:{token_hash(device)[:32]}": rate_limits.SIGN_INS_PER_DEVICE}
    block = rate_limits.address_block(address)
    return {
        f"sign-in:{hashed}:{block}": rate_limits.SIGN_INS_PER_NAME_AND_ADDRESS,
        f"address:{block}": rate_limits.SIGN_INS_PER_ADDRESS,
        f"name:{hashed}": rate_limits.SIGN_INS_PER_NAME,
        f"name-day:{hashed}": rate_limits.SIGN_INS_PER_NAME_AND_DAY,
    }

"""Accounts: making them, signing in and out, passwords, API tokens."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy.orm import Session

from aggregator.errors import InvalidInput, NotFound, SignInRefused, TooManyAttempts
from aggregator.services.passwords import MAX_LENGTH, MIN_LENGTH, Passwords
from aggregator.storage import users as store
from aggregator.storage.engine import Database
from aggregator.types import Role, SessionInfo, TokenInfo, User

NAME_LENGTH = 40
LABEL_LENGTH = 80
SESSION_LIFE = timedelta(days=30)
RENEW_AFTER = timedelta(days=1)
"""A session in use is prolonged once a day, not with every request."""

ATTEMPT_WINDOW = timedelta(minutes=15)
ATTEMPTS_PER_NAME = 5
ATTEMPTS_PER_ADDRESS = 20


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh session; `token` goes into the cookie and is kept nowhere else."""

    user: User
    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Account:
    """What the account page shows."""

    sessions: tuple[SessionInfo, ...]
    tokens: tuple[TokenInfo, ...]


def name_key(name: str) -> str:
    """A name as sign-in compares it: case-folded NFKC, white space folded."""
    key = unicodedata.normalize("NFKC", _folded(name).casefold())
    return key.replace("\0", "\ufffd")  # PostgreSQL refuses even to look for NUL


def token_hash(token: str) -> str:
    """What is stored of a session or API token. These are random: one round of SHA-256 will do."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


# --- accounts --------------------------------------------------------------------------------


def create(
    session: Session, passwords: Passwords, name: str, password: str, role: Role, now: datetime
) -> User:
    """Make an account. Raises InvalidInput, or Conflict when the name is taken."""
    name = _checked_name(name)
    check_password(password)
    return store.insert_user(session, name, name_key(name), passwords.hash(password), role, now)


def find(session: Session, name: str) -> User:
    """The account under that name. Raises NotFound."""
    found = store.find_user(session, name_key(name))
    if found is None:
        raise NotFound("user", name)
    return found.user


def list_users(session: Session) -> tuple[User, ...]:
    """All accounts by name."""
    return store.list_users(session)


def set_role(session: Session, name: str, role: Role) -> User:
    """Give a person another role. Raises NotFound."""
    user = find(session, name)
    store.set_role(session, user.id, role)
    return User(user.id, user.name, role)


def reset_password(session: Session, passwords: Passwords, name: str, password: str) -> User:
    """Set a new password and sign the person out everywhere. Raises NotFound, InvalidInput."""
    check_password(password)
    user = find(session, name)
    store.set_password_hash(session, user.id, passwords.hash(password))
    store.delete_sessions(session, user.id)
    return user


def close(session: Session, name: str) -> User:
    """Delete an account with its sessions, tokens, tags and stars. Raises NotFound."""
    user = find(session, name)
    store.delete_sessions(session, user.id)
    store.delete_user(session, user.id)
    return user


def check_password(password: str) -> None:
    """Raises InvalidInput for a password that is too short or absurdly long."""
    if len(password) < MIN_LENGTH:
        raise InvalidInput(
            "error.password_short",
            f"a password has at least {MIN_LENGTH} characters",
            field="password",
        )
    if len(password) > MAX_LENGTH:
        raise InvalidInput(
            "error.password_long",
            f"a password has at most {MAX_LENGTH} characters",
            field="password",
        )


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).split())


def _checked_name(name: str) -> str:
    name = _folded(name)
    printable = all(unicodedata.category(character)[0] != "C" for character in name)
    if not (0 < len(name) <= NAME_LENGTH and printable):
        raise InvalidInput(
            "error.user_name", f"a name has 1 to {NAME_LENGTH} visible characters", field="name"
        )
    return name


# --- signing in and out ----------------------------------------------------------------------


def sign_in(
    database: Database,
    passwords: Passwords,
    name: str,
    password: str,
    *,
    address: str,
    user_agent: str,
    now: datetime,
) -> SignedIn:
    """Open a session. Raises SignInRefused, or TooManyAttempts without looking at the password.

    Takes the database, not a session: an attempt counts before its password is checked, so that
    many at once get no further than many in a row, and no transaction is open while Argon2 works.
    """
    of_name, of_address = _attempt_keys(name, address)
    with database.write() as session:
        store.delete_failures_before(session, now - ATTEMPT_WINDOW)
        _refuse_too_many(session, of_name, ATTEMPTS_PER_NAME, now)
        _refuse_too_many(session, of_address, ATTEMPTS_PER_ADDRESS, now)
        attempt = [store.insert_failure(session, key, now) for key in (of_name, of_address)]
        known = store.find_user(session, name_key(name))
    fits = passwords.verify(known.password_hash if known else None, password)
    if known is None or not fits:
        raise SignInRefused("wrong name or password")
    renewed = passwords.hash(password) if passwords.outdated(known.password_hash) else None
    with database.write() as session:
        store.delete_failures(session, attempt, of_name)
        if renewed:
            store.set_password_hash(session, known.user.id, renewed)
        return open_session(session, known.user, user_agent, now)


def open_session(session: Session, user: User, user_agent: str, now: datetime) -> SignedIn:
    """Sign a browser in."""
    signed_in = SignedIn(user, secrets.token_urlsafe(32), now + SESSION_LIFE)
    store.insert_session(
        session,
        token_hash(signed_in.token),
        user.id,
        now=now,
        expires_at=signed_in.expires_at,
        user_agent=_printable(user_agent)[:200],
    )
    return signed_in


def find_session(session: Session, token: str, now: datetime) -> store.OpenSession | None:
    """Whose session a cookie opens, if it is still good."""
    return store.find_session(session, token_hash(token), now)


def needs_renewal(open_session: store.OpenSession, now: datetime) -> bool:
    """Whether a session should be prolonged now."""
    return open_session.expires_at < now + SESSION_LIFE - RENEW_AFTER


def renew_session(session: Session, token: str, now: datetime) -> None:
    """Let a session live on from now."""
    store.extend_session(session, token_hash(token), now + SESSION_LIFE)


def sign_out(session: Session, token: str) -> None:
    """End the session that a cookie opens."""
    store.delete_session(session, token_hash(token))


def _refuse_too_many(session: Session, key: str, allowed: int, now: datetime) -> None:
    times = store.failure_times(session, key, now - ATTEMPT_WINDOW, allowed)
    if len(times) >= allowed:
        raise TooManyAttempts(times[-1] + ATTEMPT_WINDOW - now)


def _attempt_keys(name: str, address: str) -> tuple[str, str]:
    """What failures are counted under; people type passwords as names, so names are hashed."""
    return f"name:{token_hash(name_key(name))[:32]}", f"address:{_network(address)}"


def _network(address: str) -> str:
    """An IPv4 address, or the /64 of an IPv6 one: whoever has one of those has all of it."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ip_network((int(parsed), 64), strict=False))
    return str(parsed)


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable())


# --- the account page ------------------------------------------------------------------------


def show(session: Session, user: User, now: datetime) -> Account:
    """A person's sessions and API tokens."""
    return Account(store.list_sessions(session, user.id, now), store.list_tokens(session, user.id))


def change_password(
    database: Database,
    passwords: Passwords,
    user: User,
    current: str,
    new: str,
    repeat: str,
    *,
    token: str,
    now: datetime,
) -> None:
    """Replace one's own password; ends all sessions but the one of `token`.

    Raises InvalidInput, or SignInRefused when `current` is wrong. Guessing counts as it does at
    sign-in: a session left open must not give the password away.
    """
    key = f"password:{user.id}"
    with database.write() as session:
        _refuse_too_many(session, key, ATTEMPTS_PER_NAME, now)
        attempt = [store.insert_failure(session, key, now)]
        stored = store.find_credentials(session, user.id).password_hash
    if not passwords.verify(stored, current):
        raise SignInRefused("the current password is wrong")
    check_password(new)
    if new != repeat:
        raise InvalidInput("error.password_repeat", "the new passwords differ", field="repeat")
    hashed = passwords.hash(new)
    with database.write() as session:
        store.delete_failures(session, attempt, key)
        store.set_password_hash(session, user.id, hashed)
        store.delete_sessions(session, user.id, keep=token_hash(token))


def revoke_session(session: Session, user: User, session_id: str) -> None:
    """End one of one's own sessions."""
    store.delete_session(session, session_id, user_id=user.id)


def create_token(session: Session, user: User, label: str, now: datetime) -> str:
    """Make an API token; it is shown once, only its hash stays. Raises InvalidInput."""
    label = " ".join(_printable(label).split())
    if not 0 < len(label) <= LABEL_LENGTH:
        raise InvalidInput(
            "error.token_label", f"a label has 1 to {LABEL_LENGTH} characters", field="label"
        )
    token = f"marsad_{secrets.token_urlsafe(32)}"
    store.insert_token(session, token_hash(token), user.id, label, now)
    return token


def revoke_token(session: Session, user: User, token_id: str) -> None:
    """Revoke one of one's own API tokens."""
    store.delete_token(session, token_id, user.id)


def find_token(session: Session, token: str) -> User | None:
    """Whose API token that is."""
    return store.find_token(session, token_hash(token))

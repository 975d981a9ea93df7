"""App passwords: what apps sign in with instead of the account's password.

An app exchanges its password for a token, which is derived from the password: the same each time,
so that nothing is stored at sign-in. Only a hash of the token is stored. A password has 100 random
bits, so one round of SHA-256 is enough, and looking up a hash tells nothing by the time it takes.
"""

from __future__ import annotations

import hashlib
import logging
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from aggregator.errors import AppPasswordNeeded, InvalidInput, SignInRefused, TooManyAttempts
from aggregator.services.accounts import rate_limits
from aggregator.services.accounts.accounts import name_key
from aggregator.services.accounts.labels import clean_label
from aggregator.services.accounts.passwords import PasswordHasher
from aggregator.services.accounts.sign_in import attempt_limits
from aggregator.services.accounts.tokens import new_code, plain_code, token_hash
from aggregator.storage.accounts import app_passwords as store
from aggregator.storage.accounts import users
from aggregator.storage.accounts.app_passwords import OwnedPassword
from aggregator.storage.engine import Database
from aggregator.storage.readers.tags import lock_reader
from aggregator.types import MAX_APP_PASSWORDS, AppPassword, User

log = logging.getLogger("marsad.accounts")

_GROUPS = 5
# The last use of a password is noted once an hour, not with every request.
_NOTE_AFTER = timedelta(hours=1)


def create(session: Session, user: User, name: str, now: datetime) -> str:
    """Make a password for the app `name`, shown only once: four letters, five times.

    Raises InvalidInput for a bad name, or one password too many.
    """
    name = clean_label(name, "error.app_name")
    lock_reader(session, user.id)
    if store.count_passwords(session, user.id) >= MAX_APP_PASSWORDS:
        raise InvalidInput("error.app_passwords_many", f"at most {MAX_APP_PASSWORDS} app passwords")
    password = new_code(_GROUPS)
    stored = AppPassword(token_hash(token_of(password)), name, now, None)
    store.insert_password(session, stored, user.id)
    log.info("%s made an app password", user.name)
    return password


def list_passwords(session: Session, user: User) -> tuple[AppPassword, ...]:
    """A user's app passwords, the latest first."""
    return store.list_passwords(session, user.id)


def revoke(session: Session, user: User, password_id: str) -> None:
    """Revoke one of one's own app passwords; its token is worth nothing from now on."""
    store.delete_password(session, password_id, user.id)
    log.info("%s revoked an app password", user.name)


def find(session: Session, token: str) -> OwnedPassword | None:
    """The password that a token was given for, unless it has been revoked."""
    return store.find_password(session, token_hash(token))


def is_use_news(password: AppPassword, now: datetime) -> bool:
    """Whether the use of a password should be noted now."""
    last = password.last_used_at
    return last is None or not last <= now < last + _NOTE_AFTER


def record_use(session: Session, password_id: str, now: datetime) -> None:
    """Note that a password was used."""
    store.set_last_use(session, password_id, now)


def sign_in(
    database: Database,
    passwords: PasswordHasher,
    name: str,
    password: str,
    *,
    address: str,
    now: datetime,
) -> str:
    """The token of an app. `name` is that of the account, or its e-mail address.

    Limited with signing in. Raises SignInRefused, AppPasswordNeeded for the password of the
    account, TooManyAttempts without looking at the password.
    """
    if not password:
        raise SignInRefused
    limits = attempt_limits(name, address)
    token = token_of(password)
    try:
        with database.write() as session:
            rate_limits.record_attempts(session, limits, now)
            found = find(session, token)
            known = users.find_credentials_by_name(session, name_key(name))
    except TooManyAttempts:
        log.warning("an app at %s was refused: too many attempts", address)
        raise
    if found is not None and _is_owner(found, name):
        with database.write() as session:
            rate_limits.forgive_attempts(session, limits)
        return token
    log.warning("an app at %s was refused", address)
    if passwords.verify(known.password_hash if known else None, password):
        raise AppPasswordNeeded
    raise SignInRefused


def token_of(password: str) -> str:
    """The token for a password as it was typed: in any case, with or without hyphens or blanks."""
    return hashlib.sha256(b"app token:" + plain_code(password).encode(errors="replace")).hexdigest()


def _is_owner(found: OwnedPassword, name: str) -> bool:
    given = name_key(name)
    return given in (name_key(found.user.name), name_key(found.email) or None)

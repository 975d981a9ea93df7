"""Forgotten passwords: a link that works once, for a while, and only the newest of an account.

An operator hands one over, or the account's owner has it mailed. Using it ends all sessions and
revokes API tokens, as whoever took over an account may hold some.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from aggregator.errors import InvalidLink
from aggregator.process.deadlines import PASSWORD_LINK_LIFETIME
from aggregator.services.accounts import accounts, audit
from aggregator.services.accounts.passwords import PasswordHasher
from aggregator.services.accounts.tokens import new_token, token_hash
from aggregator.storage.accounts import password_links as store
from aggregator.storage.engine import Database
from aggregator.types import User


def create_link(
    session: Session, user: User, now: datetime, lifetime: timedelta = PASSWORD_LINK_LIFETIME
) -> str:
    """Create a link and return its token, which is stored nowhere; earlier links stop working."""
    token = new_token()
    store.delete_links(session, user.id)
    store.insert_link(session, token_hash(token), user.id, now=now, expires_at=now + lifetime)
    return token


def find_user(session: Session, token: str, now: datetime) -> User:
    """The user whose password a link sets. Raises InvalidLink."""
    user = store.find_user(session, token_hash(token), now)
    if user is None:
        raise InvalidLink
    return user


def set_password(
    database: Database,
    passwords: PasswordHasher,
    token: str,
    password: str,
    repeat: str,
    now: datetime,
) -> User:
    """Use a link to set a password. Raises InvalidInput, and InvalidLink if it was used meanwhile.

    Takes the database, not a session: no transaction is open while Argon2 runs.
    """
    with database.read() as session:
        user = find_user(session, token, now)
    accounts.check_password(password, repeat, name=user.name)
    hashed = passwords.hash(password)
    with database.write() as session:
        if not store.redeem_link(session, token_hash(token)):
            raise InvalidLink
        accounts.replace_password(session, user, hashed)
    audit.log_change(user.name, "password by link", user)
    return user

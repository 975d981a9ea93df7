"""Forgotten passwords: a link that works once, for a while, and only the newest of an account.

An operator hands one over, or the account's owner has it mailed. Using it ends all sessions and
revokes API tokens, as whoever took over an account may hold some.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from aggregator.errors import InvalidLink
from aggregator.process.deadlines import PASSWORD_LINK_LIFETIME
from aggregator.services.accounts import accounts, audit, rate_limits
from aggregator.services.accounts.mail import Mailer
from aggregator.services.accounts.passwords import PasswordHasher
from aggregator.services.accounts.tokens import new_token, token_hash
from aggregator.storage.accounts import password_links as store
from aggregator.storage.accounts import users
from aggregator.storage.engine import Database
from aggregator.types import User

# How long a mailed link works.
MAILED_LINK_LIFETIME = timedelta(hours=1)
# Stands for the link in the text of a mail.
LINK = "{link}"

log = logging.getLogger("marsad.accounts")


@dataclass(frozen=True, slots=True)
class LinkMessage:
    """A mail to write, in the language of the page that asked for it."""

    mailer: Mailer
    subject: str
    text: str
    """With `LINK` in it."""
    base: str
    """The address of a link without its token."""


def create_link(
    session: Session, user: User, now: datetime, lifetime: timedelta = PASSWORD_LINK_LIFETIME
) -> str:
    """Create a link and return its token, which is stored nowhere; earlier links stop working."""
    token = new_token()
    store.delete_links(session, user.id)
    store.insert_link(session, token_hash(token), user.id, now=now, expires_at=now + lifetime)
    return token


def record_request(session: Session, name: str, address: str, now: datetime) -> None:
    """Count a request for a mailed link. Raises TooManyAttempts, for unknown names as well."""
    hashed = token_hash(accounts.name_key(name))[:32]
    limits = {
        f"forgot:{hashed}": rate_limits.LINKS_PER_NAME,
        f"forgot-address:{rate_limits.address_block(address)}": rate_limits.LINKS_PER_ADDRESS,
    }
    rate_limits.record_attempts(session, limits, now)


def mail_link(database: Database, name: str, message: LinkMessage, now: datetime) -> None:
    """Mail a link to the owner of an account, if it has an address. Never raises for the mail.

    No transaction is open while the mail is sent; one that fails leaves a link that nobody has.
    """
    with database.write() as session:
        found = users.find_email(session, accounts.name_key(name))
        if found is None:
            return
        user, to = found
        token = create_link(session, user, now, MAILED_LINK_LIFETIME)
    try:
        message.mailer.send(to, message.subject, message.text.replace(LINK, message.base + token))
    except OSError as error:
        log.warning("a link for a forgotten password was not mailed: %s", type(error).__name__)
    else:
        log.info("a link for a forgotten password was mailed to %s", user.name)


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

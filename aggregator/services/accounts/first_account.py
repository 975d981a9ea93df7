"""The first account of an installation, its operator's, by a link that only the terminal shows.

Each web process prints a link of its own if it starts on a database without accounts; all of them
work until an account exists. Only their hashes are stored.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from aggregator.errors import InvalidLink
from aggregator.services.accounts.tokens import new_token, token_hash
from aggregator.storage.accounts import setup_links as store
from aggregator.storage.accounts.users import has_users
from aggregator.storage.engine import Database


def is_needed(session: Session) -> bool:
    """Whether there are no accounts yet."""
    return not has_users(session)


def new_link(database: Database) -> str | None:
    """The token of a link that creates the first account; None if there are accounts."""
    with database.read() as session:
        if not is_needed(session):
            return None
    token = new_token()
    with database.write() as session:
        store.add_link(session, token_hash(token))
    return token


def is_valid(session: Session, token: str) -> bool:
    """Whether a link still creates the first account."""
    return is_needed(session) and store.is_valid_link(session, token_hash(token))


def redeem(session: Session, token: str) -> None:
    """Use a link, in the transaction that creates the account. Raises InvalidLink."""
    if not (store.redeem_link(session, token_hash(token)) and is_needed(session)):
        raise InvalidLink

"""API tokens: creating, revoking and recognising them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from aggregator.services.accounts.labels import clean_label
from aggregator.services.accounts.tokens import new_token, token_hash
from aggregator.storage.accounts import api_tokens as store
from aggregator.types import TokenInfo, User


def create_token(session: Session, user: User, label: str, now: datetime) -> str:
    """Create an API token, shown only once: just its hash is stored. Raises InvalidInput."""
    label = clean_label(label, "error.token_label")
    token = f"marsad_{new_token()}"
    store.insert_token(session, token_hash(token), user.id, label, now)
    return token


def list_tokens(session: Session, user: User) -> tuple[TokenInfo, ...]:
    """A user's API tokens, the latest first."""
    return store.list_tokens(session, user.id)


def revoke_token(session: Session, user: User, token_id: str) -> None:
    """Revoke one of one's own API tokens."""
    store.delete_token(session, token_id, user.id)


def find_token(session: Session, token: str) -> User | None:
    """The user to whom an API token belongs."""
    return store.find_token(session, token_hash(token))

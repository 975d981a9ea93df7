"""API tokens: creating, revoking and recognising them."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from aggregator.errors import InvalidInput
from aggregator.services.accounts.labels import clean_label
from aggregator.services.accounts.tokens import new_token, token_hash
from aggregator.storage.accounts import api_tokens as store
from aggregator.types import MAX_TOKEN_DAYS, TokenInfo, TokenScope, User

# The last use of a token is noted once an hour, not with every request.
_NOTE_AFTER = timedelta(hours=1)


def create_token(
    session: Session,
    user: User,
    label: str,
    now: datetime,
    days: int | None = None,
    scope: TokenScope = "read",
) -> str:
    """Create an API token, shown only once: just its hash is stored.

    It expires after `days`; None: never. It changes something only with the scope "write". Raises
    InvalidInput.
    """
    label = clean_label(label, "error.token_label")
    if days is not None and not 1 <= days <= MAX_TOKEN_DAYS:
        raise InvalidInput(
            "error.token_days", f"a token is valid for 1 to {MAX_TOKEN_DAYS} days", field="days"
        )
    expires_at = None if days is None else now + timedelta(days=days)
    token = f"marsad_{new_token()}"
    store.insert_token(session, token_hash(token), user.id, label, now, expires_at, scope)
    return token


def list_tokens(session: Session, user: User) -> tuple[TokenInfo, ...]:
    """A user's API tokens, the latest first."""
    return store.list_tokens(session, user.id)


def revoke_token(session: Session, user: User, token_id: str) -> None:
    """Revoke one of one's own API tokens."""
    store.delete_token(session, token_id, user.id)


def find_token(session: Session, token: str, now: datetime) -> store.ActiveToken | None:
    """The token, if it has neither expired nor been revoked."""
    return store.find_token(session, token_hash(token), now)


def is_use_news(token: store.ActiveToken, now: datetime) -> bool:
    """Whether the use of a token should be noted now."""
    last = token.last_used_at
    return last is None or not last <= now < last + _NOTE_AFTER


def record_use(session: Session, token_id: str, now: datetime) -> None:
    """Note that a token was used."""
    store.set_last_use(session, token_id, now)

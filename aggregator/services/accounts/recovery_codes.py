"""Recovery codes: each signs in once, in place of a lost second factor.

Only hashes are stored. A code has 80 random bits, so one round of SHA-256 is enough.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from aggregator.services.accounts.tokens import new_code, plain_code, token_hash
from aggregator.storage.accounts import recovery_codes as store
from aggregator.types import User

COUNT = 10
_GROUPS = 4


def make(session: Session, user: User, now: datetime) -> tuple[str, ...]:
    """New codes, shown only once; the former ones stop working."""
    codes = tuple(new_code(_GROUPS) for _ in range(COUNT))
    store.replace_codes(session, user.id, [_hash(user, each) for each in codes], now)
    return codes


def redeem(session: Session, user: User, typed: str) -> bool:
    """Use a code; False if it is none of the user's, or was used."""
    return store.redeem_code(session, user.id, _hash(user, typed))


def _hash(user: User, code: str) -> str:
    return token_hash(f"recovery:{user.id}:{plain_code(code)}")

"""The step between a right password and the second factor.

Kept in the database, not in a signed cookie: it ends with a new password, and whoever gets hold of
a copy of the database cannot make one up.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from aggregator.process.deadlines import SIGN_IN_STEP_LIFETIME
from aggregator.services.accounts.tokens import new_token, token_hash
from aggregator.storage.accounts import passkeys, totp
from aggregator.storage.accounts import sign_in_steps as store
from aggregator.types import Role, User


@dataclass(frozen=True, slots=True)
class SignInStep:
    """A sign-in that waits; `token` goes into a cookie and is stored nowhere else."""

    user: User
    token: str


def is_needed(session: Session, user: User, required_roles: Collection[Role]) -> bool:
    """Whether the password of a user is not enough.

    With an authenticator app it never is. A passkey alone is another way in, until the user's role
    needs a second factor.
    """
    if totp.has_app(session, user.id):
        return True
    return user.role in required_roles and passkeys.has_passkeys(session, user.id)


def begin(session: Session, user: User, now: datetime) -> SignInStep:
    """Have a sign-in wait for its second factor."""
    step = SignInStep(user, new_token())
    store.delete_expired_steps(session, now)
    expires_at = now + SIGN_IN_STEP_LIFETIME
    store.insert_step(session, token_hash(step.token), user.id, now=now, expires_at=expires_at)
    return step


def find_user(session: Session, token: str, now: datetime) -> User | None:
    """The user whose sign-in waits, unless it took too long."""
    return store.find_user(session, token_hash(token), now) if token else None


def end(session: Session, token: str) -> bool:
    """End a step; False if it was ended already."""
    return store.delete_step(session, token_hash(token))

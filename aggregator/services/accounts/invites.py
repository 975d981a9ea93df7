"""Invitations by operators: for one person, once, for a number of days."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from aggregator.errors import InvalidInput, InvalidLink
from aggregator.services.accounts import rate_limits
from aggregator.services.accounts.labels import clean_label
from aggregator.services.accounts.tokens import new_token, token_hash
from aggregator.storage.accounts import invites as store
from aggregator.types import MAX_INVITE_DAYS, Invite, Role, User


def create_invite(
    session: Session, operator: User, label: str, role: Role, days: int, now: datetime
) -> str:
    """Create an invitation; its token is shown only once: just its hash is stored.

    Raises InvalidInput, TooManyAttempts.
    """
    label = clean_label(label, "error.invite_label")
    if not 1 <= days <= MAX_INVITE_DAYS:
        raise InvalidInput(
            "error.invite_days",
            f"an invitation is valid for 1 to {MAX_INVITE_DAYS} days",
            field="days",
        )
    rate_limits.record_attempt(
        session, f"invite:{operator.id}", rate_limits.INVITES_PER_OPERATOR, now
    )
    token = new_token()
    store.insert_invite(
        session,
        token_hash(token),
        label=label,
        role=role,
        created_by=operator.id,
        now=now,
        expires_at=now + timedelta(days=days),
    )
    return token


def list_invites(session: Session) -> tuple[Invite, ...]:
    """Recent invitations, used and unused, the latest first."""
    return store.list_invites(session)


def find(session: Session, token: str, now: datetime) -> Invite:
    """An invitation that can still be used. Raises InvalidLink."""
    found = store.find_invite(session, token_hash(token), now)
    if found is None:
        raise InvalidLink
    return found


def redeem(session: Session, token: str, newcomer: User, now: datetime) -> None:
    """Use an invitation, in the transaction that creates the account. Raises InvalidLink."""
    find(session, token, now)
    if not store.redeem_invite(session, token_hash(token), newcomer.id, now):
        raise InvalidLink


def revoke(session: Session, invite_id: str) -> str | None:
    """Revoke an invitation; its label, None if it was used or no longer exists."""
    return store.delete_invite(session, invite_id)

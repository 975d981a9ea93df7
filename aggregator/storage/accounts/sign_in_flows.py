"""Sign-ins that have begun here and go on at a provider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from aggregator.storage.models import SignInFlowRow

_ROW = SignInFlowRow


@dataclass(frozen=True, slots=True)
class SignInFlow:
    """What this site must remember until the browser comes back from the provider."""

    nonce: str
    code_verifier: str
    target: str
    user_id: int | None
    """Whose account the identity is to be linked to; None for a sign-in."""
    started_at: datetime


def insert_flow(session: Session, state_hash: str, browser_hash: str, flow: SignInFlow) -> None:
    """Store a sign-in that begins."""
    session.execute(
        insert(_ROW).values(
            state_hash=state_hash,
            browser_hash=browser_hash,
            nonce=flow.nonce,
            code_verifier=flow.code_verifier,
            target=flow.target,
            user_id=flow.user_id,
            started_at=flow.started_at,
        )
    )


def claim_flow(session: Session, state_hash: str, browser_hash: str) -> SignInFlow | None:
    """Take a sign-in that began in this browser; nobody can take it again."""
    row = session.execute(
        delete(_ROW)
        .where(_ROW.state_hash == state_hash, _ROW.browser_hash == browser_hash)
        .returning(_ROW.nonce, _ROW.code_verifier, _ROW.target, _ROW.user_id, _ROW.started_at)
    ).one_or_none()
    return SignInFlow(*row) if row else None


def delete_flows_before(session: Session, moment: datetime) -> None:
    """Forget the sign-ins that began before `moment` and were never completed."""
    session.execute(delete(_ROW).where(_ROW.started_at < moment))

"""Invitations: links with which one person may make an account, by the hashes of their tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, insert, select, update
from sqlalchemy.orm import Session, aliased

from aggregator.storage.models import InviteRow, UserRow
from aggregator.types import Invite, Role

_MAKER, _NEWCOMER = aliased(UserRow), aliased(UserRow)


def insert_invite(
    session: Session,
    token_hash: str,
    *,
    label: str,
    role: Role,
    created_by: int,
    now: datetime,
    expires_at: datetime,
) -> None:
    """Keep the hash of a new invitation."""
    values = {"token_hash": token_hash, "label": label, "role": role, "created_by": created_by}
    session.execute(
        insert(InviteRow).values(values | {"created_at": now, "expires_at": expires_at})
    )


def find_invite(session: Session, token_hash: str, now: datetime) -> Invite | None:
    """An invitation that can still be used; those of former operators cannot."""
    row = session.execute(
        _invites().where(
            InviteRow.token_hash == token_hash,
            InviteRow.used_at.is_(None),
            InviteRow.expires_at > now,
            _MAKER.role == "operator",
        )
    ).one_or_none()
    return Invite(*row) if row else None


def redeem_invite(session: Session, token_hash: str, user_id: int, now: datetime) -> bool:
    """Note who made an account with it; False where somebody else was quicker."""
    used = session.execute(
        update(InviteRow)
        .where(InviteRow.token_hash == token_hash, InviteRow.used_at.is_(None))
        .values(used_by=user_id, used_at=now)
        .returning(InviteRow.token_hash)
    )
    return used.first() is not None


def list_invites(session: Session) -> tuple[Invite, ...]:
    """All of them, the latest first."""
    rows = session.execute(
        _invites().order_by(InviteRow.created_at.desc(), InviteRow.token_hash).limit(200)
    )
    return tuple(Invite(*row) for row in rows)


def delete_invite(session: Session, token_hash: str) -> None:
    """Revoke an invitation; one that was used stays, as a record."""
    session.execute(
        delete(InviteRow).where(InviteRow.token_hash == token_hash, InviteRow.used_at.is_(None))
    )


def delete_invites_before(session: Session, moment: datetime) -> None:
    """Forget those that ran out before that moment."""
    session.execute(delete(InviteRow).where(InviteRow.expires_at <= moment))


def _invites() -> Select[*tuple[Any, ...]]:
    return (
        select(
            InviteRow.token_hash,
            InviteRow.label,
            InviteRow.role,
            _MAKER.name,
            InviteRow.created_at,
            InviteRow.expires_at,
            InviteRow.used_at,
            _NEWCOMER.name,
        )
        .join(_MAKER, _MAKER.id == InviteRow.created_by)
        .outerjoin(_NEWCOMER, _NEWCOMER.id == InviteRow.used_by)
    )

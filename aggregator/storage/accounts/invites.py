"""Invitations: links with which one person may create an account, stored as hashes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, delete, insert, select, update
from sqlalchemy.orm import Session, aliased

from aggregator.storage.models import InviteRow, UserRow
from aggregator.storage.sql.row_counts import affected_rows
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
    """Store the hash of a new invitation."""
    values = {"token_hash": token_hash, "label": label, "role": role, "created_by": created_by}
    session.execute(
        insert(InviteRow).values(values | {"created_at": now, "expires_at": expires_at})
    )


def find_invite(session: Session, token_hash: str, now: datetime) -> Invite | None:
    """A usable invitation: not used, not expired, and its maker is still an operator."""
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
    """Record who used an invitation; False if it has been used already."""
    unused = update(InviteRow).where(
        InviteRow.token_hash == token_hash, InviteRow.used_at.is_(None)
    )
    return affected_rows(session, unused.values(used_by=user_id, used_at=now)) > 0


def list_invites(session: Session) -> tuple[Invite, ...]:
    """The latest invitations, the newest first."""
    rows = session.execute(
        _invites().order_by(InviteRow.created_at.desc(), InviteRow.token_hash).limit(200)
    )
    return tuple(Invite(*row) for row in rows)


def delete_invite(session: Session, token_hash: str) -> str | None:
    """Delete an unused invitation and return its label; a used one stays as a record."""
    unused = delete(InviteRow).where(
        InviteRow.token_hash == token_hash, InviteRow.used_at.is_(None)
    )
    return session.execute(unused.returning(InviteRow.label)).scalar_one_or_none()


def delete_invites_before(session: Session, moment: datetime) -> None:
    """Delete invitations that expired at `moment` or earlier."""
    session.execute(delete(InviteRow).where(InviteRow.expires_at <= moment))


def _invites() -> Select[str, str, Role, str, datetime, datetime, datetime | None, str]:
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

"""Recovery codes, stored as hashes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from aggregator.storage.models import RecoveryCodeRow
from aggregator.storage.sql.row_counts import affected_rows

_ROW = RecoveryCodeRow


def replace_codes(
    session: Session, user_id: int, code_hashes: Iterable[str], now: datetime
) -> None:
    """Store new codes in place of all former ones."""
    delete_codes(session, user_id)
    rows = [{"code_hash": each, "user_id": user_id, "created_at": now} for each in code_hashes]
    session.execute(insert(_ROW), rows)


def redeem_code(session: Session, user_id: int, code_hash: str) -> bool:
    """Use a code; False if the user has none with that hash."""
    statement = delete(_ROW).where(_ROW.code_hash == code_hash, _ROW.user_id == user_id)
    return affected_rows(session, statement) > 0


def count_codes(session: Session, user_id: int) -> int:
    """The number of codes that a user has left."""
    statement = select(func.count()).select_from(_ROW).where(_ROW.user_id == user_id)
    return session.execute(statement).scalar_one()


def delete_codes(session: Session, user_id: int) -> None:
    """Delete all codes of a user."""
    session.execute(delete(_ROW).where(_ROW.user_id == user_id))

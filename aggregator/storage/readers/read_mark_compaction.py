"""Keeping what was read small: marks follow the archive, rows that say nothing any more go."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, delete, exists, func, literal, or_, select, update
from sqlalchemy.orm import Session

from aggregator.storage.models import Entry, ReadException, ReadMark, ReadUndo, UserRow
from aggregator.storage.models.base import table
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.row_counts import affected_rows
from aggregator.storage.sql.upsert import dialect_insert


def latest_id_fetched_before(session: Session, before: datetime) -> int:
    """The id of the last entry that was fetched before that moment; 0 where there is none.

    Found by halving: ids are given in the order of arrival, and times of arrival have no index.
    """
    low, high = 0, session.execute(select(func.max(Entry.id))).scalar_one_or_none() or 0
    while low < high:
        middle = (low + high + 1) // 2
        found = session.execute(
            select(Entry.fetched_at).where(Entry.id <= middle).order_by(Entry.id.desc()).limit(1)
        ).scalar_one_or_none()
        if found is None or found < before:
            low = middle
        else:
            high = middle - 1
    return low


def reader_ids(session: Session) -> list[int]:
    """Everybody with an account."""
    return list(session.execute(select(UserRow.id).order_by(UserRow.id)).scalars())


def compact_read_marks(session: Session, user_id: int, up_to: int) -> int:
    """Move a reader's marks to `up_to` at least; how many rows of exceptions have gone.

    Of a source without a mark only what was read is known: it gets one, or such rows would be kept
    for ever. What was kept unread stays. The caller holds the lock of the reader.
    """
    _add_marks(session, user_id, up_to)
    session.execute(
        update(ReadMark)
        .where(ReadMark.user_id == user_id, ReadMark.up_to < up_to)
        .values(up_to=up_to)
    )
    of_reader = ReadException.user_id == user_id
    below = exists().where(
        ReadMark.user_id == user_id,
        ReadMark.source_id == ReadException.source_id,
        ReadMark.up_to >= ReadException.entry_id,
    )
    gone = ~exists().where(Entry.id == ReadException.entry_id)
    obsolete = or_(gone, and_(ReadException.read, below))
    return affected_rows(session, delete(ReadException).where(of_reader, obsolete))


def delete_undos_before(session: Session, before: datetime) -> None:
    """Changes that nobody can take back any more."""
    session.execute(delete(ReadUndo).where(ReadUndo.made_at < before))


def _add_marks(session: Session, user_id: int, up_to: int) -> None:
    unmarked = (
        select(ReadException.user_id, ReadException.source_id, literal(0).label("up_to"))
        .where(
            ReadException.user_id == user_id,
            ReadException.read,
            ReadException.entry_id <= up_to,
            ~exists().where(
                ReadMark.user_id == user_id, ReadMark.source_id == ReadException.source_id
            ),
        )
        .group_by(ReadException.user_id, ReadException.source_id)
    )
    insert = dialect_insert(dialect_of(session), table(ReadMark))
    session.execute(insert.from_select(["user_id", "source_id", "up_to"], unmarked))

"""Keeping read state small: marks follow the archive, obsolete rows are deleted."""

from __future__ import annotations

from sqlalchemy import and_, delete, exists, literal, or_, select, update
from sqlalchemy.orm import Session

from aggregator.storage.models import Entry, ReadException, ReadMark, UserRow
from aggregator.storage.models.base import table
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.row_counts import affected_rows
from aggregator.storage.sql.upsert import dialect_insert


def reader_ids(session: Session) -> list[int]:
    """The ids of all users."""
    return list(session.execute(select(UserRow.id).order_by(UserRow.id)).scalars())


def compact_read_marks(session: Session, user_id: int, up_to: int) -> int:
    """Move a reader's marks to at least `up_to`; the number of exceptions deleted.

    A source that has exceptions but no mark gets one, or its exceptions would stay forever. Entries
    kept unread stay unread. The caller holds the lock of the reader.
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

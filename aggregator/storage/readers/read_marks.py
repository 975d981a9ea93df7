"""Changing what a reader has read, so that it can be undone.

Callers hold the lock of the reader (`tags.lock_reader`): two browsers of one person wait for each
other, and rows are never locked in two orders.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select, union
from sqlalchemy.orm import Session

from aggregator.storage.models import Entry, ReadException, ReadMark, ReadUndo
from aggregator.storage.readers.read_state import read_state
from aggregator.storage.sql.upsert import insert_or_ignore, insert_or_replace

UNDO_WINDOW = timedelta(hours=1)
# Entries looked up, or rows deleted, by one statement.
CHUNK = 500
MAX_INITIAL_EXCEPTIONS = 5000


@dataclass(slots=True)
class ReadSnapshot:
    """The rows that a change touched, as they were before it; None for a row that did not exist."""

    marks: dict[int, int | None] = field(default_factory=dict)
    exceptions: dict[int, tuple[int, bool | None]] = field(default_factory=dict)
    """(source id, read) by entry id."""

    def __bool__(self) -> bool:
        return bool(self.marks or self.exceptions)


def set_read(
    session: Session, user_id: int, entry_ids: Collection[int], read: bool, before: ReadSnapshot
) -> list[int]:
    """Mark entries and their duplicates; the ids of those whose state changed, in order.

    Unknown ids are ignored. An entry marked unread gets a row even above the mark, so that it stays
    unread when the mark moves past it.
    """
    changed: list[int] = []
    for members in _with_duplicates(session, entry_ids):
        marks, exceptions = read_state(session, user_id, set(members.values()), members)
        rows, obsolete = [], []
        for id_, source_id in members.items():
            below = id_ <= marks.get(source_id, 0)
            exception = exceptions.get(id_)
            if (below if exception is None else exception) != read:
                changed.append(id_)
            if exception is read or (read and below and exception is None):
                continue
            before.exceptions.setdefault(id_, (source_id, exception))
            if read and below:
                obsolete.append(id_)
            else:
                rows.append(_exception(user_id, id_, source_id, read))
        _delete_exceptions(session, user_id, obsolete)
        insert_or_replace(session, ReadException, rows, "read")
    return changed


def advance_marks(
    session: Session, user_id: int, source_ids: Collection[int], up_to: int, before: ReadSnapshot
) -> None:
    """Mark all entries of these sources up to `up_to` as read, even those kept unread."""
    marks = read_state(session, user_id, source_ids, ()).marks
    low = [id_ for id_ in sorted(source_ids) if marks.get(id_, 0) < up_to]
    below = (
        ReadException.user_id == user_id,
        ReadException.source_id.in_(source_ids),
        ReadException.entry_id <= up_to,
        or_(ReadException.source_id.in_(low), ReadException.read.is_(False)),
    )
    gone = session.execute(
        select(ReadException.entry_id, ReadException.source_id, ReadException.read).where(*below)
    ).all()
    for row in gone:
        before.exceptions.setdefault(row.entry_id, (row.source_id, row.read))
    if gone:
        session.execute(delete(ReadException).where(*below))
    for id_ in low:
        before.marks.setdefault(id_, marks.get(id_))
    rows = [{"user_id": user_id, "source_id": id_, "up_to": up_to} for id_ in low]
    insert_or_replace(session, ReadMark, rows, "up_to")


def mark_older_read(session: Session, user_id: int, source_id: int, since: datetime) -> None:
    """Mark the entries of a source published before `since` as read, except those kept unread.

    The mark goes up to the first newer entry. Older entries that arrived after that one (the first
    poll of a feed may bring them in any order) get rows, at most `MAX_INITIAL_EXCEPTIONS`.
    """
    of_source = Entry.source_id == source_id
    first_new = select(func.min(Entry.id)).where(of_source, Entry.published_at >= since)
    last = select(func.max(Entry.id)).where(of_source)
    first = session.execute(first_new).scalar_one_or_none()
    up_to = first - 1 if first else session.execute(last).scalar_one_or_none() or 0
    mark = read_state(session, user_id, [source_id], ()).marks.get(source_id, 0)
    if up_to > mark:
        obsolete = (
            ReadException.user_id == user_id,
            ReadException.source_id == source_id,
            ReadException.entry_id <= up_to,
            ReadException.read.is_(True),
        )
        session.execute(delete(ReadException).where(*obsolete))
        row = {"user_id": user_id, "source_id": source_id, "up_to": up_to}
        insert_or_replace(session, ReadMark, [row], "up_to")
    above = of_source, Entry.id > max(mark, up_to), Entry.published_at < since
    older = select(Entry.id).where(*above).order_by(Entry.id.desc()).limit(MAX_INITIAL_EXCEPTIONS)
    rows = [
        _exception(user_id, id_, source_id, True)
        for id_ in sorted(session.execute(older).scalars())
    ]
    insert_or_ignore(session, ReadException, rows)


def save_undo(
    session: Session, user_id: int, token: str, before: ReadSnapshot, count: int, now: datetime
) -> None:
    """Store what a change replaced, in place of the snapshot of the reader's previous change."""
    saved = {
        "count": count,
        "marks": list(before.marks.items()),
        "exceptions": [(id_, *values) for id_, values in before.exceptions.items()],
    }
    row = {"user_id": user_id, "token": token, "made_at": now, "before": saved}
    insert_or_replace(session, ReadUndo, [row], "token", "made_at", "before")


def undo(session: Session, user_id: int, token: str, now: datetime) -> int | None:
    """Restore what the change under `token` replaced; the number of entries it had marked.

    None after `UNDO_WINDOW`, or once the reader made another change.
    """
    mine = ReadUndo.user_id == user_id, ReadUndo.token == token
    saved = session.execute(
        select(ReadUndo.before).where(*mine, ReadUndo.made_at >= now - UNDO_WINDOW)
    ).scalar_one_or_none()
    if saved is None:
        return None
    session.execute(delete(ReadUndo).where(*mine))
    _restore_marks(session, user_id, dict(saved["marks"]))
    _restore_exceptions(session, user_id, saved["exceptions"])
    return int(saved["count"])


def delete_expired_undos(session: Session, now: datetime) -> None:
    """Delete the snapshots of changes that can no longer be undone."""
    session.execute(delete(ReadUndo).where(ReadUndo.made_at < now - UNDO_WINDOW))


def _with_duplicates(session: Session, entry_ids: Collection[int]) -> list[dict[int, int]]:
    """Source ids by entry id, for these entries and all of their duplicates, in chunks."""
    ordered = sorted(set(entry_ids))
    chunks = []
    for start in range(0, len(ordered), CHUNK):
        ids = ordered[start : start + CHUNK]
        columns = Entry.id, Entry.source_id, Entry.duplicate_of
        own = session.execute(select(*columns).where(Entry.id.in_(ids))).all()
        groups = {row.duplicate_of or row.id for row in own}
        # Two look-ups, not OR: without statistics, PostgreSQL reads the whole table for the latter.
        duplicates = session.execute(
            union(
                select(*columns).where(Entry.duplicate_of.in_(groups)),
                select(*columns).where(Entry.id.in_(groups)),
            )
        ).all()
        members = {row.id: row.source_id for row in (*own, *duplicates)}
        chunks.append(dict(sorted(members.items())))
    return chunks


def _restore_marks(session: Session, user_id: int, marks: Mapping[int, int | None]) -> None:
    new = [id_ for id_, up_to in marks.items() if up_to is None]
    session.execute(
        delete(ReadMark).where(ReadMark.user_id == user_id, ReadMark.source_id.in_(new))
    )
    rows = [
        {"user_id": user_id, "source_id": id_, "up_to": up_to}
        for id_, up_to in sorted(marks.items())
        if up_to is not None
    ]
    insert_or_replace(session, ReadMark, rows, "up_to")


def _restore_exceptions(
    session: Session, user_id: int, exceptions: Sequence[tuple[int, int, bool | None]]
) -> None:
    _delete_exceptions(session, user_id, [id_ for id_, _, read in exceptions if read is None])
    rows = [
        _exception(user_id, id_, source_id, read)
        for id_, source_id, read in sorted(exceptions)
        if read is not None
    ]
    insert_or_replace(session, ReadException, rows, "read")


def _delete_exceptions(session: Session, user_id: int, entry_ids: Sequence[int]) -> None:
    for start in range(0, len(entry_ids), CHUNK):
        some = ReadException.entry_id.in_(entry_ids[start : start + CHUNK])
        session.execute(delete(ReadException).where(ReadException.user_id == user_id, some))


def _exception(user_id: int, entry_id: int, source_id: int, read: bool) -> dict[str, object]:
    return {"user_id": user_id, "entry_id": entry_id, "source_id": source_id, "read": read}

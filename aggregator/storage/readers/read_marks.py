"""Changing what a reader has read, so that it can be undone.

Whoever calls holds the lock of the reader (`tags.lock_reader`): two browsers of one person wait
for each other, and rows are never locked in two orders.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from aggregator.storage.models import Entry, ReadException, ReadMark, ReadUndo
from aggregator.storage.models.base import Base, table
from aggregator.storage.readers.read_state import marks_of, read_state
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.upsert import dialect_insert, insert_or_ignore

CHUNK = 500
MAX_INITIAL_EXCEPTIONS = 5000


@dataclass(slots=True)
class ReadSnapshot:
    """How the rows were that a change has touched; None where there was none."""

    marks: dict[int, int | None] = field(default_factory=dict)
    exceptions: dict[int, tuple[int, bool | None]] = field(default_factory=dict)
    """(source id, read) by entry id."""

    def __bool__(self) -> bool:
        return bool(self.marks or self.exceptions)


def set_read(
    session: Session, user_id: int, entry_ids: Collection[int], read: bool, before: ReadSnapshot
) -> list[int]:
    """Mark entries and their copies; the ids of those that were not so before, in order.

    Ids that no entry has are ignored. What is marked unread gets a row even above the mark: it
    stays unread when the mark moves past it.
    """
    changed: list[int] = []
    for members in _with_duplicates(session, entry_ids):
        marks, exceptions = read_state(session, user_id, set(members.values()), members)
        rows, obsolete = [], []
        for id_, source_id in members.items():
            below = id_ <= marks.get(source_id, 0)
            said = exceptions.get(id_)
            if (below if said is None else said) != read:
                changed.append(id_)
            if said is read or (read and below and said is None):
                continue
            before.exceptions.setdefault(id_, (source_id, said))
            if read and below:
                obsolete.append(id_)
            else:
                rows.append(_exception(user_id, id_, source_id, read))
        _delete_exceptions(session, user_id, obsolete)
        _upsert(session, ReadException, rows, "read")
    return changed


def advance_marks(
    session: Session, user_id: int, source_ids: Collection[int], up_to: int, before: ReadSnapshot
) -> None:
    """Everything of these sources that arrived up to `up_to` is read, kept unread or not."""
    marks = marks_of(session, user_id, source_ids)
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
    _upsert(session, ReadMark, rows, "up_to")


def mark_older_read(session: Session, user_id: int, source_id: int, since: datetime) -> None:
    """All of a source that was published before `since` is read, but for what was kept unread.

    The mark goes up to the first entry that is newer; what is older and arrived after that (a feed
    that is read for the first time may come in any order) gets rows, `MAX_INITIAL_EXCEPTIONS` at
    most.
    """
    of_source = Entry.source_id == source_id
    first_new = select(func.min(Entry.id)).where(of_source, Entry.published_at >= since)
    last = select(func.max(Entry.id)).where(of_source)
    first = session.execute(first_new).scalar_one_or_none()
    up_to = first - 1 if first else session.execute(last).scalar_one_or_none() or 0
    mark = marks_of(session, user_id, [source_id]).get(source_id, 0)
    if up_to > mark:
        obsolete = (
            ReadException.user_id == user_id,
            ReadException.source_id == source_id,
            ReadException.entry_id <= up_to,
            ReadException.read.is_(True),
        )
        session.execute(delete(ReadException).where(*obsolete))
        row = {"user_id": user_id, "source_id": source_id, "up_to": up_to}
        _upsert(session, ReadMark, [row], "up_to")
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
    """Keep how it was, instead of how it was before the reader's last change."""
    saved = {
        "count": count,
        "marks": list(before.marks.items()),
        "exceptions": [(id_, *values) for id_, values in before.exceptions.items()],
    }
    row = {"user_id": user_id, "token": token, "made_at": now, "before": saved}
    _upsert(session, ReadUndo, [row], "token", "made_at", "before")


def undo(session: Session, user_id: int, token: str, since: datetime) -> int | None:
    """Bring back how it was; how many entries that concerns, None where it is too late."""
    mine = ReadUndo.user_id == user_id, ReadUndo.token == token
    saved = session.execute(
        select(ReadUndo.before).where(*mine, ReadUndo.made_at >= since)
    ).scalar_one_or_none()
    if saved is None:
        return None
    session.execute(delete(ReadUndo).where(*mine))
    _restore_marks(session, user_id, dict(saved["marks"]))
    _restore_exceptions(session, user_id, saved["exceptions"])
    return int(saved["count"])


def latest_entry_id(session: Session) -> int:
    """The id of the entry that arrived last."""
    return session.execute(select(func.max(Entry.id))).scalar_one_or_none() or 0


def latest_id_published_before(session: Session, published_at: datetime) -> int:
    """Up to which id everything was published before that moment."""
    # Added to, or a database would look for the first from the oldest entry on.
    later = select(func.min(Entry.id + 0)).where(Entry.published_at >= published_at)
    first = session.execute(later).scalar_one_or_none()
    if first is None:
        return latest_entry_id(session)
    return int(first) - 1


def _with_duplicates(session: Session, entry_ids: Collection[int]) -> list[dict[int, int]]:
    """Source ids by the id of an entry, of these entries and all of their copies, in chunks."""
    wanted = sorted(set(entry_ids))
    chunks = []
    for start in range(0, len(wanted), CHUNK):
        ids = wanted[start : start + CHUNK]
        columns = Entry.id, Entry.source_id, Entry.duplicate_of
        asked = session.execute(select(*columns).where(Entry.id.in_(ids))).all()
        groups = {row.duplicate_of or row.id for row in asked}
        copies = session.execute(
            select(*columns).where(or_(Entry.duplicate_of.in_(groups), Entry.id.in_(groups)))
        ).all()
        members = {row.id: row.source_id for row in (*asked, *copies)}
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
    _upsert(session, ReadMark, rows, "up_to")


def _restore_exceptions(
    session: Session, user_id: int, exceptions: Sequence[tuple[int, int, bool | None]]
) -> None:
    _delete_exceptions(session, user_id, [id_ for id_, _, read in exceptions if read is None])
    rows = [
        _exception(user_id, id_, source_id, read)
        for id_, source_id, read in sorted(exceptions)
        if read is not None
    ]
    _upsert(session, ReadException, rows, "read")


def _delete_exceptions(session: Session, user_id: int, entry_ids: Sequence[int]) -> None:
    for start in range(0, len(entry_ids), CHUNK):
        some = ReadException.entry_id.in_(entry_ids[start : start + CHUNK])
        session.execute(delete(ReadException).where(ReadException.user_id == user_id, some))


def _exception(user_id: int, entry_id: int, source_id: int, read: bool) -> dict[str, Any]:
    return {"user_id": user_id, "entry_id": entry_id, "source_id": source_id, "read": read}


def _upsert(
    session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]], *columns: str
) -> None:
    """Insert rows; of those that are there already, replace `columns`."""
    if not rows:
        return
    target = table(model)
    insert = dialect_insert(dialect_of(session), target)
    session.execute(
        insert.on_conflict_do_update(
            index_elements=list(target.primary_key),
            set_={name: insert.excluded[name] for name in columns},
        ),
        rows,
    )

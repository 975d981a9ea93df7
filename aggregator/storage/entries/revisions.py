"""Write what entries said before they were changed, and which have left their feed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import and_, bindparam, case, insert, or_, select, update
from sqlalchemy.orm import Session

from aggregator.storage.models import Entry, EntryRevision
from aggregator.storage.models.base import table
from aggregator.types import CHANGE_SIZES, ChangedEntry, NewRevision

_entries = table(Entry)
_revisions = table(EntryRevision)
_size = bindparam("size", type_=_entries.c.change_size.type)
_insert = insert(_revisions)
_replace_delta = (
    update(_revisions)
    .where(_revisions.c.entry_id == bindparam("of_entry"), _revisions.c.number == bindparam("last"))
    .values(delta=bindparam("new_delta", type_=_revisions.c.delta.type))
)
_mark = (
    update(_entries)
    .where(_entries.c.id == bindparam("of_entry"))
    .values(
        revision_count=bindparam("last"),
        change_size=case((_entries.c.change_size < _size, _size), else_=_entries.c.change_size),
    )
)


def last_deltas(session: Session, changed: Sequence[ChangedEntry]) -> dict[int, bytes]:
    """Return the last former version of each changed entry that has any, by its id."""
    numbers = {item.id: item.revision_count for item in changed if item.revision_count}
    if not numbers:
        return {}
    c = _revisions.c
    last = or_(*(and_(c.entry_id == id_, c.number == number) for id_, number in numbers.items()))
    rows = session.execute(select(c.entry_id, c.delta).where(last))
    return {row.entry_id: row.delta for row in rows}


def write_revisions(
    session: Session,
    source_id: int,
    changed: Sequence[ChangedEntry],
    revisions: Mapping[int, NewRevision],
    now: datetime,
) -> None:
    """Keep the former versions of changed entries; `revisions` by the id of their entry.

    In the transaction that writes the new texts: neither is ever stored without the other.
    """
    rows, noise = [], []
    for item in changed:
        revision = revisions.get(item.id)
        if revision is None:
            continue
        if revision.change is None:
            noise.append(
                {"of_entry": item.id, "last": item.revision_count, "new_delta": revision.delta}
            )
            continue
        rows.append(
            {
                "entry_id": item.id,
                "number": item.revision_count + 1,
                "source_id": source_id,
                "seen_at": now,
                "size": CHANGE_SIZES.index(revision.change.size) + 1,
                "silent": revision.change.silent,
                "title_changed": revision.change.title_changed,
                "delta": revision.delta,
            }
        )
    connection = session.connection()
    if rows:
        connection.execute(_insert, rows)
        marks = [
            {"of_entry": row["entry_id"], "last": row["number"], "size": row["size"]}
            for row in rows
        ]
        connection.execute(_mark, marks)
    if noise:
        connection.execute(_replace_delta, noise)


def note_left(session: Session, feed_id: int, identities: Sequence[int], now: datetime) -> None:
    """Note that entries are no longer in their feed."""
    session.connection().execute(
        update(_entries)
        .where(_entries.c.feed_id == feed_id, _entries.c.identity.in_(identities))
        .values(left_feed_at=now)
    )


def note_returned(session: Session, entry_ids: Sequence[int]) -> None:
    """Note that entries are in their feed again."""
    if entry_ids:
        session.connection().execute(
            update(_entries).where(_entries.c.id.in_(entry_ids)).values(left_feed_at=None)
        )

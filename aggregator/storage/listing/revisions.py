"""Read the versions of entries: the present text, and before it what deltas say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from aggregator.process.revisions.deltas import decode_delta
from aggregator.storage.listing.summaries import find_entry
from aggregator.storage.models import EntryRevision
from aggregator.storage.models.base import table
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import in_list
from aggregator.types import (
    CHANGE_SIZES,
    Change,
    EntryDetail,
    EntryHistory,
    EntryText,
    EntryVersion,
)

_C = table(EntryRevision).c


class RevisionRow(NamedTuple):
    """A former version, as it is stored."""

    entry_id: int
    number: int
    seen_at: datetime
    size: int
    silent: bool
    title_changed: bool
    delta: bytes

    @property
    def change(self) -> Change:
        """The change that ended it."""
        return Change(CHANGE_SIZES[self.size - 1], self.silent, self.title_changed)


def find_history(session: Session, entry_id: int, reader: int | None = None) -> EntryHistory:
    """An entry with all its versions. Raises NotFound."""
    entry = find_entry(session, entry_id, reader=reader)
    rows = former_rows(session, [entry_id]).get(entry_id, [])
    texts = former_texts(rows, text_of(entry))
    began = [entry.summary.fetched_at, *(row.seen_at for row in rows)]
    changes = [None, *(row.change for row in rows)]
    versions = [
        EntryVersion(number, seen_at, texts[number], change)
        for number, (seen_at, change) in enumerate(zip(began, changes, strict=True), 1)
        if number in texts
    ]
    return EntryHistory(entry.summary, tuple(versions))


def text_of(entry: EntryDetail) -> EntryText:
    """The present version of an entry."""
    return EntryText(entry.summary.title, entry.summary.summary, entry.content)


def former_rows(session: Session, ids: Iterable[int]) -> dict[int, list[RevisionRow]]:
    """The former versions of entries, by entry, in order."""
    found: dict[int, list[RevisionRow]] = {}
    rows = session.execute(_former(dialect_of(session)), {"keys": sorted(ids)})
    for row in map(RevisionRow._make, rows):
        found.setdefault(row.entry_id, []).append(row)
    return found


def former_texts(rows: Sequence[RevisionRow], present: EntryText) -> dict[int, EntryText]:
    """The versions of an entry by number, decoded from its `present` one backwards.

    Those before one that cannot be decoded are left out.
    """
    texts = {len(rows) + 1: present}
    for row in reversed(rows):
        try:
            present = texts[row.number] = decode_delta(row.delta, present)
        except ValueError:
            break
    return texts


@cache
def _former(dialect: str) -> Select[Any]:
    columns = (_C[name] for name in RevisionRow._fields)
    rows = select(*columns).where(in_list(_C.entry_id, "keys", dialect))
    return rows.order_by(_C.entry_id, _C.number)

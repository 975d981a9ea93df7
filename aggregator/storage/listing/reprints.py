"""Which entries reprint others."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from aggregator.storage.models import Entry, StoryEntry
from aggregator.storage.models.base import table
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import in_list

_members, _entries = table(StoryEntry).c, table(Entry).c


def originals_of(session: Session, ids: Collection[int]) -> dict[int, int]:
    """Reprint -> the entry that it reprints, as far as that still exists."""
    rows = session.execute(_originals(dialect_of(session)), {"keys": sorted(ids)})
    return {row.entry_id: row.reprint_of for row in rows}


@cache
def _originals(dialect: str) -> Select[Any]:
    found = select(_members.entry_id, _members.reprint_of).select_from(
        table(StoryEntry).join(table(Entry), _entries.id == _members.reprint_of)
    )
    return found.where(in_list(_members.entry_id, "keys", dialect))

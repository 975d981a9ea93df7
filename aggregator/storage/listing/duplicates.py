"""Groups of entries with the same article."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import CompoundSelect, func, select, union
from sqlalchemy.orm import Session

from aggregator.storage.readers.read_state import ENTRIES
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import in_list


class Duplicate(NamedTuple):
    """One of several entries with the same article."""

    id: int
    source_id: int
    feed_id: int
    original_id: int


def find_duplicates(session: Session, originals: Collection[int]) -> list[Duplicate]:
    """All entries with the same article as one of `originals`, these included."""
    rows = session.execute(_duplicate_groups(dialect_of(session)), {"ids": originals})
    return list(map(Duplicate._make, rows))


def shown_duplicates(
    duplicates: Collection[Duplicate], in_scope: Callable[[Duplicate], bool]
) -> dict[int, int]:
    """The entry that a list shows for each original: the original itself, else the earliest."""
    shown: dict[int, int] = {}
    for each in sorted(duplicates, key=lambda each: (each.id != each.original_id, each.id)):
        if in_scope(each):
            shown.setdefault(each.original_id, each.id)
    return shown


@cache
def _duplicate_groups(dialect: str) -> CompoundSelect[*tuple[Any, ...]]:
    """All entries with the same article as one of the originals "ids".

    Two look-ups rather than OR: without statistics, PostgreSQL reads the whole table for that.
    """
    columns = ENTRIES.c
    original = func.coalesce(columns.duplicate_of, columns.id)
    rows = select(columns.id, columns.source_id, columns.feed_id, original)
    keys = columns.id, columns.duplicate_of
    return union(*(rows.where(in_list(key, "ids", dialect)) for key in keys))

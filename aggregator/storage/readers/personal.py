"""What a reader did with the entries of a page: read, starred and tagged, in one query."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import CompoundSelect, Integer, String, bindparam, func, literal, select, union_all
from sqlalchemy.orm import Session

from aggregator.storage.models import EntryTag, Star, Tag
from aggregator.storage.models.base import table
from aggregator.storage.readers.read_state import (
    EXCEPTION,
    MARK,
    HasSource,
    ReadState,
    select_exceptions,
    select_marks,
)
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import in_list

# Kinds of rows, beside those of the read state.
_STAR, _TAG = 2, 3


@dataclass(frozen=True, slots=True)
class PersonalState:
    """What is stored of a reader about some sources and entries."""

    state: ReadState
    starred: frozenset[int]
    tags: Mapping[int, tuple[str, ...]]
    """By entry, in the order in which they were added."""

    def is_read(self, entry: HasSource) -> bool:
        """Whether the reader has read an entry."""
        return self.state.is_read(entry)


NOBODY = PersonalState(ReadState({}, {}), frozenset(), {})


def personal_state(
    session: Session, user_id: int, source_ids: Collection[int], entry_ids: Collection[int]
) -> PersonalState:
    """The marks of these sources; the exceptions, stars and tags of these entries."""
    parameters = {"reader": user_id, "sources": source_ids, "ids": entry_ids}
    marks: dict[int, int] = {}
    exceptions: dict[int, bool] = {}
    starred: set[int] = set()
    tags: dict[int, list[tuple[int, str]]] = defaultdict(list)
    rows = session.execute(_state(dialect_of(session)), parameters).all()
    for kind, key, value, text in rows:
        if kind == MARK:
            marks[key] = value
        elif kind == EXCEPTION:
            exceptions[key] = bool(value)
        elif kind == _STAR:
            starred.add(key)
        else:
            tags[key].append((value, text))
    in_order = {key: tuple(name for _, name in sorted(found)) for key, found in tags.items()}
    return PersonalState(ReadState(marks, exceptions), frozenset(starred), in_order)


@cache
def _state(dialect: str) -> CompoundSelect[*tuple[Any, ...]]:
    """Rows of (kind, source or entry, value, text); the value of a tag is its place."""
    no_text = literal("", String())
    stars, tags, marks = table(Star).c, table(Tag).c, table(EntryTag).c
    starred = select(literal(_STAR), stars.entry_id, literal(0, Integer()), no_text).where(
        stars.user_id == bindparam("reader"), in_list(stars.entry_id, "ids", dialect)
    )
    place = func.row_number().over(order_by=(marks.tagged_at, tags.id))
    tagged = (
        select(literal(_TAG), marks.entry_id, place, tags.name)
        .join_from(table(EntryTag), table(Tag), tags.id == marks.tag_id)
        .where(in_list(marks.entry_id, "ids", dialect), tags.user_id == bindparam("reader"))
    )
    return union_all(
        select_marks(dialect).add_columns(no_text),
        select_exceptions(dialect).add_columns(no_text),
        starred,
        tagged,
    )

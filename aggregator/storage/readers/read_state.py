"""What a reader has read of a page of entries, and which entries are left.

An entry is read if its row in `read_exceptions` says so; without a row, if it arrived no later than
the reader's mark of its source. Both are looked up for the entries at hand, so an entry that the
reader never touched takes no storage.

Statements are built once and take the parameters "reader" (a user id), "sources" and "ids" (lists).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache
from typing import Any, NamedTuple, Protocol

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    FromClause,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session

from aggregator.storage.entries.columns import EntryColumns
from aggregator.storage.models import Entry, ReadException, ReadMark, Source
from aggregator.storage.models.base import table
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import in_list

AnySelect = Select[*tuple[Any, ...]]  # columns of Core tables carry no types

ENTRIES = table(Entry)
ENTRY_COLUMNS = EntryColumns.of(ENTRIES)
MARKS = table(ReadMark)
EXCEPTIONS = table(ReadException)
SOURCES = table(Source)

READER: BindParameter[int] = bindparam("reader")
# Kinds of rows of the read state.
MARK, EXCEPTION = 0, 1


class HasSource(Protocol):
    """The part of an entry that its read state depends on."""

    @property
    def id(self) -> int: ...

    @property
    def source_id(self) -> int: ...


class ReadState(NamedTuple):
    """What is stored of a reader about some sources and entries."""

    marks: dict[int, int]
    """The id of the last entry marked as read, by source; a source without a mark has none."""
    exceptions: dict[int, bool]
    """Whether an entry is read, for those with a row of their own."""

    def is_read(self, entry: HasSource) -> bool:
        """Whether the reader has read an entry."""
        below_mark = entry.id <= self.marks.get(entry.source_id, 0)
        return self.exceptions.get(entry.id, below_mark)


# --- some entries ----------------------------------------------------------------------------


def read_state(
    session: Session, user_id: int, source_ids: Collection[int], entry_ids: Collection[int]
) -> ReadState:
    """The marks of these sources and the exceptions of these entries."""
    parameters = {"reader": user_id, "sources": source_ids, "ids": entry_ids}
    state = ReadState({}, {})
    for kind, key, value in session.execute(_state(dialect_of(session)), parameters):
        if kind == MARK:
            state.marks[key] = value
        else:
            state.exceptions[key] = bool(value)
    return state


def read_ids(session: Session, user_id: int, rows: Iterable[HasSource]) -> frozenset[int]:
    """The ids of the entries among `rows` that the reader has read."""
    rows = tuple(rows)
    if not rows:
        return frozenset()
    ids = [row.id for row in rows]
    state = read_state(session, user_id, {row.source_id for row in rows}, ids)
    return frozenset(row.id for row in rows if state.is_read(row))


@cache
def _state(dialect: str) -> CompoundSelect[*tuple[Any, ...]]:
    return union_all(select_marks(dialect), select_exceptions(dialect))


def select_marks(dialect: str) -> AnySelect:
    """Rows of (`MARK`, source, its mark) of "sources"."""
    return select(literal(MARK), MARKS.c.source_id, MARKS.c.up_to).where(
        MARKS.c.user_id == READER, in_list(MARKS.c.source_id, "sources", dialect)
    )


def select_exceptions(dialect: str) -> AnySelect:
    """Rows of (`EXCEPTION`, entry, 1 for read) of "ids"."""
    says = case((EXCEPTIONS.c.read, 1), else_=0)
    return select(literal(EXCEPTION), EXCEPTIONS.c.entry_id, says).where(
        EXCEPTIONS.c.user_id == READER, in_list(EXCEPTIONS.c.entry_id, "ids", dialect)
    )


# --- unread entries --------------------------------------------------------------------------


def unread_above_marks(dialect: str) -> tuple[AnySelect, EntryColumns]:
    """Entries that are unread because they arrived after the mark of their source; columns too."""
    marked = SOURCES.outerjoin(MARKS, mark_of_source())
    among_sources = in_list(SOURCES.c.id, "sources", dialect)
    if dialect == "postgresql":
        return _above_marks_lateral(marked, among_sources)
    columns = ENTRY_COLUMNS
    statement = (
        select(columns.id, columns.published_at, columns.duplicate_of)
        .select_from(marked.join(ENTRIES, columns.source_id == SOURCES.c.id))
        .where(among_sources, *is_above(func.coalesce(MARKS.c.up_to, 0)))
    )
    return statement, columns


def _above_marks_lateral(
    marked: FromClause, among_sources: ColumnElement[bool]
) -> tuple[AnySelect, EntryColumns]:
    """The same for PostgreSQL, which misjudges how much lies above a mark.

    It might read everything in another order. OFFSET 0 keeps it from flattening the inner select.
    """
    up_to = func.coalesce(MARKS.c.up_to, 0).label("up_to")
    of_reader = select(SOURCES.c.id, up_to).select_from(marked).where(among_sources)
    one = of_reader.subquery("marked")
    above = (
        select(
            ENTRIES.c.id,
            ENTRIES.c.published_at,
            ENTRIES.c.duplicate_of,
            ENTRIES.c.source_id,
            ENTRIES.c.language,
            ENTRIES.c.section,
            ENTRIES.c.feed_id,
        )
        .where(ENTRIES.c.source_id == one.c.id, *is_above(one.c.up_to))
        .offset(0)
        .lateral("above")
    )
    columns = EntryColumns.of(above)
    statement = select(columns.id, columns.published_at, columns.duplicate_of)
    return statement.select_from(one.join(above, true())), columns


def unread_below_marks(dialect: str) -> AnySelect:
    """Entries below the mark of their source that the reader kept unread."""
    mark = and_(MARKS.c.user_id == READER, MARKS.c.source_id == EXCEPTIONS.c.source_id)
    kept = EXCEPTIONS.join(MARKS, mark).join(ENTRIES, ENTRIES.c.id == EXCEPTIONS.c.entry_id)
    return (
        select(ENTRIES.c.id, ENTRIES.c.published_at, ENTRIES.c.duplicate_of)
        .select_from(kept)
        .where(
            EXCEPTIONS.c.user_id == READER,
            EXCEPTIONS.c.read.is_(False),
            in_list(EXCEPTIONS.c.source_id, "sources", dialect),
            ENTRIES.c.id <= MARKS.c.up_to,
        )
    )


def is_unread(entries: EntryColumns) -> ColumnElement[bool]:
    """The condition for lists that are walked in their own order: two look-ups per entry."""
    own = (
        select(EXCEPTIONS.c.read)
        .where(EXCEPTIONS.c.user_id == READER, EXCEPTIONS.c.entry_id == entries.id)
        .scalar_subquery()
    )
    mark = (
        select(MARKS.c.up_to)
        .where(MARKS.c.user_id == READER, MARKS.c.source_id == entries.source_id)
        .scalar_subquery()
    )
    return ~func.coalesce(own, entries.id <= func.coalesce(mark, 0))


def mark_of_source() -> ColumnElement[bool]:
    """The condition that joins a source with the reader's mark of it."""
    return and_(MARKS.c.user_id == READER, MARKS.c.source_id == SOURCES.c.id)


def is_above(mark: ColumnElement[int]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """The conditions for entries that arrived after `mark` and were not read one by one."""
    read = select(EXCEPTIONS.c.entry_id).where(
        EXCEPTIONS.c.user_id == READER, EXCEPTIONS.c.read.is_(True)
    )
    return ENTRIES.c.id > mark, ENTRIES.c.id.not_in(read)

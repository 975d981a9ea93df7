"""What a reader has read: of a page of entries, and how much of each source is left.

An entry is read if its row in `read_exceptions` says so; without a row, if it arrived no later than
the reader's mark of its source. Both are looked up for the entries at hand, so an entry that the
reader never touched takes no storage.

Statements are built once and take the parameters "reader" (a user id), "sources" and "ids" (lists).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import cache
from typing import Any, NamedTuple, Protocol

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    FromClause,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session

from aggregator.storage.entries.columns import EntryColumns
from aggregator.storage.models import Entry, Feed, ReadException, ReadMark, Source
from aggregator.storage.models.base import table
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import in_list
from aggregator.types import UNREAD_CAP
from aggregator.types.limits import MAX_ID

AnySelect = Select[*tuple[Any, ...]]  # columns of Core tables carry no types

ENTRIES = table(Entry)
ENTRY_COLUMNS = EntryColumns.of(ENTRIES)
_MARKS = table(ReadMark)
_EXCEPTIONS = table(ReadException)
_SOURCES = table(Source)
_FEEDS = table(Feed)
_FIRST = ENTRIES.alias("first")
_SIBLING = ENTRIES.alias("sibling")

READER: BindParameter[int] = bindparam("reader")
# Kinds of rows of the read state.
MARK, EXCEPTION = 0, 1
_UP_TO: BindParameter[int] = bindparam("up_to")


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
    return select(literal(MARK), _MARKS.c.source_id, _MARKS.c.up_to).where(
        _MARKS.c.user_id == READER, in_list(_MARKS.c.source_id, "sources", dialect)
    )


def select_exceptions(dialect: str) -> AnySelect:
    """Rows of (`EXCEPTION`, entry, 1 for read) of "ids"."""
    says = case((_EXCEPTIONS.c.read, 1), else_=0)
    return select(literal(EXCEPTION), _EXCEPTIONS.c.entry_id, says).where(
        _EXCEPTIONS.c.user_id == READER, in_list(_EXCEPTIONS.c.entry_id, "ids", dialect)
    )


# --- how many --------------------------------------------------------------------------------


class Countable(NamedTuple):
    """An entry, and in which counts it appears while it is unread: once among its duplicates."""

    source_id: int
    in_source: bool
    """Whether in that of its source."""
    in_total: bool


def unread_counts(
    session: Session, user_id: int, source_ids: Collection[int], up_to: int = MAX_ID
) -> dict[int, int]:
    """The number of unread entries in the list of each source, at most `UNREAD_CAP`.

    Without those that arrived after the entry `up_to`.
    """
    counts = dict.fromkeys(source_ids, 0)
    if not counts:
        return counts
    parameters = {"reader": user_id, "sources": source_ids, "up_to": up_to}
    dialect = dialect_of(session)
    for statement in (_counts_above_marks(dialect), _counts_below_marks(dialect)):
        for source_id, unread in session.execute(statement, parameters):
            counts[source_id] = min(counts[source_id] + unread, UNREAD_CAP)
    return counts


def unread_total(
    session: Session, user_id: int, source_ids: Collection[int], up_to: int = MAX_ID
) -> int:
    """The number of unread entries in one list of all these sources, at most `UNREAD_CAP`.

    Without those that arrived after the entry `up_to`.
    """
    if not source_ids:
        return 0
    parameters = {"reader": user_id, "sources": source_ids, "up_to": up_to}
    totals = session.execute(_totals(dialect_of(session)), parameters).scalars()
    return min(sum(map(int, totals)), UNREAD_CAP)


def countable(
    session: Session, ids: Collection[int], followed: Collection[int], visible: Collection[int]
) -> list[Countable]:
    """The entries among `ids` of followed sources, read or not; `visible`: those of the total."""
    if not ids or not followed:
        return []
    parameters = {"ids": ids, "sources": followed, "visible": visible}
    rows = session.execute(_countable(dialect_of(session)), parameters)
    return list(map(Countable._make, rows))


def countable_arrivals(
    session: Session,
    user_id: int,
    above: int,
    up_to: int,
    followed: Collection[int],
    visible: Collection[int],
) -> list[Countable]:
    """The unread entries of followed sources with ids above `above`, up to `up_to`."""
    parameters = {
        "reader": user_id,
        "above": above,
        "up_to": up_to,
        "sources": followed,
        "visible": visible,
    }
    rows = session.execute(_countable_arrivals(dialect_of(session)), parameters)
    return list(map(Countable._make, rows))


@cache
def _countable(dialect: str) -> AnySelect:
    return _with_counts(dialect).where(in_list(ENTRIES.c.id, "ids", dialect))


@cache
def _countable_arrivals(dialect: str) -> AnySelect:
    arrived = ENTRIES.c.id > bindparam("above"), ENTRIES.c.id <= bindparam("up_to")
    return _with_counts(dialect).where(*arrived, is_unread(ENTRY_COLUMNS))


def _with_counts(dialect: str) -> AnySelect:
    """Entries of "sources", looked up by their ids, as `Countable`."""
    columns = ENTRY_COLUMNS
    in_source = _is_first_in_list(
        columns.id, columns.duplicate_of, lambda id_: id_ == columns.source_id
    )
    in_total = and_(
        in_list(_no_index(columns.source_id), "visible", dialect),
        _is_first_in_list(
            columns.id, columns.duplicate_of, lambda id_: in_list(id_, "visible", dialect)
        ),
    )
    return select(columns.source_id, in_source, in_total).where(
        in_list(_no_index(columns.source_id), "sources", dialect)
    )


@cache
def _counts_above_marks(dialect: str) -> AnySelect:
    """A number per source; reads at most `UNREAD_CAP` rows of the index for each.

    For a reader who is new to a source the number is known without reading any. Above the cap,
    duplicates are not looked up.
    """
    entries = (
        select(ENTRIES.c.id, ENTRIES.c.duplicate_of, ENTRIES.c.source_id)
        .where(
            ENTRIES.c.source_id == _SOURCES.c.id,
            *_is_above(func.coalesce(_MARKS.c.up_to, 0)),
            ENTRIES.c.id <= _UP_TO,
        )
        .limit(UNREAD_CAP)
        .correlate(_SOURCES, _MARKS)
        .subquery("unread_entries")
    )
    shown = _is_first_in_list(
        entries.c.id, entries.c.duplicate_of, lambda id_: id_ == entries.c.source_id
    )

    def number(*conditions: ColumnElement[bool]) -> ScalarSelect[int]:
        counted = select(func.count()).select_from(entries).where(*conditions)
        return counted.correlate(_SOURCES, _MARKS).scalar_subquery()

    of_source = _FEEDS.c.source_id == _SOURCES.c.id
    stored = select(func.sum(_FEEDS.c.entry_count)).where(of_source).scalar_subquery()
    unread = case(
        (and_(_has_no_read_state(), stored >= UNREAD_CAP), UNREAD_CAP),
        (number() >= UNREAD_CAP, UNREAD_CAP),
        else_=number(shown),
    )
    return (
        select(_SOURCES.c.id, unread)
        .select_from(_SOURCES.outerjoin(_MARKS, _mark_of_source()))
        .where(in_list(_SOURCES.c.id, "sources", dialect))
    )


def _has_no_read_state() -> ColumnElement[bool]:
    """Whether the reader has never marked anything of the source."""
    exceptions = exists().where(
        _EXCEPTIONS.c.user_id == READER, _EXCEPTIONS.c.source_id == _SOURCES.c.id
    )
    return and_(func.coalesce(_MARKS.c.up_to, 0) == 0, ~exceptions)


@cache
def _counts_below_marks(dialect: str) -> AnySelect:
    columns = ENTRY_COLUMNS
    shown = _is_first_in_list(
        columns.id, columns.duplicate_of, lambda id_: id_ == columns.source_id
    )
    kept = unread_below_marks(dialect).where(columns.id <= _UP_TO, shown)
    return kept.with_only_columns(ENTRIES.c.source_id, func.count()).group_by(ENTRIES.c.source_id)


@cache
def _totals(dialect: str) -> CompoundSelect[int]:
    def counted(entries: AnySelect, columns: EntryColumns) -> Select[int]:
        shown = _is_first_in_list(
            columns.id, columns.duplicate_of, lambda id_: in_list(id_, "sources", dialect)
        )
        here = columns.id <= _UP_TO, shown
        some = entries.with_only_columns(columns.id).where(*here).limit(UNREAD_CAP)
        return select(func.count()).select_from(some.subquery())

    return union_all(
        counted(*unread_above_marks(dialect)),
        counted(unread_below_marks(dialect), ENTRY_COLUMNS),
    )


# --- which -----------------------------------------------------------------------------------


def unread_above_marks(dialect: str) -> tuple[AnySelect, EntryColumns]:
    """Entries that are unread because they arrived after the mark of their source; columns too."""
    marked = _SOURCES.outerjoin(_MARKS, _mark_of_source())
    among_sources = in_list(_SOURCES.c.id, "sources", dialect)
    if dialect == "postgresql":
        return _above_marks_lateral(marked, among_sources)
    columns = ENTRY_COLUMNS
    statement = (
        select(columns.id, columns.published_at, columns.duplicate_of)
        .select_from(marked.join(ENTRIES, columns.source_id == _SOURCES.c.id))
        .where(among_sources, *_is_above(func.coalesce(_MARKS.c.up_to, 0)))
    )
    return statement, columns


def _above_marks_lateral(
    marked: FromClause, among_sources: ColumnElement[bool]
) -> tuple[AnySelect, EntryColumns]:
    """The same for PostgreSQL, which misjudges how much lies above a mark.

    It might read everything in another order. OFFSET 0 keeps it from flattening the inner select.
    """
    up_to = func.coalesce(_MARKS.c.up_to, 0).label("up_to")
    of_reader = select(_SOURCES.c.id, up_to).select_from(marked).where(among_sources)
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
        .where(ENTRIES.c.source_id == one.c.id, *_is_above(one.c.up_to))
        .offset(0)
        .lateral("above")
    )
    columns = EntryColumns.of(above)
    statement = select(columns.id, columns.published_at, columns.duplicate_of)
    return statement.select_from(one.join(above, true())), columns


def unread_below_marks(dialect: str) -> AnySelect:
    """Entries below the mark of their source that the reader kept unread."""
    mark = and_(_MARKS.c.user_id == READER, _MARKS.c.source_id == _EXCEPTIONS.c.source_id)
    kept = _EXCEPTIONS.join(_MARKS, mark).join(ENTRIES, ENTRIES.c.id == _EXCEPTIONS.c.entry_id)
    return (
        select(ENTRIES.c.id, ENTRIES.c.published_at, ENTRIES.c.duplicate_of)
        .select_from(kept)
        .where(
            _EXCEPTIONS.c.user_id == READER,
            _EXCEPTIONS.c.read.is_(False),
            in_list(_EXCEPTIONS.c.source_id, "sources", dialect),
            ENTRIES.c.id <= _MARKS.c.up_to,
        )
    )


def is_unread(entries: EntryColumns) -> ColumnElement[bool]:
    """The condition for lists that are walked in their own order: two look-ups per entry."""
    own = (
        select(_EXCEPTIONS.c.read)
        .where(_EXCEPTIONS.c.user_id == READER, _EXCEPTIONS.c.entry_id == entries.id)
        .scalar_subquery()
    )
    mark = (
        select(_MARKS.c.up_to)
        .where(_MARKS.c.user_id == READER, _MARKS.c.source_id == entries.source_id)
        .scalar_subquery()
    )
    return ~func.coalesce(own, entries.id <= func.coalesce(mark, 0))


def _mark_of_source() -> ColumnElement[bool]:
    return and_(_MARKS.c.user_id == READER, _MARKS.c.source_id == _SOURCES.c.id)


def _is_above(mark: ColumnElement[int]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    read = select(_EXCEPTIONS.c.entry_id).where(
        _EXCEPTIONS.c.user_id == READER, _EXCEPTIONS.c.read.is_(True)
    )
    return ENTRIES.c.id > mark, ENTRIES.c.id.not_in(read)


def _is_first_in_list(
    entry_id: ColumnElement[int],
    duplicate_of: ColumnElement[int | None],
    in_scope: Callable[[ColumnElement[int]], ColumnElement[bool]],
) -> ColumnElement[bool]:
    """Whether an entry is the earliest of its duplicates among the sources in scope."""
    first = exists().where(_FIRST.c.id == duplicate_of, in_scope(_no_index(_FIRST.c.source_id)))
    earlier = exists().where(
        _SIBLING.c.duplicate_of == duplicate_of,
        _no_index(_SIBLING.c.id) < entry_id,
        in_scope(_no_index(_SIBLING.c.source_id)),
    )
    return or_(duplicate_of.is_(None), and_(~first, ~earlier))


def _no_index(column: ColumnElement[int]) -> ColumnElement[int]:
    """Keep SQLite from using this column's index: it would read a source instead of a few rows."""
    return column + 0

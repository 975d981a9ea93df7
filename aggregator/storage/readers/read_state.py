"""What a reader has read: of a page of entries, and how much of each source is left.

An entry is read if its row in `read_exceptions` says so; without one, if it arrived no later than
the reader's mark of its source. Both are looked up for the entries at hand: nothing is stored for
an entry that nobody touched.

Statements are built once and take the parameters "reader" (a user id), "sources" and "ids" (lists).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import cache
from typing import Any, Protocol

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

from aggregator.storage.models import Entry, Feed, ReadException, ReadMark, Source
from aggregator.storage.models.base import table
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import in_list
from aggregator.types import UNREAD_CAP

AnySelect = Select[*tuple[Any, ...]]

ENTRIES = table(Entry)
_MARKS = table(ReadMark)
_EXCEPTIONS = table(ReadException)
_SOURCES = table(Source)
_FEEDS = table(Feed)
_FIRST = ENTRIES.alias("first")
_SIBLING = ENTRIES.alias("sibling")

READER: BindParameter[int] = bindparam("reader")


class HasSource(Protocol):
    """An entry of which only this much is looked at."""

    @property
    def id(self) -> int: ...

    @property
    def source_id(self) -> int: ...


# --- some entries ----------------------------------------------------------------------------


def marks_of(session: Session, user_id: int, source_ids: Collection[int]) -> dict[int, int]:
    """Up to which entry each of these sources is read; one without a mark is left out."""
    return read_state(session, user_id, source_ids, ())[0]


def read_state(
    session: Session, user_id: int, source_ids: Collection[int], entry_ids: Collection[int]
) -> tuple[dict[int, int], dict[int, bool]]:
    """The marks of these sources; what the rows of these entries say, where they have one."""
    asked = {"reader": user_id, "sources": source_ids, "ids": entry_ids}
    marks: dict[int, int] = {}
    exceptions: dict[int, bool] = {}
    for is_mark, key, value in session.execute(_state(dialect_of(session)), asked):
        if is_mark:
            marks[key] = value
        else:
            exceptions[key] = bool(value)
    return marks, exceptions


def read_ids(session: Session, user_id: int, rows: Iterable[HasSource]) -> frozenset[int]:
    """The ids of those of `rows` that the reader has read."""
    sources = {row.id: row.source_id for row in rows}
    if not sources:
        return frozenset()
    marks, exceptions = read_state(session, user_id, set(sources.values()), sources)
    return frozenset(
        id_
        for id_, source_id in sources.items()
        if exceptions.get(id_, id_ <= marks.get(source_id, 0))
    )


@cache
def _state(dialect: str) -> CompoundSelect[*tuple[Any, ...]]:
    marks = select(literal(1), _MARKS.c.source_id, _MARKS.c.up_to).where(
        _MARKS.c.user_id == READER, in_list(_MARKS.c.source_id, "sources", dialect)
    )
    says = case((_EXCEPTIONS.c.read, 1), else_=0)
    exceptions = select(literal(0), _EXCEPTIONS.c.entry_id, says).where(
        _EXCEPTIONS.c.user_id == READER, in_list(_EXCEPTIONS.c.entry_id, "ids", dialect)
    )
    return union_all(marks, exceptions)


# --- how many --------------------------------------------------------------------------------


def unread_counts(session: Session, user_id: int, source_ids: Collection[int]) -> dict[int, int]:
    """How many unread entries the list of each source has, at most `UNREAD_CAP`."""
    found = dict.fromkeys(source_ids, 0)
    if not found:
        return found
    asked = {"reader": user_id, "sources": source_ids}
    dialect = dialect_of(session)
    for statement in (_counts(dialect), _counts_kept(dialect)):
        for source_id, unread in session.execute(statement, asked):
            found[source_id] = min(found[source_id] + unread, UNREAD_CAP)
    return found


def unread_total(session: Session, user_id: int, source_ids: Collection[int]) -> int:
    """How many unread entries one list of all these sources has, at most `UNREAD_CAP`."""
    if not source_ids:
        return 0
    asked = {"reader": user_id, "sources": source_ids}
    totals = session.execute(_total(dialect_of(session)), asked).scalars()
    return min(sum(map(int, totals)), UNREAD_CAP)


@cache
def _counts(dialect: str) -> AnySelect:
    """A number per source; reads no more than `UNREAD_CAP` rows of the index for each.

    What a reader who is new to a source has not read is known without reading any. Where there is
    too much to count, copies are not looked up.
    """
    entries = (
        select(ENTRIES.c.id, ENTRIES.c.duplicate_of, ENTRIES.c.source_id)
        .where(ENTRIES.c.source_id == _SOURCES.c.id, *_is_above(func.coalesce(_MARKS.c.up_to, 0)))
        .limit(UNREAD_CAP)
        .correlate(_SOURCES, _MARKS)
        .subquery("unread_entries")
    )
    shown = _is_first_in_list(entries.c, lambda id_: id_ == entries.c.source_id)

    def number(*conditions: ColumnElement[bool]) -> ScalarSelect[int]:
        counted = select(func.count()).select_from(entries).where(*conditions)
        return counted.correlate(_SOURCES, _MARKS).scalar_subquery()

    unread = case(
        (and_(_has_no_read_state(), _entries_of_source() >= UNREAD_CAP), UNREAD_CAP),
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


def _entries_of_source() -> ScalarSelect[int]:
    counted = select(func.sum(_FEEDS.c.entry_count)).where(_FEEDS.c.source_id == _SOURCES.c.id)
    return counted.scalar_subquery()


@cache
def _counts_kept(dialect: str) -> AnySelect:
    shown = _is_first_in_list(ENTRIES.c, lambda id_: id_ == ENTRIES.c.source_id)
    kept = unread_below_marks(dialect).where(shown)
    return kept.with_only_columns(ENTRIES.c.source_id, func.count()).group_by(ENTRIES.c.source_id)


@cache
def _total(dialect: str) -> CompoundSelect[*tuple[Any, ...]]:
    return union_all(
        *(
            select(func.count()).select_from(
                entries.with_only_columns(columns.id)
                .where(_is_first_in_list(columns, lambda id_: in_list(id_, "sources", dialect)))
                .limit(UNREAD_CAP)
                .subquery()
            )
            for entries, columns in (
                unread_above_marks(dialect),
                (unread_below_marks(dialect), ENTRIES.c),
            )
        )
    )


# --- which -----------------------------------------------------------------------------------


def unread_above_marks(dialect: str) -> tuple[AnySelect, Any]:
    """What is unread because it arrived after the mark of its source; and its columns."""
    marked = _SOURCES.outerjoin(_MARKS, _mark_of_source())
    among_sources = in_list(_SOURCES.c.id, "sources", dialect)
    if dialect == "postgresql":
        return _above_marks_lateral(marked, among_sources)
    columns = ENTRIES.c
    statement = (
        select(columns.id, columns.published_at, columns.duplicate_of)
        .select_from(marked.join(ENTRIES, columns.source_id == _SOURCES.c.id))
        .where(among_sources, *_is_above(func.coalesce(_MARKS.c.up_to, 0)))
    )
    return statement, columns


def _above_marks_lateral(
    marked: FromClause, among_sources: ColumnElement[bool]
) -> tuple[AnySelect, Any]:
    """PostgreSQL guesses badly how much is above a mark: it may read everything in another order.

    The offset of nothing keeps it from looking into the inner statement.
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
            ENTRIES.c.feed_id,
        )
        .where(ENTRIES.c.source_id == one.c.id, *_is_above(one.c.up_to))
        .offset(0)
        .lateral("above")
    )
    columns = above.c
    statement = select(columns.id, columns.published_at, columns.duplicate_of)
    return statement.select_from(one.join(above, true())), columns


def unread_below_marks(dialect: str) -> AnySelect:
    """What is unread although it arrived before the mark of its source."""
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


def is_unread(entries: Any) -> ColumnElement[bool]:
    """The condition, for lists that are walked in their own order: two look-ups an entry."""
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
    entries: Any, in_scope: Callable[[ColumnElement[int]], ColumnElement[bool]]
) -> ColumnElement[bool]:
    """Whether none of the same list comes before this entry, of all that tell the same."""
    first = exists().where(
        _FIRST.c.id == entries.duplicate_of, in_scope(_no_index(_FIRST.c.source_id))
    )
    earlier = exists().where(
        _SIBLING.c.duplicate_of == entries.duplicate_of,
        _no_index(_SIBLING.c.id) < entries.id,
        in_scope(_no_index(_SIBLING.c.source_id)),
    )
    return or_(entries.duplicate_of.is_(None), and_(~first, ~earlier))


def _no_index(column: ColumnElement[int]) -> ColumnElement[int]:
    """Of the few that tell the same: SQLite would rather read all of a source."""
    return column + 0

"""How many entries a reader has not read, of each source and in all; duplicates count once.

As in `read_state`, statements are built once and take the parameters "reader" (a user id),
"sources" and "ids" (lists).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cache
from typing import NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from aggregator.storage.entries.columns import EntryColumns
from aggregator.storage.models import Feed
from aggregator.storage.models.base import table
from aggregator.storage.readers.read_state import (
    ENTRIES,
    ENTRY_COLUMNS,
    EXCEPTIONS,
    MARKS,
    READER,
    SOURCES,
    AnySelect,
    is_above,
    is_unread,
    mark_of_source,
    unread_above_marks,
    unread_below_marks,
)
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import in_list
from aggregator.types import UNREAD_CAP
from aggregator.types.limits import MAX_ID

_FEEDS = table(Feed)
_FIRST = ENTRIES.alias("first")
_SIBLING = ENTRIES.alias("sibling")
_UP_TO: BindParameter[int] = bindparam("up_to")


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
            ENTRIES.c.source_id == SOURCES.c.id,
            *is_above(func.coalesce(MARKS.c.up_to, 0)),
            ENTRIES.c.id <= _UP_TO,
        )
        .limit(UNREAD_CAP)
        .correlate(SOURCES, MARKS)
        .subquery("unread_entries")
    )
    shown = _is_first_in_list(
        entries.c.id, entries.c.duplicate_of, lambda id_: id_ == entries.c.source_id
    )

    def number(*conditions: ColumnElement[bool]) -> ScalarSelect[int]:
        counted = select(func.count()).select_from(entries).where(*conditions)
        return counted.correlate(SOURCES, MARKS).scalar_subquery()

    of_source = _FEEDS.c.source_id == SOURCES.c.id
    stored = select(func.sum(_FEEDS.c.entry_count)).where(of_source).scalar_subquery()
    unread = case(
        (and_(_has_no_read_state(), stored >= UNREAD_CAP), UNREAD_CAP),
        (number() >= UNREAD_CAP, UNREAD_CAP),
        else_=number(shown),
    )
    return (
        select(SOURCES.c.id, unread)
        .select_from(SOURCES.outerjoin(MARKS, mark_of_source()))
        .where(in_list(SOURCES.c.id, "sources", dialect))
    )


def _has_no_read_state() -> ColumnElement[bool]:
    """Whether the reader has never marked anything of the source."""
    exceptions = exists().where(
        EXCEPTIONS.c.user_id == READER, EXCEPTIONS.c.source_id == SOURCES.c.id
    )
    return and_(func.coalesce(MARKS.c.up_to, 0) == 0, ~exceptions)


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

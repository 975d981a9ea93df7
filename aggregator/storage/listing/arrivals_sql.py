"""The statements that find entries in the order of their arrival, built once for each shape.

Parameters: "above" (exclusive) and "up_to" (inclusive), bounds of ids; "limit"; "reader",
"sources", "topic", "tag", "ids", as far as the shape has them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal, NamedTuple

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    and_,
    bindparam,
    func,
    select,
    true,
)

from aggregator.storage.models import EntryTag, ReadException, ReadMark, Source, Star, TopicEntry
from aggregator.storage.models.base import table
from aggregator.storage.readers.read_state import (
    ENTRIES,
    ENTRY_COLUMNS,
    READER,
    is_unread,
    unread_below_marks,
)
from aggregator.storage.sql.in_list import in_list

AnySelect = Select[*tuple[Any, ...]]
# What is read: the entries of sources; of these the unread ones above their marks, and those kept
# unread below; those of a topic; starred; tagged; listed by their ids.
Scan = Literal["sources", "above", "kept", "topic", "starred", "tagged", "listed"]

_ABOVE = bindparam("above", type_=Integer())
_UP_TO = bindparam("up_to", type_=Integer())
_LIMIT = bindparam("limit", type_=Integer())
_MARKS, _EXCEPTIONS = table(ReadMark), table(ReadException)
_SOURCES = table(Source)
_MEMBERS, _STARS, _TAGS = table(TopicEntry), table(Star), table(EntryTag)


class ArrivalShape(NamedTuple):
    """What a statement is built from, without the values of its parameters."""

    dialect: str
    scan: Scan
    oldest_first: bool = False
    unread: bool = False
    """Whether to look up that each is unread; "above" and "kept" know it already."""
    among: bool = False
    """Whether all entries among "ids" are wanted, without bounds."""


@lru_cache(maxsize=64)
def arrivals_statement(shape: ArrivalShape) -> AnySelect:
    """Select id, source and original of the first "limit" entries between the bounds."""
    if shape.scan == "above" or (shape.scan == "sources" and not shape.among):
        return _of_sources(shape)
    statement, key = _base(shape)
    if shape.among:
        return statement.where(in_list(key, "ids", shape.dialect))
    statement = statement.where(key > _ABOVE, key <= _UP_TO)
    if shape.unread:
        statement = statement.where(is_unread(ENTRY_COLUMNS))
    return statement.order_by(_ordered(key, shape)).limit(_LIMIT)


def _base(shape: ArrivalShape) -> tuple[AnySelect, ColumnElement[int]]:
    """The statement without bounds, and the column that has the id in the index to walk."""
    columns = ENTRIES.c.id, ENTRIES.c.source_id, ENTRIES.c.duplicate_of
    if shape.scan == "kept":
        return unread_below_marks(shape.dialect).with_only_columns(*columns), _EXCEPTIONS.c.entry_id
    if shape.scan in ("listed", "sources"):
        statement = select(*columns)
        if shape.scan == "listed":
            return statement.where(in_list(ENTRIES.c.id, "ids", shape.dialect)), ENTRIES.c.id
        ours = in_list(ENTRIES.c.source_id + 0, "sources", shape.dialect)
        return statement.where(ours), ENTRIES.c.id
    marked: FromClause
    if shape.scan == "topic":
        marked, mine = _MEMBERS, _MEMBERS.c.topic_id == bindparam("topic", type_=Integer())
    elif shape.scan == "tagged":
        marked, mine = _TAGS, _TAGS.c.tag_id == bindparam("tag", type_=Integer())
    else:
        marked, mine = _STARS, _STARS.c.user_id == READER
    key = marked.c.entry_id
    return select(*columns).select_from(marked.join(ENTRIES, ENTRIES.c.id == key)).where(mine), key


def _of_sources(shape: ArrivalShape) -> AnySelect:
    """The entries of "sources", each source from the index of its arrivals alone.

    PostgreSQL gets a LATERAL: it would rather read the whole table in the order of ids.
    """
    unread = shape.scan == "above"
    sources: FromClause = _SOURCES
    lower: ColumnElement[Any] = _ABOVE
    if unread:
        mine = and_(_MARKS.c.user_id == READER, _MARKS.c.source_id == _SOURCES.c.id)
        sources = _SOURCES.outerjoin(_MARKS, mine)
        greatest = func.greatest if shape.dialect == "postgresql" else func.max
        lower = greatest(func.coalesce(_MARKS.c.up_to, 0), _ABOVE)
    entries = ENTRIES.c
    bounds = [entries.source_id == _SOURCES.c.id, entries.id > lower, entries.id <= _UP_TO]
    if unread:
        read = select(_EXCEPTIONS.c.entry_id).where(
            _EXCEPTIONS.c.user_id == READER,
            _EXCEPTIONS.c.read.is_(True),
            _EXCEPTIONS.c.entry_id > _ABOVE,
            _EXCEPTIONS.c.entry_id <= _UP_TO,
        )
        bounds.append(entries.id.not_in(read))
    among = in_list(_SOURCES.c.id, "sources", shape.dialect)
    columns = entries.id, entries.source_id, entries.duplicate_of
    if shape.dialect != "postgresql":
        joined = select(*columns).select_from(sources.join(ENTRIES, and_(*bounds)))
        return joined.where(among).order_by(_ordered(entries.id, shape)).limit(_LIMIT)
    each = (
        select(*columns)
        .where(*bounds)
        .order_by(_ordered(entries.id, shape))
        .limit(_LIMIT)
        .correlate(_SOURCES, _MARKS)
        .lateral("arrived")
    )
    joined = select(*each.c).select_from(sources.join(each, true())).where(among)
    return joined.order_by(_ordered(each.c.id, shape)).limit(_LIMIT)


def _ordered(key: ColumnElement[int], shape: ArrivalShape) -> ColumnElement[int]:
    return key.asc() if shape.oldest_first else key.desc()

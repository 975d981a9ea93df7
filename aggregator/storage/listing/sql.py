"""The statements that find the keys of a list: built once for each shape of list.

Parameters: "limit", "window"; "at" and "at_id" (a position), "end" (a time); "reader", "source",
"sources", "without", "language", "section", "feed", "tag", "topic", "topics", "stories", as far as
the shape has them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal, NamedTuple

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    tuple_,
    type_coerce,
)

from aggregator.storage.entries.columns import EntryColumns
from aggregator.storage.models import EntryTag, Star, StoryEntry, TopicEntry
from aggregator.storage.models.base import UtcTime, table
from aggregator.storage.readers.read_state import (
    ENTRIES,
    ENTRY_COLUMNS,
    READER,
    is_unread,
    unread_above_marks,
    unread_below_marks,
)
from aggregator.storage.sql.in_list import in_list

AnySelect = Select[*tuple[Any, ...]]
# What is read: all entries; those of a source or several; tagged or starred ones; those of a topic
# or several; those of stories; unread ones above the marks of their sources; those kept unread
# below them.
Scan = Literal["all", "source", "sources", "marked", "topic", "topics", "stories", "above", "kept"]

_TAGS = table(EntryTag)
_STARS = table(Star)
_MEMBERS = table(TopicEntry)
_FIRST_MEMBERS = _MEMBERS.alias("first_members")
_TOPIC: BindParameter[int] = bindparam("topic", type_=Integer())
_AT: BindParameter[Any] = bindparam("at", type_=UtcTime())
_AT_ID: BindParameter[int] = bindparam("at_id", type_=Integer())
_END: BindParameter[Any] = bindparam("end", type_=UtcTime())
_LIMIT: BindParameter[int] = bindparam("limit", type_=Integer())
_WINDOW: BindParameter[int] = bindparam("window", type_=Integer())


# Scans in which no index on another column could lure SQLite away from the scan's own.
_INDEX_SAFE_SCANS = ("all", "marked", "topic")
# Scans that look each entry up by its id: it must not be found by its source.
_SCANS_BY_ID = ("topics", "stories")


class QueryShape(NamedTuple):
    """What a statement is built from, without the values of its parameters."""

    dialect: str
    scan: Scan
    narrowed: bool = False
    """Whether it needs a condition on "sources" because the scan itself has none."""
    without: bool = False
    originals_only: bool = False
    """Whether the statement itself leaves out duplicates."""
    folded: bool = False
    """Whether a duplicate is left out if the original is on the list too."""
    unread: bool = False
    language: bool = False
    section: bool = False
    feed: bool = False
    tag: bool = False
    starred: bool = False
    newer: bool = False
    """Whether the list is read backwards, from older to newer."""
    windowed: bool = False
    """Whether only so many entries of the index are tried, however few pass the conditions."""
    after_position: bool = False
    until_end: bool = False


@lru_cache(maxsize=512)
def keys_statement(shape: QueryShape) -> AnySelect:
    """id, published_at and duplicate_of of up to "limit" entries, in the order of the list."""
    if shape.windowed:
        window, rest = _window(shape)
        entries = EntryColumns.of(window.limit(_WINDOW).subquery("window"))
        statement = select(entries.id, entries.published_at, entries.duplicate_of)
        statement = statement.where(*_conditions(rest, entries))
    else:
        walk, entries = _base_statement(shape)
        statement = walk.where(*_conditions(shape, entries), *_bounds(shape, entries))
    return statement.order_by(*_order(shape, entries)).limit(_LIMIT)


@lru_cache(maxsize=64)
def window_end_statement(shape: QueryShape) -> AnySelect:
    """published_at and id of the last entry that a windowed `keys_statement` tries; no row if it
    tries all that are left."""
    window, _ = _window(shape)
    last = window.with_only_columns(ENTRY_COLUMNS.published_at, ENTRY_COLUMNS.id)
    return last.offset(_WINDOW - 1).limit(1)


def _window(shape: QueryShape) -> tuple[AnySelect, QueryShape]:
    """Entries in the order of one index, without a limit, and the shape with what is left to ask.

    That is the index of the section, else of the language, else of all.
    """
    by_language = shape.language and not shape.section
    inside = shape._replace(unread=False, without=False, narrowed=False, language=by_language)
    by_section_only = shape.language and shape.section
    rest = shape._replace(originals_only=False, section=False, language=by_section_only)
    window = select(*ENTRY_COLUMNS).where(
        *_conditions(inside, ENTRY_COLUMNS), *_bounds(inside, ENTRY_COLUMNS)
    )
    return window.order_by(*_order(shape, ENTRY_COLUMNS)), rest


def _order(shape: QueryShape, entries: EntryColumns) -> tuple[ColumnElement[Any], ...]:
    if shape.newer:
        return entries.published_at, entries.id
    return entries.published_at.desc(), entries.id.desc()


@lru_cache(maxsize=16)
def count_above_marks(shape: QueryShape) -> AnySelect:
    """Unread entries above the marks of "sources" after the position, counted up to "limit"."""
    above, entries = unread_above_marks(shape.dialect)
    some = above.with_only_columns(entries.id).where(*_bounds(shape, entries))
    limited = some.limit(_LIMIT).subquery()
    return select(func.count()).select_from(limited)


def _base_statement(shape: QueryShape) -> tuple[AnySelect, EntryColumns]:
    """The statement without conditions on entries, and the columns of entries in it."""
    if shape.scan == "above":
        return unread_above_marks(shape.dialect)
    if shape.scan == "kept":
        return unread_below_marks(shape.dialect), ENTRY_COLUMNS
    if shape.scan == "topic":
        return _of_topics(_MEMBERS.c.topic_id == _TOPIC)
    if shape.scan == "topics":
        return _of_topics(in_list(_MEMBERS.c.topic_id, "topics", shape.dialect))
    if shape.scan == "stories":
        return _of_stories(shape.dialect), ENTRY_COLUMNS
    entries = _tagged_or_starred(shape) if shape.scan == "marked" else ENTRY_COLUMNS
    statement = select(entries.id, entries.published_at, entries.duplicate_of)
    if shape.scan == "source":
        statement = statement.where(entries.source_id == bindparam("source"))
    if shape.scan == "sources":
        statement = statement.where(in_list(entries.source_id, "sources", shape.dialect))
    return statement, entries


def _conditions(shape: QueryShape, entries: EntryColumns) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if shape.narrowed:
        source_id = entries.source_id + 0 if shape.scan in _SCANS_BY_ID else entries.source_id
        conditions.append(in_list(source_id, "sources", shape.dialect))
    if shape.without:
        conditions.append(~in_list(entries.source_id, "without", shape.dialect))
    if shape.originals_only:
        conditions.append(entries.duplicate_of.is_(None))
    if shape.folded and shape.scan == "topic":
        conditions.append(or_(entries.duplicate_of.is_(None), ~_first_is_in_topic()))
    elif shape.folded:
        first_is_marked = and_(
            *(entries.duplicate_of.in_(each) for each in _tagged_or_starred_ids(shape))
        )
        conditions.append(or_(entries.duplicate_of.is_(None), ~first_is_marked))
    if shape.unread:
        conditions.append(is_unread(entries))
    if shape.language:
        # Concatenated, so that SQLite reads the sources, not every entry in that language.
        language = entries.language if shape.scan in _INDEX_SAFE_SCANS else entries.language + ""
        conditions.append(language == bindparam("language"))
    if shape.section:
        section = entries.section
        section = section if shape.scan in _INDEX_SAFE_SCANS else section + ""
        conditions.append(section == bindparam("section"))
    if shape.feed:
        conditions.append(entries.feed_id == bindparam("feed"))
    return conditions


def _bounds(shape: QueryShape, entries: EntryColumns) -> list[ColumnElement[bool]]:
    bounds: list[ColumnElement[bool]] = []
    if shape.after_position:
        time: ColumnElement[Any] = entries.published_at
        if shape.scan == "above" and shape.dialect == "sqlite":
            # Added to, so that SQLite reads what is above the marks, not all before the position.
            time = type_coerce(time, BigInteger()) + 0
        key, position = tuple_(time, entries.id), tuple_(_AT, _AT_ID)
        bounds.append(key > position if shape.newer else key < position)
    if shape.until_end:
        time = entries.published_at
        bounds.append(time <= _END if shape.newer else time >= _END)
    return bounds


def _tagged_or_starred_ids(shape: QueryShape) -> list[Select[int]]:
    """The ids of the entries with the tag and with a star, as far as the list asks for them."""
    marks: list[Select[int]] = []
    if shape.tag:
        marks.append(select(_TAGS.c.entry_id).where(_TAGS.c.tag_id == bindparam("tag")))
    if shape.starred:
        marks.append(select(_STARS.c.entry_id).where(_STARS.c.user_id == READER))
    return marks


def _tagged_or_starred(shape: QueryShape) -> EntryColumns:
    """The tagged or starred entries, looked up by their ids before other conditions apply."""
    marked = select(*ENTRY_COLUMNS).where(
        *(ENTRIES.c.id.in_(mark) for mark in _tagged_or_starred_ids(shape))
    )
    return EntryColumns.of(marked.cte("marked").prefix_with("MATERIALIZED"))


def _of_topics(chosen: ColumnElement[bool]) -> tuple[AnySelect, EntryColumns]:
    """The entries of topics in the order of the index of each, each looked up by its id."""
    members, entries = _MEMBERS.c, ENTRY_COLUMNS
    statement = (
        select(members.entry_id.label("id"), members.published_at, entries.duplicate_of)
        .select_from(_MEMBERS.join(ENTRIES, entries.id == members.entry_id))
        .where(chosen)
    )
    return statement, entries._replace(id=members.entry_id, published_at=members.published_at)


def _of_stories(dialect: str) -> AnySelect:
    """The entries of stories, each looked up by its id."""
    entries, members = ENTRY_COLUMNS, table(StoryEntry).c
    return (
        select(entries.id, entries.published_at, entries.duplicate_of)
        .select_from(table(StoryEntry).join(ENTRIES, entries.id == members.entry_id))
        .where(in_list(members.story_id, "stories", dialect))
    )


def _first_is_in_topic() -> ColumnElement[bool]:
    first = _FIRST_MEMBERS.c
    return exists().where(first.topic_id == _TOPIC, first.entry_id == ENTRIES.c.duplicate_of)

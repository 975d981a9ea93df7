"""Which entries belong to stories, and which of them a list of stories hides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, bindparam, or_, select, tuple_
from sqlalchemy.orm import Session

from aggregator.storage.entries.columns import EntryColumns
from aggregator.storage.listing.filters import SourceScope
from aggregator.storage.models import Entry, StoryEntry, StorySource
from aggregator.storage.models.base import table
from aggregator.storage.readers.read_state import is_unread
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import in_list

_entries, _members, _sources = table(Entry), table(StoryEntry), table(StorySource)
_others, _other_entries = _members.alias("others"), _entries.alias("other_entries")


class StoryMember(NamedTuple):
    """An entry of a story, as far as ranking and the page of the story look at it."""

    id: int
    source_id: int
    published_at: datetime
    duplicate_of: int | None
    story_id: int
    reprint_of: int | None
    agency: str


def hidden_by_story(
    session: Session,
    ids: Collection[int],
    scope: SourceScope | None,
    language: str | None,
    unread_of: int | None = None,
) -> set[int]:
    """The entries among `ids` that another entry of their story stands for in the same list.

    In an unfiltered list that is known in advance. A filtered one shows the newest entry of the
    story that the filter lets through: a story does not disappear because its latest article came
    from another source, or because the reader `unread_of` has already read it.
    """
    if not ids:
        return set()
    dialect = dialect_of(session)
    parameters: dict[str, object] = {"keys": ids, "language": language, "reader": unread_of}
    if scope is not None:
        parameters |= {"sources": scope.source_ids, "feed": scope.feed_id}
    statement = _folded(dialect)
    if scope is not None or language is not None or unread_of is not None:
        of_feed = scope is not None and bool(scope.feed_id)
        narrowed = scope is not None and not of_feed
        statement = _hidden(dialect, narrowed, of_feed, language is not None, unread_of is not None)
    return set(session.execute(statement, parameters).scalars())


@cache
def _folded(dialect: str) -> Select[Any]:
    here = in_list(_members.c.entry_id, "keys", dialect)
    return select(_members.c.entry_id).where(here, _members.c.folded)


@cache
def _hidden(
    dialect: str, of_sources: bool, of_feed: bool, of_language: bool, unread: bool
) -> Select[Any]:
    """Entries with a newer one on the list in their stories; a copy gives way to any original."""
    if of_feed or unread:
        newer = _newer_entries(dialect, of_sources, of_feed, of_language, unread)
    else:
        newer = _newer_of_sources(dialect, of_sources, of_language)
    return (
        select(_members.c.entry_id)
        .join_from(_members, _entries, _entries.c.id == _members.c.entry_id)
        .where(in_list(_members.c.entry_id, "keys", dialect), newer)
    )


def _newer_of_sources(dialect: str, of_sources: bool, of_language: bool) -> ColumnElement[bool]:
    """Whether a source told of the story later: a row for each source, however much it told."""
    told = _sources.c
    conditions = [told.story_id == _members.c.story_id, _is_after(told.shown_at, told.shown_id)]
    if of_sources:
        # Added to, so that SQLite reads the sources of the story, not every source of the list.
        conditions.append(in_list(told.source_id + 0, "sources", dialect))
    if of_language:
        conditions.append(told.language == bindparam("language"))
    return _exists(select(told.story_id).where(*conditions), dialect)


def _newer_entries(
    dialect: str, of_sources: bool, of_feed: bool, of_language: bool, unread: bool
) -> ColumnElement[bool]:
    """The same by entries, for what is not known of sources: what is unread, and feeds."""
    other = _other_entries.c
    conditions = [
        other.id == _others.c.entry_id,
        other.duplicate_of.is_(None),
        _is_after(other.published_at, other.id),
    ]
    # Added to, so that SQLite finds the entries of the story, not every entry of a source.
    if of_sources:
        conditions.append(in_list(other.source_id + 0, "sources", dialect))
    if of_feed:
        conditions.append(other.feed_id + 0 == bindparam("feed"))
    if of_language:
        conditions.append(other.language + "" == bindparam("language"))
    if unread:
        conditions.append(is_unread(EntryColumns.of(_other_entries)))
    is_newer = _exists(select(other.id).where(*conditions), dialect)
    of_story = _others.c.story_id == _members.c.story_id
    return _exists(select(_others.c.entry_id).where(of_story, is_newer), dialect)


def _exists(found: Select[Any], dialect: str) -> ColumnElement[bool]:
    """Whether there are such rows, looked up story by story and entry by entry.

    OFFSET keeps PostgreSQL from a join that might begin with all rows of a language.
    """
    if dialect == "postgresql":
        found = found.offset(0)
    return found.correlate(_members, _entries, _others).exists()


def _is_after(at: ColumnElement[Any], id_: ColumnElement[Any]) -> ColumnElement[bool]:
    entry = _entries.c
    copy = and_(entry.duplicate_of.is_not(None), id_ != entry.id)
    return or_(copy, tuple_(at, id_) > tuple_(entry.published_at, entry.id))


def members_of_stories(
    session: Session, story_ids: Collection[int]
) -> dict[int, list[StoryMember]]:
    """The entries of stories by story, in the order of arrival."""
    rows = session.execute(_of_stories(dialect_of(session)), {"keys": story_ids})
    found: dict[int, list[StoryMember]] = defaultdict(list)
    for member in map(StoryMember._make, rows):
        found[member.story_id].append(member)
    return dict(found)


def member_ids(session: Session, story_id: int) -> list[int]:
    """The ids of the entries of a story, in the order of arrival."""
    ids = select(_members.c.entry_id).where(_members.c.story_id == story_id)
    return list(session.execute(ids.order_by(_members.c.entry_id)).scalars())


@cache
def _of_stories(dialect: str) -> Select[Any]:
    columns = (
        _entries.c.id, _entries.c.source_id, _entries.c.published_at, _entries.c.duplicate_of,
        _members.c.story_id, _members.c.reprint_of, _members.c.agency,
    )  # fmt: skip
    return (
        select(*columns)
        .join_from(_members, _entries, _entries.c.id == _members.c.entry_id)
        .where(in_list(_members.c.story_id, "keys", dialect))
        .order_by(_entries.c.id)
    )

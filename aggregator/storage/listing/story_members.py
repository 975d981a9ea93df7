"""Which entries belong to stories, and which of them a list of stories hides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from aggregator.storage.listing.filters import SourceScope
from aggregator.storage.models import Entry, StoryEntry
from aggregator.storage.models.base import table
from aggregator.storage.readers.read_state import read_ids
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import in_list

_entries, _members = table(Entry), table(StoryEntry)


class StoryMember(NamedTuple):
    """An entry of a story, as far as lists of stories look at it."""

    id: int
    source_id: int
    feed_id: int
    language: str
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
    if scope is None and language is None and unread_of is None:
        return set(session.execute(_folded(dialect_of(session)), {"keys": ids}).scalars())
    members = members_of_entries(session, ids)
    listed = [
        member
        for member in members
        if (scope is None or member in scope)
        and language in (None, member.language)
        and member.duplicate_of is None
    ]
    if unread_of is not None:
        read = read_ids(session, unread_of, listed)
        listed = [member for member in listed if member.id not in read]
    listed.sort(key=lambda member: (member.published_at, member.id))
    newest = {member.story_id: member.id for member in listed}
    stories = {member.id: member.story_id for member in members}
    return {id_ for id_ in ids if newest.get(stories.get(id_, 0), id_) != id_}


def members_of_entries(session: Session, ids: Collection[int]) -> list[StoryMember]:
    """All entries of the stories that these entries are in, in the order of arrival."""
    rows = session.execute(_of_entries(dialect_of(session)), {"keys": ids})
    return list(map(StoryMember._make, rows))


def members_of_stories(
    session: Session, story_ids: Collection[int]
) -> dict[int, list[StoryMember]]:
    """The entries of stories by story, in the order of arrival."""
    rows = session.execute(_of_stories(dialect_of(session)), {"keys": story_ids})
    found: dict[int, list[StoryMember]] = defaultdict(list)
    for member in map(StoryMember._make, rows):
        found[member.story_id].append(member)
    return dict(found)


_columns = (
    _entries.c.id, _entries.c.source_id, _entries.c.feed_id, _entries.c.language,
    _entries.c.published_at, _entries.c.duplicate_of, _members.c.story_id, _members.c.reprint_of,
    _members.c.agency,
)  # fmt: skip
_joined = select(*_columns).join_from(_members, _entries, _entries.c.id == _members.c.entry_id)


@cache
def _folded(dialect: str) -> Select[Any]:
    here = in_list(_members.c.entry_id, "keys", dialect)
    return select(_members.c.entry_id).where(here, _members.c.folded)


@cache
def _of_entries(dialect: str) -> Select[Any]:
    mine = select(_members.c.story_id).where(in_list(_members.c.entry_id, "keys", dialect))
    return _joined.where(_members.c.story_id.in_(mine)).order_by(_entries.c.id)


@cache
def _of_stories(dialect: str) -> Select[Any]:
    here = in_list(_members.c.story_id, "keys", dialect)
    return _joined.where(here).order_by(_entries.c.id)

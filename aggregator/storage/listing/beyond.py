"""What "my news" has beyond the sources that a reader follows: their topics and stories.

An entry belongs to it if it is in a published topic, or in a story, that they follow.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    FromClause,
    Select,
    bindparam,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session

from aggregator.storage.models import (
    Entry,
    StoryEntry,
    StoryFollow,
    TopicEntry,
    TopicRow,
    TopicSubscription,
)
from aggregator.storage.models.base import table
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import in_list
from aggregator.storage.sql.snapshot import once

_topics, _topic_follows, _story_follows = (
    table(TopicRow).c,
    table(TopicSubscription).c,
    table(StoryFollow).c,
)
_in_topics = table(TopicEntry)
_members, _entries = table(StoryEntry), table(Entry)
_others, _other_entries = _members.alias("others"), _entries.alias("other_entries")


@dataclass(frozen=True, slots=True)
class Beyond:
    """The ids of the topics and stories that a reader follows."""

    topics: frozenset[int] = frozenset()
    stories: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.topics or self.stories)


def load_beyond(session: Session, reader: int) -> Beyond:
    """The published topics and the stories that a reader follows."""

    def read() -> Beyond:
        rows = session.execute(_followed(), {"reader": reader}).all()
        return Beyond(
            frozenset(id_ for is_topic, id_ in rows if is_topic),
            frozenset(id_ for is_topic, id_ in rows if not is_topic),
        )

    return once(session, ("beyond", reader), read)


def members_among(session: Session, entry_ids: Collection[int], beyond: Beyond) -> set[int]:
    """The entries among these that are in one of the topics or stories."""
    if not entry_ids or not beyond:
        return set()
    parameters = {"keys": entry_ids, "topics": beyond.topics, "stories": beyond.stories}
    return set(session.execute(_among(dialect_of(session)), parameters).scalars())


def hidden_by_beyond(
    session: Session, entry_ids: Collection[int], beyond: Beyond, language: str | None
) -> set[int]:
    """The entries among these for which a newer one of a topic or story stands in their story."""
    if not entry_ids or not beyond:
        return set()
    parameters = {
        "keys": entry_ids,
        "topics": beyond.topics,
        "stories": beyond.stories,
        "language": language,
    }
    statement = _hidden(dialect_of(session), language is not None)
    return set(session.execute(statement, parameters).scalars())


@cache
def _followed() -> CompoundSelect[int, int]:
    topics = (
        select(literal(1), _topic_follows.topic_id)
        .join_from(table(TopicSubscription), table(TopicRow), _topics.id == _topic_follows.topic_id)
        .where(_topic_follows.user_id == bindparam("reader"), _topics.state == "published")
    )
    stories = select(literal(0), _story_follows.story_id).where(
        _story_follows.user_id == bindparam("reader")
    )
    return union_all(topics, stories)


@cache
def _among(dialect: str) -> CompoundSelect[int]:
    topics = select(_in_topics.c.entry_id).where(
        in_list(_in_topics.c.entry_id, "keys", dialect),
        in_list(_in_topics.c.topic_id + 0, "topics", dialect),
    )
    stories = select(_members.c.entry_id).where(
        in_list(_members.c.entry_id, "keys", dialect),
        in_list(_members.c.story_id + 0, "stories", dialect),
    )
    return union_all(topics, stories)


@cache
def _hidden(dialect: str, of_language: bool) -> Select[Any]:
    """By look-ups story by story, entry by entry; OFFSET keeps PostgreSQL from another order."""
    entry, other = _entries.c, _other_entries.c
    conditions = [
        other.id == _others.c.entry_id,
        other.duplicate_of.is_(None),
        tuple_(other.published_at, other.id) > tuple_(entry.published_at, entry.id),
    ]
    if of_language:
        conditions.append(other.language + "" == bindparam("language"))
    in_topic = select(_in_topics.c.entry_id).where(
        _in_topics.c.entry_id == _others.c.entry_id,
        in_list(_in_topics.c.topic_id + 0, "topics", dialect),
    )
    followed = or_(
        in_list(_others.c.story_id + 0, "stories", dialect), _exists(in_topic, dialect, _others)
    )
    newer = _exists(select(other.id).where(*conditions), dialect, _entries, _others)
    of_story = select(_others.c.entry_id).where(
        _others.c.story_id == _members.c.story_id, newer, followed
    )
    return (
        select(_members.c.entry_id)
        .join_from(_members, _entries, entry.id == _members.c.entry_id)
        .where(
            in_list(_members.c.entry_id, "keys", dialect),
            _exists(of_story, dialect, _members, _entries),
        )
    )


def _exists(found: Select[Any], dialect: str, *outer: FromClause) -> ColumnElement[bool]:
    if dialect == "postgresql":
        found = found.offset(0)
    return found.correlate(*outer).exists()

"""What is a reader's own, for them to take along: lists without end come in pages by id."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, null, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from aggregator.errors import NotFound
from aggregator.storage.models import (
    Entry,
    EntryTag,
    MutedSource,
    MutedWord,
    ReadException,
    ReadMark,
    SavedSearchRow,
    Source,
    SourceSubscription,
    Star,
    StoryFollow,
    Tag,
    TopicRow,
    TopicSubscription,
    UserRow,
)


@dataclass(frozen=True, slots=True)
class ExportedEntry:
    """An entry as its reader finds it again anywhere; `at`: when they starred, tagged, followed."""

    id: int
    title: str
    url: str | None
    source: str
    published_at: datetime
    at: datetime | None = None
    read: bool | None = None


@dataclass(frozen=True, slots=True)
class ExportedSource:
    """A source and when its reader followed it, muted it, or up to when they have read it."""

    slug: str
    name: str
    at: datetime | None


_ENTRY_COLUMNS = (Entry.id, Entry.title, Entry.url, Source.slug, Entry.published_at)


def account_created_at(session: Session, user_id: int) -> datetime:
    """Since when there is that account. Raises NotFound."""
    found = session.execute(
        select(UserRow.created_at).where(UserRow.id == user_id)
    ).scalar_one_or_none()
    if found is None:
        raise NotFound("user", user_id)
    return found


def followed_sources(session: Session, user_id: int) -> dict[int, ExportedSource]:
    """The sources that a user follows, by their ids, in the order in which it came to that."""
    return _sources(session, user_id, SourceSubscription, SourceSubscription.followed_at)


def muted_sources(session: Session, user_id: int) -> dict[int, ExportedSource]:
    """The sources that a user mutes, by their ids."""
    return _sources(session, user_id, MutedSource, MutedSource.muted_at)


def muted_words(session: Session, user_id: int) -> dict[str, datetime]:
    """The words that a user mutes, and since when."""
    rows = session.execute(
        select(MutedWord.word, MutedWord.muted_at)
        .where(MutedWord.user_id == user_id)
        .order_by(MutedWord.muted_at, MutedWord.word)
    )
    return {word: at for word, at in rows}  # noqa: C416 (rows are no tuples to mypy)


def read_marks(session: Session, user_id: int) -> tuple[ExportedSource, ...]:
    """Up to when everything of a source is read: when the last such entry arrived."""
    arrived = (
        select(Entry.fetched_at)
        .where(Entry.source_id == ReadMark.source_id, Entry.id <= ReadMark.up_to)
        .order_by(Entry.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Source.slug, Source.name_en, arrived)
        .join(ReadMark, ReadMark.source_id == Source.id)
        .where(ReadMark.user_id == user_id)
        .order_by(Source.slug)
    )
    return tuple(ExportedSource(*row) for row in rows)


def read_exceptions(session: Session, user_id: int, after: int, limit: int) -> list[ExportedEntry]:
    """Entries that were read although they are above the mark, or kept unread below it."""
    mine = (
        select(*_ENTRY_COLUMNS, null(), ReadException.read)
        .join(ReadException, ReadException.entry_id == Entry.id)
        .where(ReadException.user_id == user_id, ReadException.entry_id > after)
        .order_by(ReadException.entry_id)
    )
    rows = session.execute(_with_source(mine).limit(limit))
    return [ExportedEntry(*row) for row in rows]


def saved_searches(session: Session, user_id: int) -> tuple[tuple[str, str, datetime], ...]:
    """(name, query, when) of the searches that a user keeps, the first to be saved first."""
    row = SavedSearchRow
    mine = select(row.name, row.query, row.saved_at).where(row.user_id == user_id)
    return tuple((name, query, at) for name, query, at in session.execute(mine.order_by(row.id)))


def followed_topics(session: Session, user_id: int) -> tuple[tuple[str, datetime], ...]:
    """(slug, when) of the published topics that a user follows."""
    follow = TopicSubscription
    rows = session.execute(
        select(TopicRow.slug, follow.followed_at)
        .join(TopicRow, TopicRow.id == follow.topic_id)
        .where(follow.user_id == user_id, TopicRow.state == "published")
        .order_by(follow.followed_at, TopicRow.slug)
    )
    return tuple((slug, at) for slug, at in rows)


def followed_stories(session: Session, user_id: int, after: int, limit: int) -> list[ExportedEntry]:
    """The stories that a user follows, each by the entry whose number it has."""
    mine = (
        select(*_ENTRY_COLUMNS, StoryFollow.followed_at)
        .join(StoryFollow, StoryFollow.story_id == Entry.id)
        .where(StoryFollow.user_id == user_id, Entry.id > after)
        .order_by(Entry.id)
    )
    return [ExportedEntry(*row) for row in session.execute(_with_source(mine).limit(limit))]


def starred_entries(session: Session, user_id: int, after: int, limit: int) -> list[ExportedEntry]:
    """The entries that a user starred."""
    mine = (
        select(*_ENTRY_COLUMNS, Star.starred_at)
        .join(Star, Star.entry_id == Entry.id)
        .where(Star.user_id == user_id, Star.entry_id > after)
        .order_by(Star.entry_id)
    )
    return [ExportedEntry(*row) for row in session.execute(_with_source(mine).limit(limit))]


def tags(session: Session, user_id: int) -> tuple[tuple[int, str], ...]:
    """(id, name) of a user's tags, by name."""
    rows = session.execute(
        select(Tag.id, Tag.name).where(Tag.user_id == user_id).order_by(Tag.name_key)
    )
    return tuple((id_, name) for id_, name in rows)


def tagged_entries(session: Session, tag_id: int, after: int, limit: int) -> list[ExportedEntry]:
    """The entries under a tag."""
    mine = (
        select(*_ENTRY_COLUMNS, EntryTag.tagged_at)
        .join(EntryTag, EntryTag.entry_id == Entry.id)
        .where(EntryTag.tag_id == tag_id, EntryTag.entry_id > after)
        .order_by(EntryTag.entry_id)
    )
    return [ExportedEntry(*row) for row in session.execute(_with_source(mine).limit(limit))]


def _with_source(entries: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return entries.join(Source, Source.id == Entry.source_id)


def _sources(
    session: Session,
    user_id: int,
    model: type[SourceSubscription] | type[MutedSource],
    at: InstrumentedAttribute[datetime],
) -> dict[int, ExportedSource]:
    rows = session.execute(
        select(Source.id, Source.slug, Source.name_en, at)
        .join(model, model.source_id == Source.id)
        .where(model.user_id == user_id)
        .order_by(at, Source.slug)
    )
    return {id_: ExportedSource(slug, name, when) for id_, slug, name, when in rows}

"""A reader's own data, for export: unbounded lists come in pages by id."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, null, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from aggregator.errors import NotFound
from aggregator.storage.models import (
    Entry,
    EntryTag,
    FolderRow,
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
    """An entry, identifiable anywhere; `at`: when its reader starred, tagged or followed it."""

    id: int
    title: str
    url: str | None
    source: str
    published_at: datetime
    change_size: int = 0
    at: datetime | None = None
    read: bool | None = None


@dataclass(frozen=True, slots=True)
class ExportedSource:
    """A source; `at`: when its reader followed or muted it, or up to when they have read it."""

    slug: str
    name: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class ExportedFolder:
    """A folder of the reader, with the slugs of its sources."""

    name: str
    created_at: datetime
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExportedTopic:
    """A topic that the reader follows."""

    slug: str
    followed_at: datetime


@dataclass(frozen=True, slots=True)
class ExportedSearch:
    """A search that the reader saved."""

    name: str
    query: str
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class ExportedTag:
    """One of the reader's tags; `id` finds its entries."""

    id: int
    name: str


_ENTRY_COLUMNS = (
    Entry.id,
    Entry.title,
    Entry.url,
    Source.slug,
    Entry.published_at,
    Entry.change_size,
)


def account_created_at(session: Session, user_id: int) -> datetime:
    """When an account was created. Raises NotFound."""
    found = session.execute(
        select(UserRow.created_at).where(UserRow.id == user_id)
    ).scalar_one_or_none()
    if found is None:
        raise NotFound("user", user_id)
    return found


def followed_sources(session: Session, user_id: int) -> dict[int, ExportedSource]:
    """The sources that a user follows, by id, in the order in which they were followed."""
    return _sources(session, user_id, SourceSubscription, SourceSubscription.followed_at)


def folders(session: Session, user_id: int) -> tuple[ExportedFolder, ...]:
    """The folders of a user, in their order, empty ones too."""
    follow = SourceSubscription
    rows = session.execute(
        select(FolderRow.id, FolderRow.name, FolderRow.created_at, Source.slug)
        .outerjoin(follow, follow.folder_id == FolderRow.id)
        .outerjoin(Source, Source.id == follow.source_id)
        .where(FolderRow.user_id == user_id)
        .order_by(FolderRow.position, FolderRow.id, Source.slug)
    )
    found: dict[int, ExportedFolder] = {}
    for id_, name, created_at, slug in rows:
        before = found.get(id_, ExportedFolder(name, created_at, ()))
        found[id_] = replace(before, sources=(*before.sources, *([slug] if slug else ())))
    return tuple(found.values())


def muted_sources(session: Session, user_id: int) -> dict[int, ExportedSource]:
    """The sources that a user mutes, by id."""
    return _sources(session, user_id, MutedSource, MutedSource.muted_at)


def muted_words(session: Session, user_id: int) -> dict[str, datetime]:
    """When each muted word was muted."""
    rows = session.execute(
        select(MutedWord.word, MutedWord.muted_at)
        .where(MutedWord.user_id == user_id)
        .order_by(MutedWord.muted_at, MutedWord.word)
    )
    return {word: at for word, at in rows}  # noqa: C416 (rows are no tuples to mypy)


def read_marks(session: Session, user_id: int) -> tuple[ExportedSource, ...]:
    """The sources with a read mark; `at`: when the last entry below the mark arrived."""
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
    """Entries read above the mark of their source, or kept unread below it."""
    mine = (
        select(*_ENTRY_COLUMNS, null(), ReadException.read)
        .join(ReadException, ReadException.entry_id == Entry.id)
        .where(ReadException.user_id == user_id, ReadException.entry_id > after)
        .order_by(ReadException.entry_id)
    )
    rows = session.execute(_with_source(mine).limit(limit))
    return [ExportedEntry(*row) for row in rows]


def saved_searches(session: Session, user_id: int) -> tuple[ExportedSearch, ...]:
    """The searches that a user saved, in the order in which they were saved."""
    row = SavedSearchRow
    mine = select(row.name, row.query, row.saved_at).where(row.user_id == user_id)
    return tuple(ExportedSearch(*found) for found in session.execute(mine.order_by(row.id)))


def followed_topics(session: Session, user_id: int) -> tuple[ExportedTopic, ...]:
    """The published topics that a user follows, in the order in which they were followed."""
    follow = TopicSubscription
    rows = session.execute(
        select(TopicRow.slug, follow.followed_at)
        .join(TopicRow, TopicRow.id == follow.topic_id)
        .where(follow.user_id == user_id, TopicRow.state == "published")
        .order_by(follow.followed_at, TopicRow.slug)
    )
    return tuple(ExportedTopic(*row) for row in rows)


def followed_stories(session: Session, user_id: int, after: int, limit: int) -> list[ExportedEntry]:
    """The stories that a user follows, each represented by the entry whose id it has."""
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


def tags(session: Session, user_id: int) -> tuple[ExportedTag, ...]:
    """A user's tags, by name."""
    rows = session.execute(
        select(Tag.id, Tag.name).where(Tag.user_id == user_id).order_by(Tag.name_key)
    )
    return tuple(ExportedTag(*row) for row in rows)


def tagged_entries(session: Session, tag_id: int, after: int, limit: int) -> list[ExportedEntry]:
    """The entries with a tag."""
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

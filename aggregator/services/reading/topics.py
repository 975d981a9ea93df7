"""Published topics, as readers see and follow them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from aggregator.parse.opml import Outline
from aggregator.storage.entries.latest import latest_entry_id
from aggregator.storage.feeds import overview
from aggregator.storage.listing.summaries import (
    find_details,
    find_page,
    find_summaries,
    list_entries,
)
from aggregator.storage.topics import curation, follows, members
from aggregator.storage.topics import topics as store
from aggregator.storage.topics.facts import topic_facts
from aggregator.types import (
    EntryDetail,
    EntryFilter,
    EntryPage,
    EntrySummary,
    MatchReason,
    Topic,
    TopicSummary,
    User,
)

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class TopicView:
    """A topic with a page of its entries."""

    topic: Topic
    page: EntryPage
    pinned: tuple[EntrySummary, ...]
    """Shown at the top of the first page, and not again in the list."""
    reasons: dict[int, MatchReason]
    entry_count: int
    followed: bool
    latest: int
    """The id of the newest entry, up to which a follower has now seen the topic; 0 for others."""


def list_published(session: Session, reader: User | None) -> tuple[TopicSummary, ...]:
    """All published topics, with the number of new entries in those that the reader follows."""
    return _summaries(session, store.list_topics(session, "published"), reader)


def list_followed(session: Session, reader: User) -> tuple[TopicSummary, ...]:
    """The topics that a reader follows, those with news first."""
    seen = follows.subscriptions(session, reader.id)
    if not seen:
        return ()
    followed = [topic for topic in store.list_topics(session, "published") if topic.id in seen]
    found = _summaries(session, followed, reader)
    return tuple(sorted(found, key=lambda each: -each.new_count))


def find(session: Session, slug: str) -> Topic:
    """A published topic. Raises NotFound, for drafts too; TopicGone for a deleted one."""
    return store.find_topic(session, slug, published=True)


def find_summary(session: Session, reader: User | None, slug: str) -> TopicSummary:
    """A published topic as lists show it. Raises NotFound, for drafts too."""
    return _summaries(session, [find(session, slug)], reader)[0]


def get_topic_view(
    session: Session,
    reader: User | None,
    chosen: EntryFilter,
    cursor: str | None,
    now: datetime,
) -> TopicView:
    """The topic that `chosen` names, as its page shows it. Raises NotFound, for drafts too."""
    topic = find(session, chosen.topic or "")
    reader_id = reader.id if reader else None
    page = list_entries(session, chosen, reader=reader_id, cursor=cursor, limit=PAGE_SIZE)
    pins = [pin.entry_id for pin in curation.list_pins(session, topic.id, now)]
    pinned = find_summaries(session, pins, reader=reader_id) if not cursor else ()
    below = tuple(entry for entry in page.entries if entry.id not in pins)
    ids = [entry.id for entry in (*pinned, *below)]
    followed = topic.id in follows.subscriptions(session, reader.id) if reader else False
    return TopicView(
        topic,
        EntryPage(below, page.next_cursor),
        pinned,
        members.reasons(session, topic.id, ids),
        members.count_entries(session, topic.id),
        followed,
        latest_entry_id(session) if followed else 0,
    )


def newest_details(
    session: Session, topic: Topic, limit: int
) -> tuple[tuple[EntryDetail, ...], dict[int, MatchReason]]:
    """The newest entries of a topic in full, without duplicates, and why each is in it."""
    chosen = EntryFilter(topic=topic.content.slug)
    ids, _ = find_page(session, chosen, reader=None, cursor=None, limit=limit)
    return find_details(session, ids), members.reasons(session, topic.id, ids)


def list_with_reasons(
    session: Session, reader: User | None, chosen: EntryFilter, cursor: str | None, limit: int
) -> tuple[EntryPage, dict[int, MatchReason]]:
    """Entries of the topic that `chosen` names, and why each is in it. Raises NotFound."""
    topic = find(session, chosen.topic or "")
    reader_id = reader.id if reader else None
    page = list_entries(session, chosen, reader=reader_id, cursor=cursor, limit=limit)
    ids = [entry.id for entry in page.entries]
    return page, members.reasons(session, topic.id, ids)


def source_outlines(session: Session, topic: Topic, language: str) -> tuple[Outline, ...]:
    """The feeds of the sources whose entries are in a topic."""
    source_ids = members.source_ids(session, topic.id)
    return tuple(
        Outline(
            title=source.source.name.get(language),
            url=feed.url,
            site=source.site,
            language=source.source.language,
        )
        for source in overview.list_sources(session)
        if source.source.id in source_ids
        for feed in source.feeds
        if feed.enabled
    )


def topics_of(session: Session, entry_id: int) -> tuple[tuple[Topic, MatchReason], ...]:
    """The published topics that an entry is in, and why."""
    return tuple(
        (store.topic_by_id(session, topic_id), reason)
        for topic_id, reason in members.published_topics_of(session, entry_id)
    )


# --- following -------------------------------------------------------------------------------


def follow(session: Session, reader: User, slug: str, on: bool, now: datetime) -> Topic:
    """Follow or unfollow a topic. Raises NotFound, for drafts too."""
    topic = find(session, slug)
    if on:
        follows.follow_topic(session, reader.id, topic.id, now)
    else:
        follows.unfollow_topic(session, reader.id, topic.id)
    return topic


def mark_seen(session: Session, reader: User, topic_id: int, up_to: int) -> None:
    """Remember up to which entry a follower has seen a topic."""
    follows.mark_seen(session, reader.id, topic_id, up_to)


def _summaries(
    session: Session, topics: Sequence[Topic], reader: User | None
) -> tuple[TopicSummary, ...]:
    facts = topic_facts(session, [topic.id for topic in topics], reader.id if reader else None)
    found = [(topic, facts[topic.id]) for topic in topics if topic.id in facts]
    return tuple(
        TopicSummary(topic, each.entry_count, each.newest_at, each.new_count, bool(each.followed))
        for topic, each in found
    )

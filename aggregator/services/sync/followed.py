"""What a reader follows, as their apps see it: sources, topics, stories and saved searches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from aggregator.errors import NotFound
from aggregator.services.reading import folders, stories, topics
from aggregator.services.reading.subscription_opml import own_name
from aggregator.services.search import saved
from aggregator.services.sync.names import StreamName, SyncContext
from aggregator.storage.feeds import overview
from aggregator.storage.listing import filters
from aggregator.storage.listing.filters import MuteFilter
from aggregator.storage.readers import subscriptions as store
from aggregator.storage.readers.story_follows import followed_story_ids
from aggregator.storage.topics import follows
from aggregator.types import EntryFilter, SavedSearch, SourceRef

_MIXED = EntryFilter(following=True)


@dataclass(frozen=True, slots=True)
class Followed:
    """The ids of everything that a reader follows, and how sources are sorted."""

    sources: Mapping[int, SourceRef]
    """By id, in display order."""
    folders: Mapping[int, str]
    """The name of the reader's own folder, by source."""
    topics: tuple[int, ...]
    stories: tuple[int, ...]
    searches: tuple[SavedSearch, ...]
    mutes: MuteFilter

    @property
    def visible(self) -> frozenset[int]:
        """The sources in mixed lists: those that are not muted."""
        return frozenset(self.sources) - self.mutes.source_ids

    @property
    def by_folder(self) -> dict[str, frozenset[int]]:
        """The sources in each of the reader's own folders that has any, by its name."""
        found: dict[str, set[int]] = defaultdict(set)
        for source_id, name in self.folders.items():
            if source_id in self.sources:
                found[name].add(source_id)
        return {name: frozenset(ids) for name, ids in found.items()}

    @property
    def by_place(self) -> dict[tuple[str, str], frozenset[int]]:
        """The sources that are in no folder, by (country, language)."""
        found: dict[tuple[str, str], set[int]] = defaultdict(set)
        for source_id, source in self.sources.items():
            if source_id not in self.folders:
                found[source.country, source.language].add(source_id)
        return {place: frozenset(ids) for place, ids in found.items()}


def load_followed(session: Session, context: SyncContext) -> Followed:
    """Look up what the reader follows."""
    reader = context.reader
    ids = filters.followed_sources(session, reader.id)
    refs = overview.source_refs(session, ids) if ids else {}
    names = {folder.id: folder.name for folder in folders.list_folders(session, reader)}
    sorted_ = folders.folder_of_sources(session, reader)
    return Followed(
        sources={id_: refs[id_] for id_ in ids},
        folders={id_: names[folder] for id_, folder in sorted_.items() if folder in names},
        topics=tuple(follows.subscriptions(session, reader.id)),
        stories=followed_story_ids(session, reader.id),
        searches=saved.list_saved(session, reader),
        mutes=filters.load_mute_filter(session, _MIXED, reader.id),
    )


@dataclass(frozen=True, slots=True)
class Subscription:
    """Something that a reader follows, with what an app shows of it."""

    name: StreamName
    title: str
    feed_url: str = ""
    site: str = ""
    """"" for what has a page of its own here."""
    slug: str = ""
    """Of a source or topic."""
    query: str = ""
    """Of a saved search."""
    folder: str = ""
    """The reader's own folder; "" if they sorted it into none."""
    country: str = ""
    language: str = ""


def list_subscriptions(
    session: Session, context: SyncContext, followed: Followed
) -> tuple[Subscription, ...]:
    """All that the reader follows: sources in display order, topics, stories, searches."""
    reader = context.reader
    feeds = store.feed_urls_by_source(session, followed.sources)
    sites = overview.source_sites(session, followed.sources)
    return (
        *(
            source_subscription(
                source, next(iter(feeds.get(id_, ())), ""), sites.get(id_, ""),
                followed.folders.get(id_, ""),
            )
            for id_, source in followed.sources.items()
        ),
        *(
            Subscription(
                StreamName("topic", each.topic.id),
                each.topic.content.name.get(context.language),
                slug=each.topic.content.slug,
            )
            for each in topics.list_followed(session, reader)
        ),
        *(
            Subscription(StreamName("story", story.id), story.name.title)
            for story in stories.list_followed(session, reader)
        ),
        *(
            Subscription(StreamName("search", search.id), search.name, query=search.query)
            for search in followed.searches
        ),
    )  # fmt: skip


def source_subscription(
    source: SourceRef, feed_url: str, site: str, folder: str = ""
) -> Subscription:
    """A source, under its name in its own language."""
    return Subscription(
        StreamName("source", source.id),
        own_name(source),
        feed_url,
        site,
        source.slug,
        folder=folder,
        country=source.country,
        language=source.language,
    )


def require_followed(followed: Followed, name: StreamName) -> None:
    """Raise NotFound for a topic, story or search that the reader does not follow."""
    known: dict[str, tuple[int, ...]] = {
        "topic": followed.topics,
        "story": followed.stories,
        "search": tuple(search.id for search in followed.searches),
    }
    if name.id not in known.get(name.kind, (name.id,)):
        raise NotFound(name.kind, name.id)

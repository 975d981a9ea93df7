"""Following sources."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from aggregator.storage.feeds import overview
from aggregator.storage.listing import filters
from aggregator.storage.readers import mutes
from aggregator.storage.readers import subscriptions as store
from aggregator.storage.readers.folders import folder_of_sources, list_folders
from aggregator.storage.readers.read_versions import raise_read_version
from aggregator.text.normalize import normalize
from aggregator.types import Folder, FollowedSource, Mutes, SourceRef, UnreadCounts, User


@dataclass(frozen=True, slots=True)
class FollowingView:
    """What a reader follows and mutes, and the other sources on offer."""

    followed: tuple[FollowedSource, ...]
    total_unread: int
    others: tuple[SourceRef, ...]
    mutes: Mutes
    folders: tuple[tuple[Folder, tuple[FollowedSource, ...]], ...]
    """The reader's folders in their order, empty ones too."""
    unsorted: tuple[FollowedSource, ...]
    """What is in no folder."""


@dataclass(frozen=True, slots=True)
class FollowState:
    """The slugs of the sources that a reader follows and mutes: the state of their buttons."""

    followed: frozenset[str] = frozenset()
    muted: frozenset[str] = frozenset()


def follow(
    session: Session, reader: User, slug: str, now: datetime, *, as_before: bool = False
) -> SourceRef:
    """Follow a source; a no-op if it is followed already. Raises NotFound.

    With `as_before` (to undo unfollowing) nothing is marked as read.
    """
    source = overview.source_ref(session, slug)
    if as_before:
        raise_read_version(session, reader.id)
        store.follow_sources(session, reader.id, [source.id], now)
    else:
        store.follow_for_news(session, reader.id, [source.id], now)
    return source


def follow_all(
    session: Session, reader: User, source_ids: Collection[int], now: datetime
) -> frozenset[int]:
    """Follow several sources as `follow` does; the ids of the newly followed."""
    return store.follow_for_news(session, reader.id, source_ids, now)


def unfollow(session: Session, reader: User, slug: str) -> SourceRef:
    """Unfollow a source; its read entries stay read. Raises NotFound."""
    source = overview.source_ref(session, slug)
    raise_read_version(session, reader.id)
    store.unfollow_sources(session, reader.id, [source.id])
    return source


def get_following_view(session: Session, reader: User, unread: UnreadCounts) -> FollowingView:
    """Everything for the page on which readers manage what they follow."""
    slugs = filters.followed_sources(session, reader.id)
    refs = overview.source_refs(session)
    offered = store.enabled_source_ids(session)
    followed = tuple(
        FollowedSource(refs[id_], unread.by_source.get(slug, 0)) for id_, slug in slugs.items()
    )
    assigned = folder_of_sources(session, reader.id)
    return FollowingView(
        followed,
        unread.total,
        tuple(refs[id_] for id_ in offered if id_ not in slugs),
        mutes.mutes_of(session, reader.id),
        tuple(
            (folder, tuple(each for each in followed if assigned.get(each.source.id) == folder.id))
            for folder in list_folders(session, reader.id)
        ),
        tuple(each for each in followed if each.source.id not in assigned),
    )


def follow_state(session: Session, reader: User) -> FollowState:
    """The slugs of the sources that the reader follows and mutes."""
    followed = filters.followed_sources(session, reader.id)
    muted = mutes.muted_sources(session, reader.id)
    return FollowState(frozenset(followed.values()), frozenset(each.slug for each in muted))


def filter_sources(
    sources: Collection[SourceRef], words: str, country: str | None, language: str | None
) -> tuple[SourceRef, ...]:
    """The sources with all of `words` in a name, in any language and spelling."""
    terms = normalize(words).split()

    return tuple(
        source
        for source in sources
        if (country is None or source.country == country)
        and (language is None or source.language == language)
        and all(word in _names(source) for word in terms)
    )


def _names(source: SourceRef) -> str:
    return normalize(f"{source.name.ar}\n{source.name.fr}\n{source.name.en}\n{source.slug}")

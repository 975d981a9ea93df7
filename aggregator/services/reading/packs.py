"""Packs: what a reader begins with, many sources and topics followed with one click."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from aggregator.errors import NotFound
from aggregator.process.readers.packs import (
    PackSource,
    configured_packs,
    default_packs,
    in_reading_order,
)
from aggregator.services.reading.following import follow_all
from aggregator.storage.feeds import overview
from aggregator.storage.listing import filters
from aggregator.storage.readers import subscriptions
from aggregator.storage.readers.read_versions import raise_read_version
from aggregator.storage.readers.tags import lock_reader
from aggregator.storage.topics import follows
from aggregator.storage.topics import topics as topic_store
from aggregator.types import Pack, PackSpec, SourceRef, User

# Sources that stand for a pack in lists.
NAMED_SOURCES = 3


@dataclass(frozen=True, slots=True)
class OfferedPack:
    """A pack, and how much of it is new to the reader."""

    pack: Pack
    sources: tuple[SourceRef, ...]
    """Some of them, in the operator's order."""
    new_count: int
    """Sources and topics that the reader does not follow yet."""


@dataclass(frozen=True, slots=True)
class FollowedPack:
    """What following a pack added, so that it can be undone."""

    pack: Pack
    source_ids: tuple[int, ...]
    topic_ids: tuple[int, ...]


def list_packs(
    session: Session, reader: User, specs: Sequence[PackSpec], languages: Sequence[str]
) -> tuple[OfferedPack, ...]:
    """The packs with something new to the reader, those in the reader's languages first.

    They are those of the configuration, else the default ones.
    """
    sources = _offered_sources(session)
    followed = filters.followed_sources(session, reader.id)
    topics = _topic_ids(session)
    seen = follows.subscriptions(session, reader.id)
    refs = {each.source.id: each.source for each in sources}
    offered = (
        OfferedPack(
            pack,
            tuple(refs[id_] for id_ in pack.source_ids[:NAMED_SOURCES]),
            len(set(pack.source_ids).difference(followed))
            + sum(topics[slug] not in seen for slug in pack.topics if slug in topics),
        )
        for pack in in_reading_order(_packs(specs, sources), languages)
    )
    return tuple(each for each in offered if each.new_count)


def follow_pack(
    session: Session, reader: User, slug: str, specs: Sequence[PackSpec], now: datetime
) -> FollowedPack:
    """Follow all of a pack that the reader does not follow yet. Raises NotFound.

    Topics of a pack that are not published are left out.
    """
    packs = _packs(specs, _offered_sources(session))
    pack = next((pack for pack in packs if pack.slug == slug), None)
    if pack is None:
        raise NotFound("pack", slug)
    sources = follow_all(session, reader, pack.source_ids, now)
    seen = follows.subscriptions(session, reader.id)
    topics = _topic_ids(session)
    new = [topics[slug] for slug in pack.topics if slug in topics and topics[slug] not in seen]
    for topic_id in new:
        follows.follow_topic(session, reader.id, topic_id, now)
    return FollowedPack(pack, tuple(sorted(sources)), tuple(new))


def undo_pack(
    session: Session, reader: User, source_ids: Collection[int], topic_ids: Collection[int]
) -> None:
    """Unfollow what following a pack added; ids that the reader does not follow are ignored."""
    lock_reader(session, reader.id)
    raise_read_version(session, reader.id)
    subscriptions.unfollow_sources(session, reader.id, source_ids)
    for topic_id in topic_ids:
        follows.unfollow_topic(session, reader.id, topic_id)


def _packs(specs: Sequence[PackSpec], sources: Sequence[PackSource]) -> tuple[Pack, ...]:
    return configured_packs(specs, sources) if specs else default_packs(sources)


def _offered_sources(session: Session) -> list[PackSource]:
    """The configured sources, in the operator's order."""
    refs = overview.source_refs(session)
    sections = overview.source_sections(session)
    return [
        PackSource(refs[id_], sections.get(id_, frozenset()))
        for id_ in subscriptions.enabled_source_ids(session)
    ]


def _topic_ids(session: Session) -> dict[str, int]:
    """The ids of published topics, by slug."""
    return {topic.content.slug: topic.id for topic in topic_store.list_topics(session, "published")}

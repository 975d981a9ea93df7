"""Following sources, topics and stories, many at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy.orm import Session

from aggregator.errors import InvalidInput, NotFound
from aggregator.services.reading import following, stories, topics
from aggregator.storage.listing import filters
from aggregator.types import FollowTargets, User

MAX_TARGETS_PER_LIST = 100

TargetT = TypeVar("TargetT", str, int)


def list_followed(session: Session, reader: User) -> FollowTargets:
    """What a reader follows, in the order of the pages."""
    return FollowTargets(
        tuple(filters.followed_sources(session, reader.id).values()),
        tuple(found.topic.content.slug for found in topics.list_followed(session, reader)),
        tuple(found.id for found in stories.list_followed(session, reader)),
    )


def follow_targets(
    session: Session,
    reader: User,
    targets: FollowTargets,
    on: bool,
    now: datetime,
    languages: Sequence[str] = (),
) -> tuple[FollowTargets, FollowTargets]:
    """Follow or unfollow; (what is followed or not now, what does not exist).

    A merged story is the one that it was merged into. `languages` as for a single story. Raises
    InvalidInput if there is nothing to follow.
    """
    if targets == FollowTargets():
        raise InvalidInput(
            "error.bad_request", "sources, topics, stories: give at least one", field="sources"
        )

    def source(slug: str) -> str:
        if on:
            return following.follow(session, reader, slug, now).slug
        return following.unfollow(session, reader, slug).slug

    def topic(slug: str) -> str:
        return topics.follow(session, reader, slug, on, now).content.slug

    def story(number: int) -> int:
        return stories.follow(session, reader, number, on, now, languages)

    sources, unknown_sources = _each(targets.sources, source)
    found_topics, unknown_topics = _each(targets.topics, topic)
    found_stories, unknown_stories = _each(targets.stories, story)
    return (
        FollowTargets(sources, found_topics, found_stories),
        FollowTargets(unknown_sources, unknown_topics, unknown_stories),
    )


def _each(
    targets: Iterable[TargetT], follow: Callable[[TargetT], TargetT]
) -> tuple[tuple[TargetT, ...], tuple[TargetT, ...]]:
    """(what `follow` found, what does not exist), each once."""
    found: dict[TargetT, None] = {}
    unknown: dict[TargetT, None] = {}
    for target in targets:
        try:
            found[follow(target)] = None
        except NotFound:
            unknown[target] = None
    return tuple(found), tuple(unknown)

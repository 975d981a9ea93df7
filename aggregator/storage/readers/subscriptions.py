"""Which sources readers follow."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from aggregator.storage.models import Feed, Source, SourceSubscription
from aggregator.storage.readers.read_marks import mark_older_read
from aggregator.storage.readers.read_versions import raise_read_version
from aggregator.storage.sql.upsert import insert_or_ignore

# Entries older than this count as read when a source is followed for the first time.
INITIAL_UNREAD_WINDOW = timedelta(days=1)


def follow_sources(
    session: Session, user_id: int, source_ids: Collection[int], now: datetime
) -> list[int]:
    """Follow sources; the ids of the newly followed, in order."""
    followed = select(SourceSubscription.source_id).where(SourceSubscription.user_id == user_id)
    new = sorted(set(source_ids).difference(session.execute(followed).scalars()))
    rows = [{"user_id": user_id, "source_id": id_, "followed_at": now} for id_ in new]
    insert_or_ignore(session, SourceSubscription, rows)
    return new


def follow_for_news(
    session: Session, user_id: int, source_ids: Collection[int], now: datetime
) -> frozenset[int]:
    """Follow sources; the ids of the newly followed.

    New followers want news, not the archive: entries published before `INITIAL_UNREAD_WINDOW` count
    as read, except those kept unread.
    """
    raise_read_version(session, user_id)
    new = follow_sources(session, user_id, source_ids, now)
    for source_id in new:
        mark_older_read(session, user_id, source_id, now - INITIAL_UNREAD_WINDOW)
    return frozenset(new)


def mark_archive_read(session: Session, source_id: int, oldest: datetime) -> None:
    """Have the first document of a feed count as `follow_for_news` has what is stored already.

    `oldest`: of the entries that it brought. Readers may follow a source before any of its feeds
    was read: what was published long before that is no news to them either. Takes an exclusive
    transaction, as it locks several readers.
    """
    followers = session.execute(
        select(SourceSubscription.user_id, SourceSubscription.followed_at)
        .where(
            SourceSubscription.source_id == source_id,
            SourceSubscription.followed_at > oldest + INITIAL_UNREAD_WINDOW,
        )
        .order_by(SourceSubscription.user_id)
    ).all()
    for user_id, followed_at in followers:
        raise_read_version(session, user_id)
        mark_older_read(session, user_id, source_id, followed_at - INITIAL_UNREAD_WINDOW)


def unfollow_sources(session: Session, user_id: int, source_ids: Collection[int]) -> None:
    """Unfollow sources; their read entries stay read."""
    session.execute(
        delete(SourceSubscription).where(
            SourceSubscription.user_id == user_id, SourceSubscription.source_id.in_(source_ids)
        )
    )


def enabled_source_ids(session: Session) -> tuple[int, ...]:
    """The sources in the configuration, in its order."""
    offered = select(Source.id).where(Source.enabled).order_by(Source.position, Source.id)
    return tuple(session.execute(offered).scalars())


def list_feed_urls(session: Session) -> tuple[tuple[int, str], ...]:
    """(source id, URL) of every feed, under each address it has or had."""
    rows = session.execute(
        select(Feed.source_id, Feed.url, Feed.adopted_url, Feed.moved_to).order_by(
            Feed.source_id, Feed.position, Feed.id
        )
    )
    return tuple((id_, url) for id_, *urls in rows for url in urls if url)


def feed_urls_by_source(session: Session, source_ids: Collection[int]) -> dict[int, list[str]]:
    """The configured URLs of the feeds of sources, by source, in the order of the configuration."""
    rows = session.execute(
        select(Feed.source_id, Feed.url)
        .where(Feed.source_id.in_(source_ids))
        .order_by(Feed.position, Feed.id)
    )
    found: dict[int, list[str]] = {}
    for source_id, url in rows:
        found.setdefault(source_id, []).append(url)
    return found

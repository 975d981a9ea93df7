"""Commands of an operator on a feed, each a conditional UPDATE of one row."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnExpressionArgument, case, literal, or_, select, update
from sqlalchemy.orm import Session

from aggregator.storage.feeds.host_backoff import not_backing_off
from aggregator.storage.models import Feed, Source
from aggregator.storage.sql.row_counts import affected_rows


def schedule_now(session: Session, feed_id: int, now: datetime) -> bool:
    """Have the feed polled next, unless it is disabled, gone or backing off."""
    allowed = Feed.enabled & (Feed.status != "gone") & not_backing_off(now)
    return _change(session, feed_id, allowed, next_poll_at=now)


def resume(session: Session, feed_id: int, now: datetime) -> bool:
    """As `schedule_now`, also for a feed that is gone, and with its failures reset."""
    allowed = Feed.enabled & not_backing_off(now)
    gone = {"status": "failing", "status_since": now, "error_kind": None, "error_detail": None}
    if _change(
        session, feed_id, allowed & (Feed.status == "gone"), failures=0, next_poll_at=now, **gone
    ):
        return True
    return _change(session, feed_id, allowed, failures=0, next_poll_at=now)


def adopt(session: Session, feed_id: int, url: str | None, now: datetime) -> bool:
    """Poll the feed at `url` from now on; None for its own URL again.

    Nothing that belongs to the previous URL is kept. A poll of it under way loses its lease, so its
    outcome is discarded.
    """
    immediately = literal(now, Feed.next_poll_at.type)
    return _change(
        session,
        feed_id,
        Feed.enabled,
        adopted_url=url,
        moved_to=None,
        etag=None,
        last_modified=None,
        body_digest=None,
        entry_digests=None,
        listed_entries=None,
        missing_entries=None,
        status="failing",
        status_since=now,
        failures=0,
        error_kind=None,
        error_detail=None,
        next_poll_at=case((not_backing_off(now), immediately), else_=Feed.not_before),
        lease=None,
        lease_until=None,
    )


def find_redirect(session: Session, feed_id: int) -> str | None:
    """The target of the last permanent redirect, if it is not adopted yet."""
    return session.execute(select(Feed.moved_to).where(Feed.id == feed_id)).scalar_one_or_none()


def find_feed_ids(session: Session, address: str) -> list[int]:
    """The feed with that URL, configured or adopted; else the feeds of the source of that slug."""
    by_url = select(Feed.id).where(or_(Feed.url == address, Feed.adopted_url == address))
    by_slug = select(Feed.id).join(Source, Source.id == Feed.source_id)
    by_slug = by_slug.where(Source.slug == address, Feed.enabled)
    found = session.execute(by_url.order_by(Feed.id)).scalars().all()
    return list(found or session.execute(by_slug.order_by(Feed.position, Feed.id)).scalars())


def _change(
    session: Session, feed_id: int, only_if: ColumnExpressionArgument[bool], **values: object
) -> bool:
    change = update(Feed).where(Feed.id == feed_id, only_if).values(values)
    return affected_rows(session, change) > 0

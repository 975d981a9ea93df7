"""What an operator does to a feed, each a conditional UPDATE of one row."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, ColumnExpressionArgument, case, literal, or_, select, update
from sqlalchemy.orm import Session

from aggregator.storage.models import Feed, Source
from aggregator.storage.sql.row_counts import affected_rows


def schedule_now(session: Session, feed_id: int, now: datetime) -> bool:
    """Have the feed polled next, unless it is off, gone or its publisher asked for time."""
    return _change(session, feed_id, _is_polled(now), next_poll_at=now)


def resume(session: Session, feed_id: int, now: datetime) -> bool:
    """As `schedule_now`, for one that is gone or held back too; its failures are forgotten."""
    allowed = Feed.enabled & _not_backing_off(now)
    gone = {"status": "failing", "status_since": now, "error_kind": None, "error_detail": None}
    if _change(
        session, feed_id, allowed & (Feed.status == "gone"), failures=0, next_poll_at=now, **gone
    ):
        return True
    return _change(session, feed_id, allowed, failures=0, next_poll_at=now)


def adopt(session: Session, feed_id: int, url: str | None, now: datetime) -> bool:
    """Poll the feed at `url` from now on; None: at its own address again.

    Nothing is kept that belongs to the other address, and whoever polls that at the moment finds
    its lease gone: its outcome is void.
    """
    at_once = literal(now, Feed.next_poll_at.type)
    return _change(
        session,
        feed_id,
        Feed.enabled,
        adopted_url=url,
        moved_to=None,
        etag=None,
        last_modified=None,
        body_digest=None,
        status="failing",
        status_since=now,
        failures=0,
        error_kind=None,
        error_detail=None,
        next_poll_at=case((Feed.not_before > now, Feed.not_before), else_=at_once),
        lease=None,
        lease_until=None,
    )


def find_redirect(session: Session, feed_id: int) -> str | None:
    """Where the last poll was permanently redirected to, if that is not adopted yet."""
    return session.execute(select(Feed.moved_to).where(Feed.id == feed_id)).scalar_one_or_none()


def find_feed_ids(session: Session, address: str) -> list[int]:
    """The feed at that URL, as configured or adopted; else those of the source with that slug."""
    by_url = select(Feed.id).where(or_(Feed.url == address, Feed.adopted_url == address))
    by_slug = select(Feed.id).join(Source, Source.id == Feed.source_id)
    by_slug = by_slug.where(Source.slug == address, Feed.enabled)
    found = session.execute(by_url.order_by(Feed.id)).scalars().all()
    return list(found or session.execute(by_slug.order_by(Feed.position, Feed.id)).scalars())


def _is_polled(now: datetime) -> ColumnElement[bool]:
    return Feed.enabled & (Feed.status != "gone") & _not_backing_off(now)


def _not_backing_off(now: datetime) -> ColumnElement[bool]:
    return or_(Feed.not_before.is_(None), Feed.not_before <= now)


def _change(
    session: Session, feed_id: int, only_if: ColumnExpressionArgument[bool], **values: object
) -> bool:
    change = update(Feed).where(Feed.id == feed_id, only_if).values(values)
    return affected_rows(session, change) > 0

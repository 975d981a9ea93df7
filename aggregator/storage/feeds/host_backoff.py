"""Hosts that asked to be left alone: their feeds wait, which does not count as a failure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal, or_, select, update
from sqlalchemy.orm import Session

from aggregator.errors import LeaseLost
from aggregator.process.deadlines import latest_deadline
from aggregator.process.feeds.host_shares import authority
from aggregator.process.feeds.schedule import MAX_HOST_BACKOFF
from aggregator.storage.models import Feed
from aggregator.storage.models.base import UtcTime
from aggregator.storage.sql.deadlines import is_outside, is_past, is_pending
from aggregator.storage.sql.row_counts import affected_rows
from aggregator.types import FeedForPoll


def not_backing_off(now: datetime) -> ColumnElement[bool]:
    """Feeds that nobody asked to leave alone any longer."""
    return is_free_again(now, latest_deadline(now, MAX_HOST_BACKOFF))


def is_free_again(now: Any, latest: Any) -> ColumnElement[bool]:
    """`not_backing_off` with times or parameters: `latest` is the `latest_deadline`."""
    return or_(Feed.not_before.is_(None), is_outside(Feed.not_before, now, latest))


def defer_feed(session: Session, feed: FeedForPoll, until: datetime) -> None:
    """Release a feed unpolled, to be polled from `until` on. Raises `LeaseLost`."""
    mine = update(Feed).where(Feed.id == feed.id, Feed.lease == feed.lease)
    released = mine.values(_backoff_values(until) | {"lease": None, "lease_until": None})
    if not affected_rows(session, released):
        raise LeaseLost(feed.id)


def back_off_host(session: Session, host: str, until: datetime) -> None:
    """Poll no feed at `host` (as written by `authority`) before `until`.

    Rare enough to read the URL of every feed; no index has their hosts.
    """
    address = func.coalesce(Feed.adopted_url, Feed.url)
    sooner = or_(Feed.not_before.is_(None), is_past(Feed.not_before, until, MAX_HOST_BACKOFF))
    rows = session.execute(select(Feed.id, address).where(Feed.enabled, sooner))
    ids = [id_ for id_, url in rows if authority(url) == host]
    for start in range(0, len(ids), 500):
        some = Feed.id.in_(ids[start : start + 500])
        session.execute(update(Feed).where(some).values(_backoff_values(until)))


def _backoff_values(until: datetime) -> dict[str, object]:
    then = literal(until, UtcTime())  # without its type it would be stored as text
    return {
        "not_before": case(
            (is_pending(Feed.not_before, until, MAX_HOST_BACKOFF), Feed.not_before), else_=then
        ),
        "next_poll_at": case((Feed.next_poll_at > then, Feed.next_poll_at), else_=then),
    }

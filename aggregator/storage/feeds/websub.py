"""Subscriptions at hubs: one row per feed, changed only if it is still as it was read."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import ColumnElement, Update, and_, bindparam, delete, or_, select, update
from sqlalchemy.orm import Session

from aggregator.process.deadlines import latest_deadline
from aggregator.process.feeds.websub import MAX_REQUEST_WAIT
from aggregator.storage.models import Feed, Source, WebsubSubscription
from aggregator.storage.sql.deadlines import is_outside
from aggregator.storage.sql.row_counts import affected_rows
from aggregator.storage.sql.upsert import insert_or_ignore
from aggregator.types import HubState, HubSubscription

_DETAIL_LENGTH = 300


# --- as feeds name hubs ----------------------------------------------------------------------


def request_subscription(
    session: Session, feed_id: int, hub_url: str, topic_url: str, try_at: datetime
) -> None:
    """Request a subscription at the hub that the feed names, from `try_at` on.

    It replaces one at another hub, which is left to expire there.
    """
    values: dict[str, object] = {
        "hub_url": hub_url,
        "topic_url": topic_url,
        "token": secrets.token_urlsafe(32),
        "secret": secrets.token_urlsafe(32),
        "state": "pending",
        "requested_at": None,
        "lease_until": None,
        "last_push_at": None,
        "failures": 0,
        "next_try_at": try_at,
        "detail": None,
    }
    if not affected_rows(session, _update_by_feed(feed_id).values(values)):
        insert_or_ignore(session, WebsubSubscription, [values | {"feed_id": feed_id}])


def last_request(session: Session, feed_id: int) -> datetime | None:
    """When a hub was last sent a request for this feed."""
    return session.execute(
        select(WebsubSubscription.requested_at).where(WebsubSubscription.feed_id == feed_id)
    ).scalar_one_or_none()


def request_unsubscription(session: Session, feed_id: int, now: datetime) -> None:
    """Request the end of a subscription: the feed no longer names a hub."""
    session.execute(
        _update_by_feed(feed_id)
        .where(WebsubSubscription.state != "unsubscribed")
        .values(_unsubscribed_values | {"failures": 0, "next_try_at": now})
    )


def record_delivery(session: Session, feed_id: int, now: datetime) -> None:
    """Record that a delivery was stored."""
    session.execute(_update_by_feed(feed_id).values(last_push_at=now))


# --- requests to hubs ------------------------------------------------------------------------


def due_subscriptions(session: Session, now: datetime, limit: int) -> list[HubSubscription]:
    """Subscriptions that may need a request, the longest waiting first."""
    latest = latest_deadline(now, MAX_REQUEST_WAIT)
    parameters = {"now": now, "latest": latest, "limit": limit}
    rows = session.connection().execute(_DUE, parameters)
    return [HubSubscription(**row._mapping) for row in rows]


def claim_request(
    session: Session,
    read: HubSubscription,
    state: HubState,
    failures: int,
    now: datetime,
    next_try_at: datetime,
) -> bool:
    """Claim the next request to a hub; False if another process got there first.

    Until the hub confirms it, the request counts as failed.
    """
    values = {
        "state": state,
        "failures": failures,
        "next_try_at": next_try_at,
        "requested_at": now,
    }
    ended = _unsubscribed_values if state == "unsubscribed" else {}
    return affected_rows(session, _update_if_unchanged(read).values(values | ended)) > 0


def record_request_failure(session: Session, token: str, detail: str) -> None:
    """Record why a request failed; it will be retried."""
    session.execute(_update_by_token(token).values(detail=_clean_detail(detail)))


def mark_refused(session: Session, token: str, detail: str, next_try_at: datetime) -> None:
    """Record that the hub refused a subscription."""
    session.execute(
        _update_by_token(token)
        .where(WebsubSubscription.state.in_(("pending", "active")))
        .values(
            state="refused",
            lease_until=None,
            detail=_clean_detail(detail),
            next_try_at=next_try_at,
        )
    )


def delete_subscription(session: Session, token: str) -> None:
    """Delete a subscription that needs no further request."""
    session.execute(delete(WebsubSubscription).where(WebsubSubscription.token == token))


# --- answers of hubs -------------------------------------------------------------------------


def find(session: Session, token: str) -> HubSubscription | None:
    """The subscription with this callback token, if any."""
    row = session.execute(_subscriptions.where(WebsubSubscription.token == token)).one_or_none()
    return HubSubscription(**row._mapping) if row else None


def mark_active(session: Session, token: str, lease_until: datetime, next_try_at: datetime) -> None:
    """Record that the hub granted a subscription until `lease_until`."""
    session.execute(
        _update_by_token(token)
        .where(WebsubSubscription.state.in_(("pending", "active")))
        .values(
            state="active",
            lease_until=lease_until,
            next_try_at=next_try_at,
            failures=0,
            detail=None,
        )
    )


# --- statements ------------------------------------------------------------------------------

_unsubscribed_values: dict[str, object] = {
    "state": "unsubscribed",
    "lease_until": None,
    "last_push_at": None,
}
_enabled: ColumnElement[bool] = and_(Feed.enabled, Source.enabled)
_subscriptions = (
    select(
        WebsubSubscription.feed_id,
        WebsubSubscription.hub_url,
        WebsubSubscription.topic_url,
        WebsubSubscription.token,
        WebsubSubscription.secret,
        WebsubSubscription.state,
        WebsubSubscription.requested_at,
        WebsubSubscription.lease_until,
        WebsubSubscription.failures,
        WebsubSubscription.next_try_at,
        _enabled.label("enabled"),
        Feed.url.label("feed_url"),
    )
    .join(Feed, Feed.id == WebsubSubscription.feed_id)
    .join(Source, Source.id == Feed.source_id)
)
# Read every two seconds, so compiled once.
_DUE = (
    _subscriptions.where(
        or_(
            is_outside(WebsubSubscription.next_try_at, bindparam("now"), bindparam("latest")),
            and_(~_enabled, WebsubSubscription.state != "unsubscribed"),
        )
    )
    .order_by(WebsubSubscription.next_try_at)
    .limit(bindparam("limit"))
)


def _clean_detail(detail: str) -> str:
    return detail.replace("\0", "")[:_DETAIL_LENGTH]  # PostgreSQL takes no NUL


def _update_by_feed(feed_id: int) -> Update:
    return update(WebsubSubscription).where(WebsubSubscription.feed_id == feed_id)


def _update_by_token(token: str) -> Update:
    return update(WebsubSubscription).where(WebsubSubscription.token == token)


def _update_if_unchanged(read: HubSubscription) -> Update:
    return _update_by_token(read.token).where(
        WebsubSubscription.next_try_at == read.next_try_at,
        WebsubSubscription.state == read.state,
        WebsubSubscription.failures == read.failures,
    )

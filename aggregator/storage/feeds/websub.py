"""Subscriptions at hubs: one row a feed, changed only where it still is what was read."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.orm import Session

from aggregator.storage.models import Feed, Source, WebsubSubscription
from aggregator.storage.sql.upsert import insert_missing
from aggregator.types import HubState, HubSubscription

_DETAIL_LENGTH = 300


# --- what feeds say ----------------------------------------------------------------------------


def wish(session: Session, feed_id: int, hub_url: str, topic_url: str, try_at: datetime) -> None:
    """The feed names this hub: a new subscription is wished for from `try_at` on.

    It takes the place of one at another hub, which is left to run out there.
    """
    values: dict[str, Any] = {
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
    done = session.execute(_at(feed_id).values(values))
    if not done.rowcount:  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult
        insert_missing(session, WebsubSubscription, [values | {"feed_id": feed_id}])


def last_request(session: Session, feed_id: int) -> datetime | None:
    """When a hub was last asked for this feed."""
    return session.execute(
        select(WebsubSubscription.requested_at).where(WebsubSubscription.feed_id == feed_id)
    ).scalar_one_or_none()


def drop_wish(session: Session, feed_id: int, now: datetime) -> None:
    """The feed names no hub any more: the subscription is to be ended."""
    session.execute(
        _at(feed_id)
        .where(WebsubSubscription.state != "unsubscribed")
        .values(_without_pushes | {"failures": 0, "next_try_at": now})
    )


def note_push(session: Session, feed_id: int, now: datetime) -> None:
    """A delivery was stored."""
    session.execute(_at(feed_id).values(last_push_at=now))


# --- asking hubs -------------------------------------------------------------------------------


def waiting(session: Session, now: datetime, limit: int) -> list[HubSubscription]:
    """Subscriptions about which something may have to be done, the longest waiting first."""
    unwanted = and_(~_enabled, WebsubSubscription.state != "unsubscribed")
    rows = session.execute(
        _subscriptions.where(or_(WebsubSubscription.next_try_at <= now, unwanted))
        .order_by(WebsubSubscription.next_try_at)
        .limit(limit)
    )
    return [HubSubscription(**row._mapping) for row in rows]


def begin_request(
    session: Session,
    read: HubSubscription,
    state: HubState,
    failures: int,
    now: datetime,
    next_try_at: datetime,
) -> bool:
    """Whether this process is to ask the hub: False where another one was quicker.

    Until the hub confirms it, the request counts as one that failed.
    """
    values = {
        "state": state,
        "failures": failures,
        "next_try_at": next_try_at,
        "requested_at": now,
    }
    ended = _without_pushes if state == "unsubscribed" else {}
    done = session.execute(_as_read(read).values(values | ended))
    return bool(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult


def note_failure(session: Session, token: str, detail: str) -> None:
    """A request failed; it is tried again."""
    session.execute(_of(token).values(detail=_line(detail)))


def refuse(session: Session, token: str, detail: str, next_try_at: datetime) -> None:
    """The hub does not want it."""
    session.execute(
        _of(token)
        .where(WebsubSubscription.state.in_(("pending", "active")))
        .values(
            state="refused",
            lease_until=None,
            detail=_line(detail),
            next_try_at=next_try_at,
        )
    )


def forget(session: Session, token: str) -> None:
    """Nothing is left to be done about it."""
    session.execute(delete(WebsubSubscription).where(WebsubSubscription.token == token))


# --- what hubs say -----------------------------------------------------------------------------


def find(session: Session, token: str) -> HubSubscription | None:
    """The subscription with this callback."""
    row = session.execute(_subscriptions.where(WebsubSubscription.token == token)).one_or_none()
    return HubSubscription(**row._mapping) if row else None


def confirm(session: Session, token: str, lease_until: datetime, next_try_at: datetime) -> None:
    """The hub granted it until then."""
    session.execute(
        _of(token)
        .where(WebsubSubscription.state.in_(("pending", "active")))
        .values(
            state="active",
            lease_until=lease_until,
            next_try_at=next_try_at,
            failures=0,
            detail=None,
        )
    )


# --- statements --------------------------------------------------------------------------------

_without_pushes: dict[str, Any] = {
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
    )
    .join(Feed, Feed.id == WebsubSubscription.feed_id)
    .join(Source, Source.id == Feed.source_id)
)


def _line(detail: str) -> str:
    return detail.replace("\0", "")[:_DETAIL_LENGTH]  # PostgreSQL takes no NUL


def _at(feed_id: int) -> Any:
    return update(WebsubSubscription).where(WebsubSubscription.feed_id == feed_id)


def _of(token: str) -> Any:
    return update(WebsubSubscription).where(WebsubSubscription.token == token)


def _as_read(read: HubSubscription) -> Any:
    return _of(read.token).where(
        WebsubSubscription.next_try_at == read.next_try_at,
        WebsubSubscription.state == read.state,
        WebsubSubscription.failures == read.failures,
    )

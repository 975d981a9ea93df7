"""Deliveries of hubs, on their way from the web process to the poller that stores them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, delete, insert, select
from sqlalchemy.orm import Session

from aggregator.storage import models
from aggregator.storage.models import Feed
from aggregator.storage.models.base import table
from aggregator.types import Push

# Maximum deliveries waiting for one feed; the newest are kept.
MAX_PENDING_PUSHES = 8
_TYPE_LENGTH = 200
_ANY_WAITING = select(table(models.Push).c.id).limit(1)


def add(session: Session, feed_id: int, content_type: str, body: bytes, now: datetime) -> None:
    """Queue a delivery for a poller."""
    row = {
        "feed_id": feed_id,
        "received_at": now,
        "content_type": content_type[:_TYPE_LENGTH],
        "body": body,
    }
    session.execute(insert(models.Push), row)
    mine = models.Push.feed_id == feed_id
    newest = (
        select(models.Push.id).where(mine).order_by(models.Push.id.desc()).limit(MAX_PENDING_PUSHES)
    )
    session.execute(delete(models.Push).where(mine, models.Push.id.not_in(newest)))


def has_pushes(_now: datetime) -> ColumnElement[bool]:
    """Feeds with deliveries waiting, as a condition for `leases.claim`."""
    return Feed.id.in_(select(models.Push.feed_id))


def any_waiting(session: Session) -> bool:
    """Whether any delivery waits. Asked once a second, so compiled once."""
    return session.connection().execute(_ANY_WAITING).first() is not None


def list_pushes(session: Session, feed_id: int) -> list[Push]:
    """The deliveries waiting for a feed, in the order of arrival."""
    rows = session.execute(
        select(models.Push.id, models.Push.content_type, models.Push.body)
        .where(models.Push.feed_id == feed_id)
        .order_by(models.Push.id)
    )
    return [Push(*row) for row in rows]


def remove(session: Session, ids: Iterable[int]) -> None:
    """Delete deliveries that were stored or are of no use."""
    session.execute(delete(models.Push).where(models.Push.id.in_(tuple(ids))))

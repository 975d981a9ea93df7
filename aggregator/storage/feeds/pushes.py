"""What hubs delivered, from the web process that took it to the poller that stores it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, delete, insert, select
from sqlalchemy.orm import Session

from aggregator.storage import models
from aggregator.storage.models import Feed
from aggregator.types import Push

MAX_PENDING_PUSHES = 8
"""Deliveries of one feed that wait at most; the newest are kept."""
_TYPE_LENGTH = 200


def add(session: Session, feed_id: int, content_type: str, body: bytes, now: datetime) -> None:
    """Keep a delivery until a poller takes it."""
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
    """Feeds for which something was delivered (to be claimed by `leases.claim`)."""
    return Feed.id.in_(select(models.Push.feed_id))


def list_pushes(session: Session, feed_id: int) -> list[Push]:
    """What waits for a feed, in the order in which it arrived."""
    rows = session.execute(
        select(models.Push.id, models.Push.content_type, models.Push.body)
        .where(models.Push.feed_id == feed_id)
        .order_by(models.Push.id)
    )
    return [Push(*row) for row in rows]


def remove(session: Session, ids: Iterable[int]) -> None:
    """These are stored, or of no use."""
    session.execute(delete(models.Push).where(models.Push.id.in_(tuple(ids))))

"""Which topics a reader follows, and up to which entry they have seen each."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from aggregator.storage.entries.latest import latest_entry_id
from aggregator.storage.models import TopicRow, TopicSubscription
from aggregator.storage.models.base import table
from aggregator.storage.sql.upsert import insert_or_ignore

_follows, _topics = table(TopicSubscription), table(TopicRow)
_published = (
    select(_follows.c.topic_id, _follows.c.seen_up_to)
    .join_from(_follows, _topics, _topics.c.id == _follows.c.topic_id)
    .where(_follows.c.user_id == bindparam("reader"), _topics.c.state == "published")
)


def follow_topic(session: Session, user_id: int, topic_id: int, now: datetime) -> None:
    """Follow a topic; its entries so far count as seen."""
    row = {"user_id": user_id, "topic_id": topic_id, "followed_at": now}
    insert_or_ignore(session, TopicSubscription, [row | {"seen_up_to": latest_entry_id(session)}])


def unfollow_topic(session: Session, user_id: int, topic_id: int) -> None:
    """Unfollow a topic."""
    session.execute(
        delete(TopicSubscription).where(
            TopicSubscription.user_id == user_id, TopicSubscription.topic_id == topic_id
        )
    )


def mark_seen(session: Session, user_id: int, topic_id: int, up_to: int) -> None:
    """Move what the reader has seen of a topic up to this entry; never back."""
    session.execute(
        update(TopicSubscription)
        .where(
            TopicSubscription.user_id == user_id,
            TopicSubscription.topic_id == topic_id,
            TopicSubscription.seen_up_to < up_to,
        )
        .values(seen_up_to=up_to)
    )


def subscriptions(session: Session, user_id: int) -> dict[int, int]:
    """The id of the last entry seen, by published topic that a reader follows."""
    rows = session.execute(_published, {"reader": user_id}).all()
    return dict(rows)

"""Which topics a reader follows, and up to which entry they have seen each."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from aggregator.storage.entries.latest import latest_entry_id
from aggregator.storage.models import TopicRow, TopicSubscription
from aggregator.storage.sql.upsert import insert_or_ignore


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
    rows = session.execute(
        select(TopicSubscription.topic_id, TopicSubscription.seen_up_to)
        .join(TopicRow, TopicRow.id == TopicSubscription.topic_id)
        .where(TopicSubscription.user_id == user_id, TopicRow.state == "published")
    )
    return {row.topic_id: row.seen_up_to for row in rows}

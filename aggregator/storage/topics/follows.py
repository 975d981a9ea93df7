"""Which topics a reader follows, and up to which entry they have seen each."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from aggregator.storage.models import Entry, TopicRow, TopicSubscription
from aggregator.storage.sql.upsert import insert_or_ignore


def follow_topic(session: Session, user_id: int, topic_id: int, now: datetime) -> None:
    """Follow a topic; what is in it so far counts as seen."""
    row = {"user_id": user_id, "topic_id": topic_id, "followed_at": now}
    insert_or_ignore(session, TopicSubscription, [row | {"seen_up_to": latest_entry_id(session)}])


def unfollow_topic(session: Session, user_id: int, topic_id: int) -> None:
    """Follow a topic no longer."""
    session.execute(
        delete(TopicSubscription).where(
            TopicSubscription.user_id == user_id, TopicSubscription.topic_id == topic_id
        )
    )


def mark_seen(session: Session, user_id: int, topic_id: int, up_to: int) -> None:
    """The reader has seen the topic up to this entry; never back."""
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
    """Up to which entry a reader has seen each topic that they follow and that is published."""
    rows = session.execute(
        select(TopicSubscription.topic_id, TopicSubscription.seen_up_to)
        .join(TopicRow, TopicRow.id == TopicSubscription.topic_id)
        .where(TopicSubscription.user_id == user_id, TopicRow.state == "published")
    )
    return {row.topic_id: row.seen_up_to for row in rows}


def latest_entry_id(session: Session) -> int:
    """The id of the entry that arrived last, 0 without any."""
    return session.execute(select(func.coalesce(func.max(Entry.id), 0))).scalar_one()

"""Which stories a reader follows, and up to which entry they have seen each."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from aggregator.storage.entries.latest import latest_entry_id
from aggregator.storage.models import StoryFollow
from aggregator.storage.sql.upsert import insert_or_ignore
from aggregator.types import StoryReadState


def follow_story(session: Session, user_id: int, story_id: int, now: datetime) -> None:
    """Follow a story; its entries so far count as seen."""
    row = {"user_id": user_id, "story_id": story_id, "followed_at": now}
    insert_or_ignore(session, StoryFollow, [row | {"seen_up_to": latest_entry_id(session)}])


def unfollow_story(session: Session, user_id: int, story_id: int) -> None:
    """Stop following a story."""
    session.execute(
        delete(StoryFollow).where(StoryFollow.user_id == user_id, StoryFollow.story_id == story_id)
    )


def story_read_state(session: Session, user_id: int, story_id: int) -> StoryReadState:
    """Whether a reader follows a story, and how far they have seen it."""
    seen = session.execute(
        select(StoryFollow.seen_up_to).where(
            StoryFollow.user_id == user_id, StoryFollow.story_id == story_id
        )
    ).scalar_one_or_none()
    return StoryReadState(seen is not None, seen)


def mark_story_seen(session: Session, user_id: int, story_id: int, up_to: int) -> None:
    """Move what the reader has seen of a story up to the entry `up_to`; never back."""
    session.execute(
        update(StoryFollow)
        .where(
            StoryFollow.user_id == user_id,
            StoryFollow.story_id == story_id,
            StoryFollow.seen_up_to < up_to,
        )
        .values(seen_up_to=up_to)
    )

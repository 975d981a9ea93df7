"""Which stories a reader follows, and up to which entry they have seen each."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import case, delete, or_, select, update
from sqlalchemy.orm import Session

from aggregator.storage.entries.latest import latest_entry_id
from aggregator.storage.models import StoryFollow
from aggregator.storage.sql.upsert import insert_or_ignore
from aggregator.types import StoryReadState


def follow_story(
    session: Session, user_id: int, story_id: int, title: str, language: str, now: datetime
) -> None:
    """Follow a story under this headline; its entries so far count as seen."""
    row = {
        "user_id": user_id,
        "story_id": story_id,
        "followed_at": now,
        "seen_up_to": latest_entry_id(session),
        "title": title,
        "language": language,
    }
    insert_or_ignore(session, StoryFollow, [row])


def unfollow_story(session: Session, user_id: int, story_id: int) -> None:
    """Stop following a story."""
    session.execute(
        delete(StoryFollow).where(StoryFollow.user_id == user_id, StoryFollow.story_id == story_id)
    )


def followed_story_ids(session: Session, user_id: int) -> tuple[int, ...]:
    """The stories that a user follows, in the order in which they were followed."""
    mine = select(StoryFollow.story_id).where(StoryFollow.user_id == user_id)
    ordered = mine.order_by(StoryFollow.followed_at, StoryFollow.story_id)
    return tuple(session.execute(ordered).scalars())


def story_read_state(session: Session, user_id: int, story_id: int) -> StoryReadState:
    """Whether a reader follows a story, and how far they have seen it."""
    row = session.execute(
        select(StoryFollow.seen_up_to, StoryFollow.title).where(
            StoryFollow.user_id == user_id, StoryFollow.story_id == story_id
        )
    ).one_or_none()
    return StoryReadState() if row is None else StoryReadState(True, row.seen_up_to, row.title)


def mark_story_seen(
    session: Session, user_id: int, story_id: int, up_to: int, title: str, language: str
) -> None:
    """Move what the reader has seen of a story up to the entry `up_to`, never back.

    From now on they know it by this headline.
    """
    seen = StoryFollow.seen_up_to
    session.execute(
        update(StoryFollow)
        .where(
            StoryFollow.user_id == user_id,
            StoryFollow.story_id == story_id,
            or_(seen < up_to, StoryFollow.title != title, StoryFollow.language != language),
        )
        .values(
            seen_up_to=case((seen < up_to, up_to), else_=seen),
            title=title,
            language=language,
        )
    )

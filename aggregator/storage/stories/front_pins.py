"""Stories that editors put at the top of the front page for some hours."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from aggregator.storage.models import FrontPin
from aggregator.storage.sql.upsert import insert_or_replace
from aggregator.types import StoryPin


def pins(session: Session, now: datetime) -> tuple[StoryPin, ...]:
    """The pins that have not expired, the latest first."""
    rows = session.execute(
        select(FrontPin)
        .where(FrontPin.expires_at > now)
        .order_by(FrontPin.pinned_at.desc(), FrontPin.story_id)
    ).scalars()
    return tuple(StoryPin(row.story_id, row.editor, row.pinned_at, row.expires_at) for row in rows)


def pin(session: Session, new: StoryPin) -> None:
    """Pin a story, or change its pin; drops those that have expired."""
    session.execute(delete(FrontPin).where(FrontPin.expires_at <= new.pinned_at))
    values = {
        "editor": new.editor, "pinned_at": new.pinned_at, "expires_at": new.expires_at,
    }  # fmt: skip
    insert_or_replace(session, FrontPin, [{"story_id": new.story_id} | values], *values)


def unpin(session: Session, story_id: int) -> None:
    """Unpin a story."""
    session.execute(delete(FrontPin).where(FrontPin.story_id == story_id))


def move_pin(session: Session, story_id: int, to_story: int) -> None:
    """Hand the pin of a merged story on, unless the other has one itself."""
    if session.get(FrontPin, to_story) is None:
        moved = update(FrontPin).where(FrontPin.story_id == story_id)
        session.execute(moved.values(story_id=to_story))
    else:
        unpin(session, story_id)

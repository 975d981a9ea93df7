"""The stories that a reader follows, with the number of entries new to them in each."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from aggregator.storage.listing import summaries as entries
from aggregator.storage.models import Entry, StoryEntry, StoryFollow, StoryRow
from aggregator.storage.models.base import table
from aggregator.types import FollowedStory

# Stories listed: those with the latest news.
MAX_FOLLOWED_STORIES = 100


def followed_stories(session: Session, reader: int) -> tuple[FollowedStory, ...]:
    """The stories that a reader follows, the latest news first."""
    rows = session.execute(_FOLLOWED, {"reader": reader}).all()
    leads = entries.summaries_by_id(session, [row.lead for row in rows], reader, copies=False)
    return tuple(
        FollowedStory(row.story_id, leads[row.lead], row.new, row.sources, row.last_at)
        for row in rows
        if row.lead in leads
    )


def _of_reader() -> Select[Any]:
    """A story of several entries by its row, an entry alone by itself."""
    follows, members = table(StoryFollow).c, table(StoryEntry).c
    stories, alone = table(StoryRow).c, table(Entry).c
    new = (
        select(func.count())
        .where(members.story_id == follows.story_id, members.entry_id > follows.seen_up_to)
        .scalar_subquery()
    )
    latest = func.coalesce(stories.last_at, alone.published_at)
    return (
        select(
            follows.story_id,
            new.label("new"),
            func.coalesce(stories.lead_id, follows.story_id).label("lead"),
            func.coalesce(stories.source_count, 1).label("sources"),
            latest.label("last_at"),
        )
        .select_from(table(StoryFollow))
        .outerjoin(table(StoryRow), stories.id == follows.story_id)
        .outerjoin(table(Entry), alone.id == follows.story_id)
        .where(follows.user_id == bindparam("reader"), latest.is_not(None))
        .order_by(latest.desc(), follows.story_id.desc())
        .limit(MAX_FOLLOWED_STORIES)
    )


_FOLLOWED = _of_reader()

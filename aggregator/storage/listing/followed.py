"""The stories that a reader follows, with the number of entries new to them in each."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from aggregator.storage.listing import summaries as entries
from aggregator.storage.models import Entry, StoryEntry, StoryFollow, StoryRow
from aggregator.storage.models.base import table
from aggregator.types import FollowedStory

# Stories listed: those with the latest news.
MAX_FOLLOWED_STORIES = 100


def followed_stories(session: Session, reader: int) -> tuple[FollowedStory, ...]:
    """The stories that a reader follows, the latest news first."""
    follows, members = table(StoryFollow).c, table(StoryEntry).c
    new = (
        select(func.count())
        .where(members.story_id == follows.story_id, members.entry_id > follows.seen_up_to)
        .scalar_subquery()
    )
    latest = func.coalesce(StoryRow.last_at, Entry.published_at)
    rows = session.execute(
        select(
            follows.story_id,
            new.label("new"),
            func.coalesce(StoryRow.lead_id, follows.story_id).label("lead"),
            func.coalesce(StoryRow.source_count, 1).label("sources"),
            latest.label("last_at"),
        )
        .select_from(table(StoryFollow))
        .outerjoin(StoryRow, StoryRow.id == follows.story_id)
        .outerjoin(Entry, Entry.id == follows.story_id)
        .where(follows.user_id == reader, latest.is_not(None))
        .order_by(latest.desc(), follows.story_id.desc())
        .limit(MAX_FOLLOWED_STORIES)
    ).all()
    leads = entries.summaries_by_id(session, [row.lead for row in rows], reader, copies=False)
    return tuple(
        FollowedStory(row.story_id, leads[row.lead], row.new, row.sources, row.last_at)
        for row in rows
        if row.lead in leads
    )

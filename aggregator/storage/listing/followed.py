"""The stories that a reader follows, with the number of entries new to them in each."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, select
from sqlalchemy.orm import Session

from aggregator.storage.listing import summaries as entries
from aggregator.storage.models import Entry, StoryEntry, StoryFollow, StoryLanguage, StoryRow
from aggregator.storage.models.base import table
from aggregator.text.direction import detect_direction
from aggregator.types import EntrySummary, FollowedStory

# Stories listed: those with the latest news.
MAX_FOLLOWED_STORIES = 100


def followed_stories(session: Session, reader: int) -> tuple[FollowedStory, ...]:
    """The stories that a reader follows, the latest news first.

    Each keeps the headline that they know, and the language of it.
    """
    rows = session.execute(_followed(), {"reader": reader}).all()
    leads = entries.summaries_by_id(session, [row.lead for row in rows], None, copies=False)
    return tuple(
        FollowedStory(
            row.story_id,
            lead,
            _under_name(lead, row.title, row.language),
            row.new,
            row.sources,
            row.last_at,
        )
        for row in rows
        if (lead := leads.get(row.lead))
    )


@cache
def _followed() -> Select[Any]:
    follows, members = table(StoryFollow).c, table(StoryEntry).c
    stories, languages = table(StoryRow).c, table(StoryLanguage).c
    alone = table(Entry).c
    new = (
        select(func.count())
        .where(members.story_id == follows.story_id, members.entry_id > follows.seen_up_to)
        .scalar_subquery()
    )
    latest = func.coalesce(stories.last_at, alone.published_at)
    in_language = and_(
        languages.story_id == follows.story_id, languages.language == follows.language
    )
    return (
        select(
            follows.story_id,
            follows.title,
            follows.language,
            new.label("new"),
            func.coalesce(languages.lead_id, stories.lead_id, follows.story_id).label("lead"),
            func.coalesce(stories.source_count, 1).label("sources"),
            latest.label("last_at"),
        )
        .select_from(table(StoryFollow))
        .outerjoin(table(StoryRow), stories.id == follows.story_id)
        .outerjoin(table(StoryLanguage), in_language)
        .outerjoin(table(Entry), alone.id == follows.story_id)
        .where(follows.user_id == bindparam("reader"), latest.is_not(None))
        .order_by(latest.desc(), follows.story_id.desc())
        .limit(MAX_FOLLOWED_STORIES)
    )


def _under_name(lead: EntrySummary, title: str, language: str) -> EntrySummary:
    """The entry under the headline that the reader knows; one without any is what it is now."""
    if not title:
        return lead
    direction = detect_direction(title, lead.direction)
    return lead._replace(title=title, language=language, direction=direction)

"""What the front page opens with: stories of the latest arrivals, one of them as a card."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from aggregator.storage.listing import summaries as entries
from aggregator.storage.listing.filters import load_mute_filter
from aggregator.storage.listing.stories import attach_stories
from aggregator.storage.listing.story_members import StoryMember, members_of_stories
from aggregator.storage.models import StoryEntry, StoryRow
from aggregator.storage.models.base import table
from aggregator.types import EntryFilter, EntryPage, EntrySummary

# Latest arrivals among which stories are looked for: a page costs the same with any archive.
MAX_ARRIVALS_SCANNED = 3000
CANDIDATES = 12

_members = table(StoryEntry).c


def recent_stories(session: Session) -> dict[int, list[StoryMember]]:
    """The entries of the stories with the most of the latest arrivals, by story."""
    latest = session.execute(select(func.max(_members.entry_id))).scalar_one() or 0
    story_id = _members.story_id + 0  # grouping by its index, SQLite would read all stories
    ids = session.execute(
        select(story_id)
        .where(_members.entry_id > latest - MAX_ARRIVALS_SCANNED)
        .group_by(story_id)
        .order_by(func.count().desc(), story_id.desc())
        .limit(CANDIDATES)
    ).scalars()
    return members_of_stories(session, list(ids))


def find_story_card(
    session: Session, story_id: int, reader: int | None, chosen: EntryFilter
) -> EntrySummary | None:
    """A story as a list shows it; None if it is gone, or if the reader muted it."""
    shown_id = session.execute(
        select(StoryRow.shown_id).where(StoryRow.id == story_id)
    ).scalar_one_or_none()
    if shown_id is None:
        return None
    found = entries.summaries_by_id(session, [shown_id], reader, copies=True)
    page = attach_stories(session, EntryPage(tuple(found.values()), None), reader, chosen)
    mutes = load_mute_filter(session, chosen, reader)
    return next((card for card in page.entries if not mutes.hides(card)), None)

"""What the front page opens with: the stories that were told lately, one of them as a card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from aggregator.storage.listing import summaries as entries
from aggregator.storage.listing.filters import load_mute_filter
from aggregator.storage.listing.stories import attach_stories
from aggregator.storage.listing.story_members import members_of_stories
from aggregator.storage.models import StoryEntry, StoryRow
from aggregator.storage.models.base import table
from aggregator.types import EntryFilter, EntryPage, EntrySummary

MAX_ARRIVALS_SCANNED = 3000
"""Arrivals among which stories are looked for: so a page costs the same whatever the archive."""
CANDIDATES = 12

_members = table(StoryEntry).c


def recent_stories(session: Session) -> dict[int, Sequence[Row[*tuple[Any, ...]]]]:
    """The entries of the stories that most of the last arrivals belong to."""
    latest = session.execute(select(func.max(_members.entry_id))).scalar_one() or 0
    ids = session.execute(
        select(_members.story_id)
        .where(_members.entry_id > latest - MAX_ARRIVALS_SCANNED)
        .group_by(_members.story_id)
        .order_by(func.count().desc(), _members.story_id.desc())
        .limit(CANDIDATES)
    ).scalars()
    return dict(members_of_stories(session, list(ids)))


def find_story_card(
    session: Session, story_id: int, reader: int | None, chosen: EntryFilter
) -> EntrySummary | None:
    """A story as a list shows it; None where it is gone, or muted by the reader."""
    shown = session.execute(
        select(StoryRow.shown_id).where(StoryRow.id == story_id)
    ).scalar_one_or_none()
    found = entries.summaries_by_id(session, [shown], reader, copies=True) if shown else {}
    page = attach_stories(session, EntryPage(tuple(found.values()), None), reader, chosen)
    muting = load_mute_filter(session, chosen, reader)
    for card in page.entries:
        if card.source.id in muting.source_ids or (
            muting.hides_title and muting.hides_title(card.title)
        ):
            return None
        return card
    return None

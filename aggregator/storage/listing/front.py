"""What the front page opens with: the stories that were told lately, one of them as a card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from aggregator.storage.listing import summaries as entries
from aggregator.storage.listing.filters import find_muting
from aggregator.storage.listing.stories import in_stories
from aggregator.storage.listing.story_members import members_of_stories
from aggregator.storage.models import StoryEntry, StoryRow
from aggregator.storage.models.base import table
from aggregator.types import EntryFilter, EntryPage, EntrySummary

LOOKED_AT = 3000
"""Arrivals among which stories are looked for: so a page costs the same whatever the archive."""
CANDIDATES = 12

_members = table(StoryEntry).c


def told_lately(session: Session) -> dict[int, Sequence[Row[*tuple[Any, ...]]]]:
    """The entries of the stories that most of the last arrivals belong to."""
    latest = session.execute(select(func.max(_members.entry_id))).scalar_one() or 0
    ids = session.execute(
        select(_members.story_id)
        .where(_members.entry_id > latest - LOOKED_AT)
        .group_by(_members.story_id)
        .order_by(func.count().desc(), _members.story_id.desc())
        .limit(CANDIDATES)
    ).scalars()
    return dict(members_of_stories(session, list(ids)))


def find_card(
    session: Session, story_id: int, reader: int | None, chosen: EntryFilter
) -> EntrySummary | None:
    """A story as a list shows it; None where it is gone, or muted by the reader."""
    shown = session.execute(
        select(StoryRow.shown_id).where(StoryRow.id == story_id)
    ).scalar_one_or_none()
    found = entries.entries_of(session, [shown], reader, copies=True) if shown else {}
    page = in_stories(session, EntryPage(tuple(found.values()), None), reader, chosen)
    muting = find_muting(session, chosen, reader)
    for card in page.entries:
        if card.source.id in muting.source_ids or (muting.hides and muting.hides(card.title)):
            return None
        return card
    return None

"""The story that opens the front page."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from aggregator.process.stories.ranking import SourceReport, prominence
from aggregator.storage.listing import front
from aggregator.types import EntryFilter, EntryPage, EntrySummary, User


def rank_stories(session: Session, now: datetime) -> tuple[int, ...]:
    """The ids of the most prominent stories at present, the most prominent first."""
    ranked = []
    for story, members in front.recent_stories(session).items():
        reports = (
            SourceReport(
                member.source_id,
                member.published_at,
                not (member.duplicate_of or member.reprint_of),
            )
            for member in members
        )
        ranked.append((prominence(reports, now), story))
    return tuple(story for score, story in sorted(ranked, reverse=True) if score > 0)


def find_top_story(
    session: Session,
    reader: User | None,
    chosen: EntryFilter,
    page: EntryPage,
    ranked: Iterable[int],
) -> EntrySummary | None:
    """The first of the `ranked` stories visible to the reader, as a card; None if there is none."""
    on_page = {entry.story.id: entry for entry in page.entries if entry.story}
    for story in ranked:
        card = on_page.get(story) or front.find_story_card(
            session, story, reader.id if reader else None, chosen
        )
        if card is not None and card.story is not None:
            return card
    return None

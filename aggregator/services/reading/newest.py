"""The newest of a list in full, as feeds and maps of the site need it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from aggregator.services.reading import stories
from aggregator.storage.listing.summaries import find_details, find_page
from aggregator.types import EntryDetail, EntryFilter, EntrySummary, StorySummary, User

# Stories per query when many are wanted.
_PAGE = 200


@dataclass(frozen=True, slots=True)
class StoryDetail:
    """A story with its lead in full; `story` is None for an entry alone."""

    story: StorySummary | None
    lead: EntryDetail


def newest_entries(
    session: Session, reader: User | None, chosen: EntryFilter, limit: int
) -> tuple[EntryDetail, ...]:
    """The newest entries of a list. Raises NotFound for what the filter names."""
    reader_id = reader.id if reader else None
    ids, _ = find_page(session, chosen, reader=reader_id, cursor=None, limit=limit)
    return find_details(session, ids)


def newest_stories(session: Session, chosen: EntryFilter, limit: int) -> tuple[StoryDetail, ...]:
    """The stories with the latest news. Raises NotFound for what the filter names."""
    page = stories.list_stories(session, None, chosen, limit=limit)
    cards = {entry.id: entry for entry in page.entries}
    leads = find_details(session, list(cards))
    return tuple(_with_card(lead, cards[lead.summary.id]) for lead in leads)


def _with_card(lead: EntryDetail, card: EntrySummary) -> StoryDetail:
    """The picture may be of another entry of the story."""
    summary = lead.summary._replace(image_url=card.image_url)
    return StoryDetail(card.story, replace(lead, summary=summary))


def stories_since(session: Session, since: datetime, limit: int) -> tuple[EntrySummary, ...]:
    """The leads of at most `limit` stories with news after `since`, the latest first."""
    found: list[EntrySummary] = []
    cursor = None
    while len(found) < limit:
        size = min(_PAGE, limit - len(found))
        page = stories.list_stories(session, None, EntryFilter(stories=True), cursor, size)
        found += (entry for entry in page.entries if entry.stands_at > since)
        cursor = page.next_cursor
        if cursor is None or (page.entries and page.entries[-1].stands_at <= since):
            break
    return tuple(found)


def story_entries(
    session: Session, story_id: int, limit: int, languages: Sequence[str] = ()
) -> tuple[stories.StoryView, tuple[EntryDetail, ...]]:
    """A story and its last entries to arrive, the latest first. Raises NotFound.

    Its lead is that in the first of `languages` that the story has.
    """
    view = stories.get_story_view(session, None, story_id, limit=limit, languages=languages)
    return view, find_details(session, [entry.id for entry in reversed(view.entries)])

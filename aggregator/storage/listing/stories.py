"""Stories as readers see them: the card that stands for one in a list, and everything in it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from aggregator.errors import NotFound
from aggregator.storage.feeds import overview
from aggregator.storage.listing import summaries as entries
from aggregator.storage.listing.filters import MuteFilter, load_mute_filter
from aggregator.storage.listing.story_members import (
    StoryMember,
    members_of_entries,
    members_of_stories,
)
from aggregator.storage.models import Source, StoryRow
from aggregator.storage.models.base import table
from aggregator.storage.readers.read_state import read_ids
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import in_list
from aggregator.storage.stories.write import current_id
from aggregator.types import EntryFilter, EntryPage, EntrySummary, SourceRef, StorySummary
from aggregator.types.limits import is_id

# Sources of a story that lists name.
MAX_NAMED_SOURCES = 4
MAX_JOIN_TIMES = 12


class _StoredStory(NamedTuple):
    """The row of a story of several entries."""

    id: int
    lead_id: int
    entry_count: int
    source_count: int
    languages: str
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class FoundStory:
    """A story with all of its entries, in the order of publication; an entry alone is one too."""

    id: int
    entries: tuple[EntrySummary, ...]
    lead_id: int
    """The entry with its headline."""


# --- lists -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _StoryCards:
    """What the cards of a page of stories are made of, each fetched in one query."""

    members: dict[int, list[StoryMember]]
    """By story."""
    member_of: dict[int, StoryMember]
    """By entry."""
    stories: dict[int, _StoredStory]
    leads: dict[int, EntrySummary]
    sources: dict[int, SourceRef]
    """Without those that the reader muted."""
    read: frozenset[int]

    def card(self, entry: EntrySummary, chosen: EntryFilter, mutes: MuteFilter) -> EntrySummary:
        """An entry of the list as the card of its story."""
        member = self.member_of.get(entry.id)
        story = self.stories.get(member.story_id) if member else None
        if member is None or story is None:
            return replace(entry, agency=member.agency if member else "")
        members = self.members[story.id]
        lead = self.leads.get(story.lead_id, entry)
        return replace(
            lead if _is_listed(lead, chosen, mutes) else entry,
            agency=next((each.agency for each in members if each.agency), ""),
            read=all(each.id in self.read for each in members),
            story=_summary(story, members, self.sources, entry.id),
        )


def attach_stories(
    session: Session, page: EntryPage, reader: int | None, chosen: EntryFilter
) -> EntryPage:
    """A page of a list of stories: each story as a card with the headline of its lead.

    A lead that the list does not show (another language, a source or a word that the reader muted)
    gives way to the entry that the list has of the story.
    """
    members = members_of_entries(session, [entry.id for entry in page.entries])
    if not members:
        return page
    mutes = load_mute_filter(session, chosen, reader)
    cards = _load_cards(session, members, reader, mutes)
    shown = tuple(cards.card(entry, chosen, mutes) for entry in page.entries)
    return EntryPage(shown, page.next_cursor)


def _load_cards(
    session: Session, members: Sequence[StoryMember], reader: int | None, mutes: MuteFilter
) -> _StoryCards:
    by_story: dict[int, list[StoryMember]] = {}
    for member in members:
        by_story.setdefault(member.story_id, []).append(member)
    several = [story for story, found in by_story.items() if len(found) > 1]
    stories = _stored_stories(session, several)
    lead_ids = sorted({story.lead_id for story in stories.values()})
    refs = overview.source_refs(session, {member.source_id for member in members})
    return _StoryCards(
        by_story,
        {member.id: member for member in members},
        stories,
        entries.summaries_by_id(session, lead_ids, reader, copies=False),
        {id_: ref for id_, ref in refs.items() if id_ not in mutes.source_ids},
        read_ids(session, reader, members) if reader is not None else frozenset(),
    )


def _stored_stories(session: Session, story_ids: Collection[int]) -> dict[int, _StoredStory]:
    rows = session.execute(_story_rows(dialect_of(session)), {"keys": story_ids})
    return {story.id: story for story in map(_StoredStory._make, rows)}


@cache
def _story_rows(dialect: str) -> Select[Any]:
    columns = table(StoryRow).c
    found = select(*(columns[name] for name in _StoredStory._fields))
    return found.where(in_list(columns.id, "keys", dialect))


def _is_listed(lead: EntrySummary, chosen: EntryFilter, mutes: MuteFilter) -> bool:
    """Whether the list could show this entry itself."""
    return (
        not mutes.hides(lead)
        and chosen.country in (None, lead.source.country)
        and chosen.source in (None, lead.source.slug)
        and chosen.language in (None, lead.language)
    )


def _summary(
    story: _StoredStory,
    members: Sequence[StoryMember],
    sources: dict[int, SourceRef],
    shown_id: int,
) -> StorySummary:
    joined: dict[int, datetime] = {}
    for member in sorted(members, key=lambda member: (member.published_at, member.id)):
        joined.setdefault(member.source_id, member.published_at)
    shown_at = (member.published_at for member in members if member.id == shown_id)
    return StorySummary(
        id=story.id,
        entry_count=story.entry_count,
        source_count=story.source_count,
        sources=tuple(sources[id_] for id_ in joined if id_ in sources)[:MAX_NAMED_SOURCES],
        languages=tuple(story.languages.split()),
        first_at=story.first_at,
        last_at=next(shown_at, story.last_at),
        shown_id=shown_id,
        entry_ids=tuple(member.id for member in members),
        joined=tuple(sorted(joined.values(), reverse=True)[:MAX_JOIN_TIMES]),
    )


# --- one story -------------------------------------------------------------------------------


def find_story(session: Session, story_id: int, reader: int | None) -> FoundStory:
    """A story; its `id` differs from `story_id` if it was merged. Raises NotFound."""
    if not is_id(story_id):
        raise NotFound("story", story_id)
    id_ = current_id(session, story_id)
    members = members_of_stories(session, [id_]).get(id_, [])
    if not members:  # perhaps the number of an entry within another story
        siblings = members_of_entries(session, [id_])
        if siblings and siblings[0].story_id != id_:
            return find_story(session, siblings[0].story_id, reader)
    by_id = {member.id: member for member in members}
    found = entries.summaries_by_id(session, sorted(by_id) or [id_], reader, copies=False)
    if not found:
        raise NotFound("story", story_id)
    ordered = sorted(found.values(), key=lambda entry: (entry.published_at, entry.id))
    stored = _stored_stories(session, [id_]).get(id_)
    lead_id = stored.lead_id if stored and stored.lead_id in found else ordered[0].id
    return FoundStory(
        id_, tuple(_with_membership(entry, by_id.get(entry.id)) for entry in ordered), lead_id
    )


def _with_membership(entry: EntrySummary, member: StoryMember | None) -> EntrySummary:
    if member is None:
        return entry
    return replace(entry, agency=member.agency, reprint_of=member.reprint_of)


def leads_of(session: Session, story_ids: Collection[int]) -> dict[int, EntrySummary]:
    """The entry with the headline of each of these stories; an entry alone is its own."""
    stored = _stored_stories(session, sorted(story_ids))
    leads = {id_: stored[id_].lead_id if id_ in stored else id_ for id_ in story_ids}
    found = entries.summaries_by_id(session, sorted(leads.values()), None, copies=False)
    return {story: found[lead] for story, lead in leads.items() if lead in found}


def ownership(session: Session, source_ids: Collection[int]) -> dict[int, str]:
    """Who owns these sources, as far as that is configured."""
    rows = session.execute(select(Source.id, Source.ownership).where(Source.id.in_(source_ids)))
    return {row.id: row.ownership for row in rows if row.ownership}

"""The cards of a list of stories: each stands for one story, under the headline of its lead.

A card is made from the digest of its story (`storage.stories.digests`): a page of stories reads
what it shows, however many entries the stories have. What all cards need is read together, before
the first of them is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from aggregator.storage.feeds import overview
from aggregator.storage.listing import summaries as entries
from aggregator.storage.listing.coverage import coverage_by
from aggregator.storage.listing.filters import MuteFilter, load_mute_filter, resolve_scope
from aggregator.storage.listing.stories import STORY_COLUMNS, StoredStory, preferred_leads
from aggregator.storage.models import StoryEntry, StoryRow
from aggregator.storage.models.base import table
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import in_list
from aggregator.storage.stories.digests import PackedStory
from aggregator.types import EntryFilter, EntryPage, EntrySummary, SourceRef, StorySummary

# Sources of a story that lists name.
MAX_NAMED_SOURCES = 4

_members, _stories = table(StoryEntry).c, table(StoryRow).c


def list_stories(
    session: Session,
    chosen: EntryFilter,
    *,
    reader: int | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> EntryPage:
    """A page of a list of stories. Raises as `summaries.list_entries`."""
    ids, next_cursor = entries.find_page(session, chosen, reader=reader, cursor=cursor, limit=limit)
    cards = story_cards(session, ids, reader, chosen)
    return EntryPage(tuple(cards[id_] for id_ in ids if id_ in cards), next_cursor)


def story_cards(
    session: Session, ids: Sequence[int], reader: int | None, chosen: EntryFilter
) -> dict[int, EntrySummary]:
    """The cards of the stories of entries, by entry; without those that no longer exist.

    The headline is that of the lead in the language of the list, else in the first of
    `chosen.headlines` that the story has. A lead that the list does not show (a source or a word
    that the reader muted, a source that they do not follow in a list of those, one of another
    owner) gives way to an entry that it does. A headline without a picture gets that of the
    story's own lead, else that of the entry.
    """
    found = session.execute(_stories_of(dialect_of(session)), {"keys": ids}).all()
    agencies = {row[0]: row[1] for row in found if row[1]}
    story_of = {row[0]: StoredStory._make(row[2:]) for row in found if row[2] is not None}
    stories = {story.id: story for story in story_of.values()}
    packed = {id_: story.unpack() for id_, story in stories.items()}
    mutes = load_mute_filter(session, chosen, reader)
    choice = _choose(session, stories, packed, reader, mutes, chosen)
    headlines = (id_ for each in choice.leads.values() for id_ in each)
    leads = (story.lead_id for story in stories.values())
    known, read = entries.summaries_beside(
        session,
        list(dict.fromkeys([*ids, *headlines, *leads])),
        reader,
        [entry for each in packed.values() for entry in each.latest],
        copies=not chosen.duplicates,
    )
    cards = _StoryCards(
        story_of,
        agencies,
        packed,
        {
            id_: [known[lead] for lead in each if lead in known]
            for id_, each in choice.leads.items()
        },
        {id_: known[story.lead_id] for id_, story in stories.items() if story.lead_id in known},
        _named_sources(session, choice.sources, mutes),
        read,
        choice.counted,
        choice.told,
    )
    return {id_: cards.card(known[id_], chosen, mutes) for id_ in ids if id_ in known}


class _Choice(NamedTuple):
    """What the cards of stories may show."""

    leads: dict[int, list[int]]
    """Entries whose headline may stand for the story, by story, the best first."""
    sources: Mapping[int, Iterable[int]]
    """The sources to name."""
    counted: frozenset[int] | None
    """The sources of the list, if it has only what the reader follows or what an owner has."""
    told: frozenset[int]
    """The stories that these told; others are on the list for themselves, or for a topic."""


def _choose(
    session: Session,
    stories: dict[int, StoredStory],
    packed: Mapping[int, PackedStory],
    reader: int | None,
    mutes: MuteFilter,
    chosen: EntryFilter,
) -> _Choice:
    languages = (chosen.language,) if chosen.language else chosen.headlines
    leads = {id_: [lead] for id_, lead in preferred_leads(session, stories, languages).items()}
    narrowed = chosen.following or chosen.owner is not None
    scope = resolve_scope(session, chosen, reader, mutes) if narrowed else None
    sources: dict[int, Iterable[int]] = {id_: each.sources for id_, each in packed.items()}
    if scope is None:
        return _Choice(leads, sources, None, frozenset())
    told = coverage_by(session, stories, scope.source_ids)
    for id_, each in told.items():
        leads[id_] += each.best_in(languages)
        sources[id_] = each.source_ids
    return _Choice(leads, sources, scope.source_ids, frozenset(told))


def _named_sources(
    session: Session, named: Mapping[int, Iterable[int]], mutes: MuteFilter
) -> dict[int, tuple[SourceRef, ...]]:
    ids = {id_ for each in named.values() for id_ in each} - mutes.source_ids
    refs = overview.source_refs(session, ids)
    return {story: tuple(refs[id_] for id_ in each if id_ in refs) for story, each in named.items()}


@dataclass(frozen=True, slots=True)
class _StoryCards:
    """What the cards of a page of stories are made of."""

    story_of: dict[int, StoredStory]
    """By entry; of stories of several entries."""
    agencies: dict[int, str]
    """By entry."""
    packed: dict[int, PackedStory]
    """By story, as the following."""
    headlines: dict[int, list[EntrySummary]]
    """Entries whose headline may stand for the story, the best first."""
    own_leads: dict[int, EntrySummary]
    """The leads whatever the language: their pictures stand in for missing ones."""
    sources: dict[int, tuple[SourceRef, ...]]
    """Those to name: not what the reader muted, in a list of what they follow only that."""
    read: frozenset[int]
    counted: frozenset[int] | None
    """The sources of the list, if it has only what the reader follows."""
    told: frozenset[int]
    """The stories that these told."""

    def card(self, entry: EntrySummary, chosen: EntryFilter, mutes: MuteFilter) -> EntrySummary:
        """An entry of the list as the card of its story."""
        story = self.story_of.get(entry.id)
        if story is None:
            agency = self.agencies.get(entry.id, "")
            return entry._replace(agency=agency) if agency else entry
        packed = self.packed[story.id]
        leads = self.headlines.get(story.id, ())
        counted = self.counted if story.id in self.told else None
        listed = (lead for lead in leads if _is_listed(lead, chosen, mutes, counted))
        headline = next(listed, entry)
        return headline._replace(
            agency=story.agency,
            image_url=headline.image_url or self._other_picture(story, entry, mutes),
            also_in=(),
            read=not chosen.unread and self._is_read(packed, entry, counted),
            story=StorySummary(
                id=story.id,
                entry_count=story.entry_count,
                source_count=story.source_count,
                sources=self.sources.get(story.id, ())[:MAX_NAMED_SOURCES],
                languages=tuple(story.languages.split()),
                first_at=story.first_at,
                last_at=entry.published_at,
                shown_id=entry.id,
                entry_ids=tuple(id_ for id_, _ in packed.latest),
                joined=packed.joined,
                yours=chosen.following and story.id in self.told,
            ),
        )

    def _other_picture(
        self, story: StoredStory, entry: EntrySummary, mutes: MuteFilter
    ) -> str | None:
        """The picture of a story whose headline has none: of its own lead, else of `entry`."""
        lead = self.own_leads.get(story.id)
        others = [each for each in (lead, entry) if each and not mutes.hides(each)]
        return next((each.image_url for each in others if each.image_url), None)

    def _is_read(
        self, packed: PackedStory, entry: EntrySummary, counted: frozenset[int] | None
    ) -> bool:
        """Whether the last entries of the story are read, as far as the list has them."""
        latest = [id_ for id_, source in packed.latest if counted is None or source in counted]
        return self.read.issuperset(latest) if latest else entry.read


def _is_listed(
    lead: EntrySummary, chosen: EntryFilter, mutes: MuteFilter, counted: frozenset[int] | None
) -> bool:
    """Whether the list could show this entry itself, as one of `counted` sources."""
    return (
        not mutes.hides(lead)
        and (counted is None or lead.source.id in counted)
        and chosen.country in (None, lead.source.country)
        and chosen.source in (None, lead.source.slug)
        and chosen.language in (None, lead.language)
    )


@cache
def _stories_of(dialect: str) -> Select[Any]:
    """Entry, agency and story of entries; the story is null for an entry alone."""
    joined = table(StoryEntry).outerjoin(table(StoryRow), _stories.id == _members.story_id)
    here = in_list(_members.entry_id, "keys", dialect)
    return (
        select(_members.entry_id, _members.agency, *STORY_COLUMNS).select_from(joined).where(here)
    )

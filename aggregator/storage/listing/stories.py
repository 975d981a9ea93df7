"""Stories as readers see them: the card that stands for one in a list, and what is in it.

A card is made from the digest of its story (`storage.stories.digests`): a page of stories reads
what it shows, however many entries the stories have.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from aggregator.errors import NotFound
from aggregator.storage.feeds import overview
from aggregator.storage.listing import summaries as entries
from aggregator.storage.listing.filters import MuteFilter, load_mute_filter
from aggregator.storage.models import Source, StoryEntry, StoryLanguage, StoryRow, StorySource
from aggregator.storage.models.base import table
from aggregator.storage.readers.read_state import read_ids
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import in_list
from aggregator.storage.stories.digests import PackedStory, unpack_story
from aggregator.storage.stories.write import assigned_stories, current_id
from aggregator.types import EntryFilter, EntryPage, EntrySummary, SourceRef, StorySummary
from aggregator.types.limits import is_id

# Sources of a story that lists name.
MAX_NAMED_SOURCES = 4
# Entries followed from a reprint of a reprint to its original.
MAX_REPRINT_CHAIN = 50

_members, _stories = table(StoryEntry).c, table(StoryRow).c
_languages, _sources = table(StoryLanguage).c, table(StorySource).c


class StoredStory(NamedTuple):
    """The row of a story of several entries."""

    id: int
    lead_id: int
    entry_count: int
    source_count: int
    languages: str
    first_at: datetime
    last_at: datetime
    agency: str
    latest: bytes
    earliest: bytes
    joined: bytes

    def unpack(self) -> PackedStory:
        """The columns that hold several numbers."""
        return unpack_story(self.latest, self.earliest, self.joined)


_COLUMNS = tuple(_stories[name] for name in StoredStory._fields)


class _LastEntry(NamedTuple):
    """One of the entries that decide whether a story is read."""

    id: int
    source_id: int


# --- lists -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _StoryCards:
    """What the cards of a page of stories are made of, each fetched in one query."""

    story_of: dict[int, StoredStory]
    """By entry; of stories of several entries."""
    agencies: dict[int, str]
    """By entry."""
    packed: dict[int, PackedStory]
    """By story, as the following."""
    leads: dict[int, EntrySummary]
    sources: dict[int, SourceRef]
    """Without those that the reader muted."""
    read: frozenset[int]

    def card(self, entry: EntrySummary, chosen: EntryFilter, mutes: MuteFilter) -> EntrySummary:
        """An entry of the list as the card of its story."""
        story = self.story_of.get(entry.id)
        if story is None:
            agency = self.agencies.get(entry.id, "")
            return replace(entry, agency=agency) if agency else entry
        packed = self.packed[story.id]
        lead = self.leads.get(story.id, entry)
        named = (self.sources[id_] for id_ in packed.sources if id_ in self.sources)
        return replace(
            lead if _is_listed(lead, chosen, mutes) else entry,
            agency=story.agency,
            also_in=(),
            read=not chosen.unread and all(id_ in self.read for id_, _ in packed.latest),
            story=StorySummary(
                id=story.id,
                entry_count=story.entry_count,
                source_count=story.source_count,
                sources=tuple(named)[:MAX_NAMED_SOURCES],
                languages=tuple(story.languages.split()),
                first_at=story.first_at,
                last_at=entry.published_at,
                shown_id=entry.id,
                entry_ids=tuple(id_ for id_, _ in packed.latest),
                joined=packed.joined,
            ),
        )


def attach_stories(
    session: Session, page: EntryPage, reader: int | None, chosen: EntryFilter
) -> EntryPage:
    """A page of a list of stories: each story as a card with the headline of its lead.

    In a list of one language that is the lead in that language. A lead that the list does not show
    (a source or a word that the reader muted) gives way to the entry that the list has of the
    story.
    """
    found = session.execute(
        _stories_of(dialect_of(session)), {"keys": [entry.id for entry in page.entries]}
    ).all()
    if not found:
        return page
    mutes = load_mute_filter(session, chosen, reader)
    agencies = {row[0]: row[1] for row in found}
    story_of = {row[0]: StoredStory._make(row[2:]) for row in found if row[2] is not None}
    cards = _load_cards(session, page, story_of, agencies, reader, mutes, chosen.language)
    shown = tuple(cards.card(entry, chosen, mutes) for entry in page.entries)
    return EntryPage(shown, page.next_cursor)


def _load_cards(
    session: Session,
    page: EntryPage,
    story_of: dict[int, StoredStory],
    agencies: dict[int, str],
    reader: int | None,
    mutes: MuteFilter,
    language: str | None,
) -> _StoryCards:
    stories = {story.id: story for story in story_of.values()}
    packed = {id_: story.unpack() for id_, story in stories.items()}
    named = {id_ for each in packed.values() for id_ in each.sources} - mutes.source_ids
    latest = [_LastEntry(*pair) for each in packed.values() for pair in each.latest]
    return _StoryCards(
        story_of,
        agencies,
        packed,
        _leads(session, stories, page, reader, language),
        overview.source_refs(session, named),
        read_ids(session, reader, latest) if reader is not None else frozenset(),
    )


def _leads(
    session: Session,
    stories: Mapping[int, StoredStory],
    page: EntryPage,
    reader: int | None,
    language: str | None,
) -> dict[int, EntrySummary]:
    """The lead of each story; those that the page has are not fetched again."""
    wanted = {story.id: story.lead_id for story in stories.values()}
    if language is not None:
        wanted |= leads_in(session, list(stories), language)
    known = {entry.id: entry for entry in page.entries}
    missing = sorted(set(wanted.values()).difference(known))
    if missing:
        known |= entries.summaries_by_id(session, missing, reader, copies=False)
    return {story: known[lead] for story, lead in wanted.items() if lead in known}


def leads_in(session: Session, story_ids: Collection[int], language: str) -> dict[int, int]:
    """The lead of each story in a language, as far as the story has entries in it."""
    rows = session.execute(
        _leads_of(dialect_of(session)), {"keys": story_ids, "language": language}
    )
    return {row.story_id: row.lead_id for row in rows}


@cache
def _leads_of(dialect: str) -> Select[Any]:
    here = in_list(_languages.story_id, "keys", dialect)
    return select(_languages.story_id, _languages.lead_id).where(
        here, _languages.language == bindparam("language")
    )


@cache
def _stories_of(dialect: str) -> Select[Any]:
    """Entry, agency and story of entries; the story is null for an entry alone."""
    joined = table(StoryEntry).outerjoin(table(StoryRow), _stories.id == _members.story_id)
    here = in_list(_members.entry_id, "keys", dialect)
    return select(_members.entry_id, _members.agency, *_COLUMNS).select_from(joined).where(here)


def stored_stories(session: Session, story_ids: Collection[int]) -> dict[int, StoredStory]:
    """The rows of stories of several entries, by id."""
    rows = session.execute(_story_rows(dialect_of(session)), {"keys": story_ids})
    return {story.id: story for story in map(StoredStory._make, rows)}


@cache
def _story_rows(dialect: str) -> Select[Any]:
    return select(*_COLUMNS).where(in_list(_stories.id, "keys", dialect))


def _is_listed(lead: EntrySummary, chosen: EntryFilter, mutes: MuteFilter) -> bool:
    """Whether the list could show this entry itself."""
    return (
        not mutes.hides(lead)
        and chosen.country in (None, lead.source.country)
        and chosen.source in (None, lead.source.slug)
        and chosen.language in (None, lead.language)
    )


# --- one story -------------------------------------------------------------------------------


def find_story_id(session: Session, story_id: int) -> int:
    """The current id of a story. Raises NotFound."""
    return find_story(session, story_id)[0]


def find_story(session: Session, story_id: int) -> tuple[int, StoredStory | None]:
    """The current id of a story, and its row; an entry alone has none.

    The id is another one if the story was merged, or if that is an entry of it. Raises NotFound.
    """
    if not is_id(story_id):
        raise NotFound("story", story_id)
    id_ = current_id(session, story_id)
    story = stored_stories(session, [id_]).get(id_)
    if story is not None:
        return id_, story
    home = assigned_stories(session, [id_]).get(id_)
    if home is not None:
        return home, stored_stories(session, [home]).get(home)
    if not entries.summaries_by_id(session, [id_], None, copies=False):
        raise NotFound("story", story_id)
    return id_, None


def story_entries(
    session: Session, story_id: int, reader: int | None, *, limit: int, before: int | None = None
) -> tuple[EntrySummary, ...]:
    """The last `limit` entries of a story to arrive, before that one, by time of publication.

    An entry alone is a story too.
    """
    found = select(_members.entry_id, _members.agency, _members.reprint_of).where(
        _members.story_id == story_id
    )
    if before is not None:
        found = found.where(_members.entry_id < before)
    rows = session.execute(found.order_by(_members.entry_id.desc()).limit(limit)).all()
    known = {row.entry_id: (row.agency, row.reprint_of) for row in rows}
    ids = sorted(known) or ([story_id] if before is None else [])
    return _in_story(entries.summaries_by_id(session, ids, reader, copies=False), known)


def reprint_chain(session: Session, story_id: int, entry_id: int) -> tuple[EntrySummary, ...]:
    """An entry of a story with the entries that it reprints, directly or through others."""
    chain: dict[int, tuple[str, int | None]] = {}
    following: int | None = entry_id
    while following is not None and following not in chain and len(chain) < MAX_REPRINT_CHAIN:
        row = session.execute(
            select(_members.agency, _members.reprint_of).where(
                _members.entry_id == following, _members.story_id == story_id
            )
        ).one_or_none()
        if row is None:
            break
        chain[following] = row.agency, row.reprint_of
        following = row.reprint_of
    return _in_story(entries.summaries_by_id(session, sorted(chain), None, copies=False), chain)


def _in_story(
    found: Mapping[int, EntrySummary], known: Mapping[int, tuple[str, int | None]]
) -> tuple[EntrySummary, ...]:
    """Entries in order of publication, with their agencies and what they reprint."""
    ordered = sorted(found.values(), key=lambda entry: (entry.published_at, entry.id))
    return tuple(
        replace(
            entry,
            agency=known.get(entry.id, ("", None))[0],
            reprint_of=known.get(entry.id, ("", None))[1],
        )
        for entry in ordered
    )


def language_leads(session: Session, story_id: int) -> dict[str, int]:
    """The lead of a story in each of its languages."""
    rows = session.execute(
        select(_languages.language, _languages.lead_id).where(_languages.story_id == story_id)
    )
    return {row.language: row.lead_id for row in rows}


def story_sources(session: Session, story_id: int) -> tuple[SourceRef, ...]:
    """The sources that told a story, in display order."""
    ids = session.execute(
        select(_sources.source_id).where(_sources.story_id == story_id).distinct()
    ).scalars()
    return tuple(overview.source_refs(session, list(ids)).values())


def leads_of(session: Session, story_ids: Collection[int]) -> dict[int, EntrySummary]:
    """The entry with the headline of each of these stories; an entry alone is its own."""
    stored = stored_stories(session, sorted(story_ids))
    leads = {id_: stored[id_].lead_id if id_ in stored else id_ for id_ in story_ids}
    found = entries.summaries_by_id(session, sorted(leads.values()), None, copies=False)
    return {story: found[lead] for story, lead in leads.items() if lead in found}


def is_read(session: Session, reader: int, story: StoredStory) -> bool:
    """Whether the reader has read the last entries of a story, as its card tells."""
    latest = [_LastEntry(*pair) for pair in story.unpack().latest]
    return len(read_ids(session, reader, latest)) == len(latest)


def ownership(session: Session, source_ids: Collection[int]) -> dict[int, str]:
    """Who owns these sources, as far as that is configured."""
    rows = session.execute(select(Source.id, Source.ownership).where(Source.id.in_(source_ids)))
    return {row.id: row.ownership for row in rows if row.ownership}


def newer_entry_count(session: Session, story_id: int, seen_up_to: int, limit: int) -> int:
    """The number of entries of a story that arrived after that one, at most `limit`."""
    newer = select(_members.entry_id).where(
        _members.story_id == story_id, _members.entry_id > seen_up_to
    )
    return len(session.execute(newer.limit(limit)).all())

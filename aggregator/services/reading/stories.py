"""Stories that readers open, follow and mark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from aggregator.errors import NotFound
from aggregator.services.reading import marking
from aggregator.services.reading.comparing import headline_diff, text_diff
from aggregator.services.reading.owners import SourceOwners, owners_behind
from aggregator.storage.listing import followed, story_cards, summaries
from aggregator.storage.listing import stories as listing
from aggregator.storage.listing.story_members import member_ids
from aggregator.storage.readers import story_follows
from aggregator.storage.stories.write import assigned_stories
from aggregator.text.word_diff import DiffSegment
from aggregator.types import (
    EntryPage,
    EntrySummary,
    FollowedStory,
    MarkResult,
    SourceRef,
    StoryReadState,
    User,
)
from aggregator.types.entries import EntryFilter

PAGE_SIZE = 50
# Entries on the page of a story: the last to arrive; earlier ones are a click away.
STORY_PAGE_SIZE = 40
# Entries of a story that programs get at once.
MAX_STORY_ENTRIES = 2000
# New entries of a followed story are counted up to this number.
MAX_NEW_COUNT = 100
NEVER_READ = StoryReadState()
MIN_SOURCES = 2


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """An article with a text of its own, and its reprints."""

    entry: EntrySummary
    reprints: tuple[EntrySummary, ...] = ()


@dataclass(frozen=True, slots=True)
class StoryLink:
    """A link from the page of an entry to its story."""

    id: int
    source_count: int


@dataclass(frozen=True, slots=True)
class StoryView:
    """What the page of a story shows: the story as a whole, and some of its entries."""

    id: int
    lead: EntrySummary
    beside: tuple[EntrySummary, ...]
    """The lead, then that of each other language; empty for a single language."""
    entries: tuple[EntrySummary, ...]
    """The earliest first: the last to arrive, or those before `before`."""
    timeline: tuple[TimelineEntry, ...]
    read: StoryReadState
    is_read: bool
    """Whether the reader has read the last of its entries."""
    new_count: int
    """Entries added since the last visit of a reader who follows it, at most `MAX_NEW_COUNT`."""
    entry_count: int
    first_at: datetime
    languages: tuple[str, ...]
    """The most frequent first."""
    agencies: tuple[str, ...]
    """The agencies whose dispatches are among its entries."""
    sources: tuple[SourceRef, ...]
    ownership: Mapping[int, str]
    """What a source is (state, party, private, public), by its id, as far as configured."""
    owners: SourceOwners
    """Who owns its sources."""
    latest_id: int
    """The entry that arrived last."""
    before: int | None
    """The page has entries that arrived before this one; None for the last of all."""
    earlier: int | None
    """`before` of the page with earlier entries; None on the last of them."""

    @property
    def source_count(self) -> int:
        """The number of sources with entries in it."""
        return len(self.sources)

    @property
    def former_title(self) -> str:
        """The headline by which a reader who follows it knows it, if it is another one now."""
        return self.read.title if self.read.title != self.lead.title else ""

    @property
    def new_ids(self) -> frozenset[int]:
        """The entries on the page added since the last visit of a reader who follows it."""
        seen = self.read.seen_up_to
        return frozenset(entry.id for entry in self.entries if seen is not None and entry.id > seen)


def list_stories(
    session: Session,
    reader: User | None,
    chosen: EntryFilter,
    cursor: str | None = None,
    limit: int = PAGE_SIZE,
) -> EntryPage:
    """A page of stories, each by its lead. Raises as `services.reading.entries.list_entries`."""
    reader_id = reader.id if reader else None
    return story_cards.list_stories(session, chosen, reader=reader_id, cursor=cursor, limit=limit)


def entries_by_story(
    session: Session, reader: User | None, page: EntryPage
) -> list[tuple[int, EntrySummary, tuple[EntrySummary, ...]]]:
    """(story id, lead, all entries, the earliest first) of each story of a page."""
    ids = [id_ for entry in page.entries if entry.story for id_ in entry.story.entry_ids]
    found = summaries.summaries_by_id(session, ids, reader.id if reader else None, copies=False)
    stories: list[tuple[int, EntrySummary, tuple[EntrySummary, ...]]] = []
    for lead in page.entries:
        if lead.story is None:
            stories.append((lead.id, lead, (lead,)))
            continue
        members = [found[id_] for id_ in lead.story.entry_ids if id_ in found]
        members.sort(key=lambda entry: (entry.published_at, entry.id))
        stories.append((lead.story.id, lead, tuple(members)))
    return stories


def get_story_view(
    session: Session,
    reader: User | None,
    story_id: int,
    before: int | None = None,
    limit: int | None = None,
    languages: Sequence[str] = (),
) -> StoryView:
    """A story with at most `limit` entries (`STORY_PAGE_SIZE`) that arrived before `before`.

    Its lead is that in the first of `languages` that the story has. Its `id` differs from
    `story_id` if it was merged. Raises NotFound.
    """
    id_, story = listing.find_story(session, story_id)
    reader_id = reader.id if reader else None
    limit = limit or STORY_PAGE_SIZE
    found = listing.story_entries(session, id_, reader_id, limit=limit + 1, before=before)
    if not found:
        raise NotFound("story", story_id)
    ids = sorted((entry.id for entry in found), reverse=True)
    shown = tuple(entry for entry in found if entry.id in ids[:limit])
    earlier = ids[limit - 1] if len(ids) > limit else None
    leads = _leads(session, story, shown, reader_id, languages)
    sources = listing.story_sources(session, id_) or (shown[0].source,)
    read = story_follows.story_read_state(session, reader.id, id_) if reader else NEVER_READ
    own_agency = (story.agency,) if story else ()
    agencies = dict.fromkeys(filter(None, (*own_agency, *(entry.agency for entry in shown))))
    new_count = 0
    if read.seen_up_to is not None:
        new_count = listing.newer_entry_count(session, id_, read.seen_up_to, MAX_NEW_COUNT)
    return StoryView(
        id=id_,
        lead=leads[0],
        beside=leads if len(leads) > 1 else (),
        entries=shown,
        timeline=_timeline(shown),
        read=read,
        is_read=_is_read(session, reader, story, shown),
        new_count=new_count,
        entry_count=story.entry_count if story else 1,
        first_at=story.first_at if story else shown[0].published_at,
        languages=tuple(story.languages.split()) if story else (shown[0].language,),
        agencies=tuple(agencies),
        sources=sources,
        ownership=listing.ownership(session, {source.id for source in sources}),
        owners=owners_behind(session, sources),
        latest_id=story.unpack().latest[-1][0] if story else shown[0].id,
        before=before,
        earlier=earlier,
    )


def _leads(
    session: Session,
    story: listing.StoredStory | None,
    shown: tuple[EntrySummary, ...],
    reader: int | None,
    languages: Sequence[str],
) -> tuple[EntrySummary, ...]:
    """The lead of a story, then that of each other language, the reader's own first.

    A lead without a picture gets that of another entry.
    """
    if story is None:
        return shown[:1]
    by_language = listing.language_leads(session, story.id)
    order = dict.fromkeys((*languages, *story.languages.split()))
    wanted = [by_language[code] for code in order if code in by_language]
    lead_id = listing.preferred_leads(session, {story.id: story}, languages)[story.id]
    found = {entry.id: entry for entry in shown}
    missing = sorted({lead_id, *wanted}.difference(found))
    if missing:
        found |= summaries.summaries_by_id(session, missing, reader, copies=False)
    lead = found.get(lead_id, shown[0])
    others = [found[id_] for id_ in wanted if id_ in found]
    beside = [each for each in others if each.language != lead.language]
    pictures = (each.image_url for each in (lead, *beside, *shown) if each.image_url)
    return lead._replace(image_url=next(pictures, None)), *beside


def _is_read(
    session: Session,
    reader: User | None,
    story: listing.StoredStory | None,
    shown: tuple[EntrySummary, ...],
) -> bool:
    if reader is None or story is None:
        return all(entry.read for entry in shown)
    return listing.is_read(session, reader.id, story)


def find_story_entries(session: Session, story_id: int) -> tuple[int, list[int]]:
    """The current id of a story, and the ids of its entries. Raises NotFound."""
    id_ = listing.find_story_id(session, story_id)
    return id_, member_ids(session, id_) or [id_]


def story_of_entry(session: Session, entry_id: int) -> StoryLink | None:
    """The story that the page of an entry links to; None if no other source has it."""
    found = assigned_stories(session, [entry_id])
    for story in listing.stored_stories(session, list(found.values())).values():
        if story.source_count >= MIN_SOURCES:
            return StoryLink(story.id, story.source_count)
    return None


def _timeline(entries: tuple[EntrySummary, ...]) -> tuple[TimelineEntry, ...]:
    """Reprints under the earliest article with the same text."""
    by_id = {entry.id: entry for entry in entries}
    groups: dict[int, list[EntrySummary]] = {}
    for entry in entries:
        groups.setdefault(_original(entry, by_id).id, []).append(entry)
    timeline = []
    for original, group in groups.items():
        copies = [entry for entry in group if original in (entry.id, entry.duplicate_of)]
        head = min(copies or group, key=lambda entry: (entry.published_at, entry.id))
        timeline.append(TimelineEntry(head, tuple(entry for entry in group if entry is not head)))
    return tuple(sorted(timeline, key=lambda each: (each.entry.published_at, each.entry.id)))


def _original(entry: EntrySummary, by_id: dict[int, EntrySummary]) -> EntrySummary:
    """The end of the chain of reprints; bounded, should the chain be a circle."""
    for _ in range(len(by_id)):
        source = by_id.get(entry.reprint_of or 0)
        if source is None or source.id == entry.id:
            break
        entry = source
    return entry


def reprint_diff(
    session: Session, story_id: int, entry_id: int
) -> tuple[EntrySummary, EntrySummary, tuple[DiffSegment, ...], tuple[DiffSegment, ...]]:
    """(original, reprint, changes to the headline, changes to the text). Raises NotFound."""
    id_ = listing.find_story_id(session, story_id)
    found = listing.reprint_chain(session, id_, entry_id)
    pairs = {
        reprint.id: (article.entry, reprint)
        for article in _timeline(found)
        for reprint in article.reprints
    }
    if entry_id not in pairs:
        raise NotFound("entry", entry_id)
    original, reprint = pairs[entry_id]
    bodies = summaries.contents_by_id(session, [original.id, reprint.id])
    return (
        original,
        reprint,
        headline_diff(original.title, reprint.title),
        text_diff(bodies.get(original.id, ""), bodies.get(reprint.id, "")),
    )


def list_followed(session: Session, reader: User) -> tuple[FollowedStory, ...]:
    """The stories that the reader follows, the latest news first."""
    return followed.followed_stories(session, reader.id)


def follow(
    session: Session,
    reader: User,
    story_id: int,
    on: bool,
    now: datetime,
    languages: Sequence[str] = (),
) -> int:
    """Follow or unfollow a story; its id now. Raises NotFound.

    It is followed under its headline in the first of `languages` that it has.
    """
    id_, story = listing.find_story(session, story_id)
    if on:
        stories = {} if story is None else {id_: story}
        lead_id = listing.preferred_leads(session, stories, languages).get(id_, id_)
        lead = summaries.summaries_by_id(session, [lead_id], None, copies=False)[lead_id]
        story_follows.follow_story(session, reader.id, id_, lead.title, lead.language, now)
    else:
        story_follows.unfollow_story(session, reader.id, id_)
    return id_


def mark_seen(session: Session, reader: User, story: StoryView) -> None:
    """Remember which entries of a story the reader has been shown, under which headline."""
    lead = story.lead
    story_follows.mark_story_seen(
        session, reader.id, story.id, story.latest_id, lead.title, lead.language
    )


def mark_story(
    session: Session, reader: User, story_id: int, read: bool, now: datetime
) -> MarkResult:
    """Mark all entries of a story. Raises NotFound."""
    _, ids = find_story_entries(session, story_id)
    return marking.mark_stored_entries(session, reader, ids, read, now)

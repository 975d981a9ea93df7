"""Stories that readers open, follow and mark."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from aggregator.errors import NotFound
from aggregator.process.html.text import sanitized_to_text
from aggregator.services.reading import marking
from aggregator.storage.listing import followed, summaries
from aggregator.storage.listing import stories as listing
from aggregator.storage.listing.story_members import members_of_entries
from aggregator.storage.readers import story_follows
from aggregator.text.word_diff import DiffSegment, diff_words
from aggregator.types import (
    EntryPage,
    EntrySummary,
    FollowedStory,
    MarkResult,
    StoryReadState,
    User,
)
from aggregator.types.entries import EntryFilter

PAGE_SIZE = 50
# Maximum words compared; of longer texts only the beginning is.
MAX_DIFF_WORDS = 600
NEVER_READ = StoryReadState()
_PARAGRAPH = re.compile(r"</(?:p|li|h[1-6]|blockquote|div|figure)>|<br ?/?>")
_WORD = re.compile(r"\S+\s*")
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
    """A story with everything that its page shows."""

    id: int
    lead: EntrySummary
    entries: tuple[EntrySummary, ...]
    """The earliest first."""
    timeline: tuple[TimelineEntry, ...]
    read: StoryReadState
    ownership: Mapping[int, str]
    """Who owns a source, by its id, as far as that is configured."""

    @property
    def source_count(self) -> int:
        """The number of sources with entries in it."""
        return len({entry.source.id for entry in self.entries})

    @property
    def agencies(self) -> tuple[str, ...]:
        """The agencies whose dispatches are among its entries."""
        return tuple(dict.fromkeys(entry.agency for entry in self.entries if entry.agency))

    @property
    def languages(self) -> tuple[str, ...]:
        """Its languages, in the order of their first entries."""
        return tuple(dict.fromkeys(entry.language for entry in self.entries))

    @property
    def is_read(self) -> bool:
        """Whether the reader has read all of its entries."""
        return all(entry.read for entry in self.entries)

    @property
    def new_ids(self) -> frozenset[int]:
        """The entries added since the last visit of a reader who follows it."""
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
    page = summaries.list_entries(session, chosen, reader=reader_id, cursor=cursor, limit=limit)
    return listing.attach_stories(session, page, reader_id, chosen)


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


def get_story_view(session: Session, reader: User | None, story_id: int) -> StoryView:
    """A story; its `id` differs from `story_id` if it was merged. Raises NotFound."""
    story = listing.find_story(session, story_id, reader.id if reader else None)
    read = story_follows.story_read_state(session, reader.id, story.id) if reader else NEVER_READ
    lead = next(entry for entry in story.entries if entry.id == story.lead_id)
    owners = listing.ownership(session, {entry.source.id for entry in story.entries})
    return StoryView(story.id, lead, story.entries, _timeline(story.entries), read, owners)


def story_of_entry(session: Session, entry_id: int) -> StoryLink | None:
    """The story that the page of an entry links to; None if no other source has it."""
    members = members_of_entries(session, [entry_id])
    sources = {member.source_id for member in members}
    if len(sources) < MIN_SOURCES:
        return None
    return StoryLink(members[0].story_id, len(sources))


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
    story = get_story_view(session, None, story_id)
    pairs = {
        reprint.id: (article.entry, reprint)
        for article in story.timeline
        for reprint in article.reprints
    }
    if entry_id not in pairs:
        raise NotFound("entry", entry_id)
    original, reprint = pairs[entry_id]
    bodies = summaries.contents_by_id(session, [original.id, reprint.id])
    old, new = (_beginning(_paragraphs(bodies.get(id_, ""))) for id_ in (original.id, reprint.id))
    return (
        original,
        reprint,
        _headline_diff(original.title, reprint.title),
        diff_words(old, new),
    )


def _headline_diff(old: str, new: str) -> tuple[DiffSegment, ...]:
    """Changes to a headline; an entirely different one follows the old one as a whole."""
    pieces = diff_words(old, new)
    kept = sum(len(each.text.strip()) for each in pieces if each.kind == "same")
    if 2 * kept >= len(new):
        return pieces
    return DiffSegment("removed", old), DiffSegment("same", " "), DiffSegment("added", new)


def _paragraphs(html: str) -> str:
    """The text of sanitized HTML, with an empty line between paragraphs."""
    lines = (" ".join(sanitized_to_text(each).split()) for each in _PARAGRAPH.split(html))
    return "\n\n".join(filter(None, lines))


def _beginning(text: str) -> str:
    """The part of a text that is compared: a page has to be answered at once."""
    words = _WORD.findall(text)
    return text if len(words) <= MAX_DIFF_WORDS else "".join(words[:MAX_DIFF_WORDS])


def list_followed(session: Session, reader: User) -> tuple[FollowedStory, ...]:
    """The stories that the reader follows, the latest news first."""
    return followed.followed_stories(session, reader.id)


def follow(session: Session, reader: User, story_id: int, on: bool, now: datetime) -> int:
    """Follow or unfollow a story; its id now. Raises NotFound."""
    id_ = listing.find_story(session, story_id, reader.id).id
    if on:
        story_follows.follow_story(session, reader.id, id_, now)
    else:
        story_follows.unfollow_story(session, reader.id, id_)
    return id_


def mark_seen(session: Session, reader: User, story: StoryView) -> None:
    """Remember which entries of a story the reader has been shown."""
    latest = max(entry.id for entry in story.entries)
    story_follows.mark_story_seen(session, reader.id, story.id, latest)


def mark_story(
    session: Session, reader: User, story_id: int, read: bool, now: datetime
) -> MarkResult:
    """Mark all entries of a story. Raises NotFound."""
    story = listing.find_story(session, story_id, reader.id)
    return marking.mark_entries(session, reader, [entry.id for entry in story.entries], read, now)

"""Stories: what readers open, follow and mark, what editors split and merge."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from aggregator.errors import InvalidInput, NotFound
from aggregator.process.html.text import sanitized_to_text
from aggregator.services.reading import marking
from aggregator.storage.listing import followed
from aggregator.storage.listing import stories as story_pages
from aggregator.storage.listing import summaries as entries
from aggregator.storage.listing.story_members import members_of_entries
from aggregator.storage.stories import write as store
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
MAX_DIFF_WORDS = 600
"""Of two longer texts only the beginnings are compared word by word."""
NEVER_READ = StoryReadState()
_PARAGRAPH = re.compile(r"</(?:p|li|h[1-6]|blockquote|div|figure)>|<br ?/?>")
_WORD = re.compile(r"\S+\s*")
MIN_SOURCES = 2


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """An article that says something of its own, and those that have its text."""

    entry: EntrySummary
    reprints: tuple[EntrySummary, ...] = ()


@dataclass(frozen=True, slots=True)
class StoryLink:
    """The story of an entry, on the entry's own page."""

    id: int
    source_count: int


@dataclass(frozen=True, slots=True)
class StoryView:
    """A story with all that its page shows."""

    id: int
    lead: EntrySummary
    told: tuple[EntrySummary, ...]
    """Everything, the earliest first."""
    timeline: tuple[TimelineEntry, ...]
    read: StoryReadState
    ownership: Mapping[int, str]
    """Who owns a source, by its id, as far as the operator's file says so."""

    @property
    def source_count(self) -> int:
        """How many sources told it."""
        return len({entry.source.id for entry in self.told})

    @property
    def agencies(self) -> tuple[str, ...]:
        """The agencies whose dispatches are among what was told."""
        return tuple(dict.fromkeys(entry.agency for entry in self.told if entry.agency))

    @property
    def languages(self) -> tuple[str, ...]:
        """Its languages, in the order in which they came."""
        return tuple(dict.fromkeys(entry.language for entry in self.told))

    @property
    def is_read(self) -> bool:
        """Whether the reader has read all of it."""
        return all(entry.read for entry in self.told)

    @property
    def new_ids(self) -> frozenset[int]:
        """What came since the last visit of a reader who follows it."""
        seen = self.read.seen_up_to
        return frozenset(each.id for each in self.told if seen is not None and each.id > seen)


def list_stories(
    session: Session,
    reader: User | None,
    chosen: EntryFilter,
    cursor: str | None = None,
    limit: int = PAGE_SIZE,
) -> EntryPage:
    """A screenful of stories, each by its lead. Raises as `reading.list_entries` does."""
    number = reader.id if reader else None
    page = entries.list_entries(session, chosen, reader=number, cursor=cursor, limit=limit)
    return story_pages.attach_stories(session, page, number, chosen)


def entries_by_story(
    session: Session, reader: User | None, page: EntryPage
) -> list[tuple[int, EntrySummary, tuple[EntrySummary, ...]]]:
    """(number, lead, everything that was told, the earliest first) of each story of a page."""
    ids = [id_ for entry in page.entries if entry.story for id_ in entry.story.entry_ids]
    found = entries.summaries_by_id(session, ids, reader.id if reader else None, copies=False)
    stories: list[tuple[int, EntrySummary, tuple[EntrySummary, ...]]] = []
    for lead in page.entries:
        if lead.story is None:
            stories.append((lead.id, lead, (lead,)))
            continue
        told = [found[id_] for id_ in lead.story.entry_ids if id_ in found]
        told.sort(key=lambda entry: (entry.published_at, entry.id))
        stories.append((lead.story.id, lead, tuple(told)))
    return stories


def get_story_view(session: Session, reader: User | None, story_id: int) -> StoryView:
    """A story; its `id` is another one than was asked for if it was merged. Raises NotFound."""
    number, told, lead_id = story_pages.find_story(session, story_id, reader.id if reader else None)
    read = story_pages.follow_state(session, reader.id, number) if reader else NEVER_READ
    lead = next(entry for entry in told if entry.id == lead_id)
    owners = story_pages.ownership(session, {entry.source.id for entry in told})
    return StoryView(number, lead, told, _timeline(told), read, owners)


def story_of_entry(session: Session, entry_id: int) -> StoryLink | None:
    """What the page of an entry says of its story; None where nobody else told it."""
    rows = members_of_entries(session, [entry_id])
    sources = {row.source_id for row in rows}
    if len(sources) < MIN_SOURCES:
        return None
    return StoryLink(rows[0].story_id, len(sources))


def _timeline(told: tuple[EntrySummary, ...]) -> tuple[TimelineEntry, ...]:
    """Reprints under the article that has their text and was published first."""
    here = {entry.id: entry for entry in told}
    groups: dict[int, list[EntrySummary]] = {}
    for entry in told:
        groups.setdefault(_origin(entry, here).id, []).append(entry)
    tellings = []
    for origin, group in groups.items():
        same = [each for each in group if origin in (each.id, each.duplicate_of)]
        head = min(same or group, key=lambda each: (each.published_at, each.id))
        tellings.append(TimelineEntry(head, tuple(each for each in group if each is not head)))
    return tuple(sorted(tellings, key=lambda each: (each.entry.published_at, each.entry.id)))


def _origin(entry: EntrySummary, here: dict[int, EntrySummary]) -> EntrySummary:
    for _ in range(len(here)):
        above = here.get(entry.reprint_of or 0)
        if above is None or above.id == entry.id:
            break
        entry = above
    return entry


def reprint_diff(
    session: Session, story_id: int, entry_id: int
) -> tuple[EntrySummary, EntrySummary, tuple[DiffSegment, ...], tuple[DiffSegment, ...]]:
    """(original, reprint, what became of the headline, of the text). Raises NotFound."""
    story = get_story_view(session, None, story_id)
    pairs = {
        each.id: (telling.entry, each) for telling in story.timeline for each in telling.reprints
    }
    if entry_id not in pairs:
        raise NotFound("entry", entry_id)
    original, reprint = pairs[entry_id]
    bodies = entries.contents_by_id(session, [original.id, reprint.id])
    old, new = (_paragraphs(bodies.get(each.id, "")) for each in (original, reprint))
    return (
        original,
        reprint,
        _headline(original.title, reprint.title),
        diff_words(_beginning(old), _beginning(new)),
    )


def _headline(old: str, new: str) -> tuple[DiffSegment, ...]:
    """What became of a headline; one that is another altogether stands whole after the old one."""
    pieces = diff_words(old, new)
    kept = sum(len(each.text.strip()) for each in pieces if each.kind == "same")
    if 2 * kept >= len(new):
        return pieces
    return DiffSegment("removed", old), DiffSegment("same", " "), DiffSegment("added", new)


def _paragraphs(html: str) -> str:
    """The text of sanitized HTML, an empty line between paragraphs."""
    lines = (" ".join(sanitized_to_text(each).split()) for each in _PARAGRAPH.split(html))
    return "\n\n".join(filter(None, lines))


def _beginning(text: str) -> str:
    """What is compared word by word: a page has to be answered at once."""
    words = _WORD.findall(text)
    return text if len(words) <= MAX_DIFF_WORDS else "".join(words[:MAX_DIFF_WORDS])


def list_followed(session: Session, reader: User) -> tuple[FollowedStory, ...]:
    """The stories that the reader follows, with what is new in each; the latest news first."""
    return followed.followed_stories(session, reader.id)


def follow(session: Session, reader: User, story_id: int, on: bool, now: datetime) -> int:
    """Follow a story or no longer; its number now. Raises NotFound."""
    number, _, _ = story_pages.find_story(session, story_id, reader.id)
    story_pages.follow(session, reader.id, number, on, now)
    return number


def mark_seen(session: Session, reader: User, story: StoryView) -> None:
    """Remember what the reader was shown."""
    story_pages.mark_seen(session, reader.id, story.id, max(entry.id for entry in story.told))


def mark_story(
    session: Session, reader: User, story_id: int, read: bool, now: datetime
) -> MarkResult:
    """Mark everything of a story. Raises NotFound."""
    _, told, _ = story_pages.find_story(session, story_id, reader.id)
    return marking.mark_entries(session, reader, [entry.id for entry in told], read, now)


def split(
    session: Session, editor: User, story_id: int, entry_ids: Collection[int], now: datetime
) -> int:
    """Make a story of its own of some entries; its number. Raises NotFound, InvalidInput."""
    number, told, _ = story_pages.find_story(session, story_id, None)
    going = {entry.id for entry in told} & set(entry_ids)
    if not going or len(going) == len(told):
        raise InvalidInput("error.story_split", "some of its entries, not all")
    return store.split_story(session, number, going, editor.name, now)


def merge(session: Session, story_id: int, other_id: int) -> int:
    """Make one story of two; its number. Raises NotFound, InvalidInput."""
    one = story_pages.find_story(session, story_id, None)[0]
    other = story_pages.find_story(session, other_id, None)[0]
    if one == other:
        raise InvalidInput("error.story_merge", "two different stories")
    keeping, going = min(one, other), max(one, other)
    store.allow_merge(session, keeping, going)
    store.merge_stories(session, keeping, going)
    store.refresh(session, [keeping])
    return keeping

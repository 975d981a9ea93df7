"""Entries as readers see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from aggregator.types.names import ChangeSize, Direction, SourceRef
from aggregator.types.parsed import Enclosure
from aggregator.types.stories import StorySummary


# A page makes and changes a hundred of these: as frozen dataclasses each takes ten times as long to
# make, five times to change.
class EntrySummary(NamedTuple):
    """An entry as lists show it."""

    id: int
    guid: str
    url: str | None
    title: str
    author: str
    summary: str
    image_url: str | None
    language: str
    direction: Direction
    word_count: int
    published_at: datetime
    updated_at: datetime | None
    fetched_at: datetime
    source: SourceRef
    feed_id: int
    duplicate_of: int | None
    also_in: tuple[tuple[int, SourceRef], ...] = ()
    """(entry id, source) of the duplicates that this entry represents."""
    tags: tuple[str, ...] = ()
    starred: bool = False
    read: bool = False
    """Always False for visitors."""
    story_id: int | None = None
    """The story that it belongs to; an entry alone is a story of its own."""
    agency: str = ""
    """The agency that the entry credits; set only in lists of stories."""
    reprint_of: int | None = None
    """The entry whose text it has, in whole or in part; set only where reprints are shown."""
    containment: float | None = None
    """Share of the shorter of both texts that is in the longer one, 0 to 1; None if unknown."""
    change: ChangeSize | None = None
    """The largest change of its text since it was stored; None for none."""
    left_feed_at: datetime | None = None
    """When it had been missing from its feed for some polls; None while it is there."""
    story: StorySummary | None = None
    """The story that it represents in a list of stories; None if it is alone."""

    @property
    def stands_at(self) -> datetime:
        """The time by which lists are ordered: for a story, that of its latest entry."""
        return self.story.last_at if self.story else self.published_at


@dataclass(frozen=True, slots=True)
class FollowedStory:
    """A story that a reader follows."""

    id: int
    lead: EntrySummary
    """The entry with its headline now, in the language in which its reader knows it."""
    name: EntrySummary
    """The same under the headline that its reader knows."""
    new_count: int
    """Entries added since their last visit."""
    source_count: int
    last_at: datetime

    @property
    def renamed(self) -> bool:
        """Whether it has had another headline since its reader last opened it."""
        return self.name.language == self.lead.language and self.name.title != self.lead.title


@dataclass(frozen=True, slots=True)
class EntryDetail:
    """An entry in full. `content` is sanitized HTML, safe to put on a page."""

    summary: EntrySummary
    content: str
    categories: tuple[str, ...]
    enclosures: tuple[Enclosure, ...]


@dataclass(frozen=True, slots=True)
class EntryPage:
    """A page of a list; `next_cursor` is opaque, and None on the last page."""

    entries: tuple[EntrySummary, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """What a list shows. None or empty means "any"."""

    source: str | None = None
    owner: str | None = None
    """The slug of an owner: its sources, and those of what belongs to it."""
    feed_id: int | None = None
    country: str | None = None
    language: str | None = None
    section: str | None = None
    tag: str | None = None
    topic: str | None = None
    """The slug of a published topic; cannot be combined with a tag or stars."""
    drafts: bool = False
    """Whether the topic may be an unpublished one, for editors."""
    starred: bool = False
    following: bool = False
    """Only the sources that the reader follows ("My news")."""
    folder: int | None = None
    """With `following`: only the sources in this folder of the reader."""
    unread: bool = False
    """Only entries that the reader has not read."""
    duplicates: bool = False
    """True lists every entry; False folds duplicates into the first of them."""
    stories: bool = False
    """Whether entries of a story are folded into the one that represents it."""
    headlines: tuple[str, ...] = ()
    """Languages to show a story in, the preferred first; in others it has its own headline."""


@dataclass(frozen=True, slots=True)
class TagCount:
    """One of a reader's tags, with its number of entries."""

    name: str
    entry_count: int


@dataclass(frozen=True, slots=True)
class FilterOptions:
    """What lists can be filtered by: only values with entries, in display order."""

    sources: tuple[SourceRef, ...]
    countries: tuple[str, ...]
    languages: tuple[str, ...]

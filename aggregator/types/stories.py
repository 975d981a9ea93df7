"""Stories: what is compared of an entry, and what readers see of a story."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from aggregator.types.names import SourceRef


class StoryFeatures(NamedTuple):
    """What is compared of an entry. Keys and counts are packed (`aggregator.keys`)."""

    words: bytes
    """Keys of the stems of its title and first words: 32 bits each."""
    counts: bytes
    """How often each occurs, 8 bits each; words of the title count three times."""
    anchors: bytes
    """Keys of what is the same in every language: names, figures, places, some concepts."""
    anchor_counts: bytes
    names: bytes
    """Those anchors that name a place or a person."""
    sketch: bytes
    """Keys of a sample of its shingles (runs of four words), the same sample in every text."""
    form: int
    """Key of the title without its figures, the same for all issues of a rubric."""
    figures: int
    """Key of the figures of the title; 0 for none."""
    score: int
    """Key of the score in the title ("2-1"); 0 for none."""
    serial: bool
    """Whether the title announces a rubric or a live report."""
    brief: bool
    """Whether it has little more than its headline."""
    agency: str
    """The agency named in its dateline or signature; "" for none."""


@dataclass(frozen=True, slots=True)
class UnplacedEntry:
    """A stored entry without a story yet; `terms` is None if it is too old for one."""

    id: int
    terms: StoryFeatures | None
    text: str = ""
    """Folded words of its body, if at hand."""


class StorySummary(NamedTuple):
    """A story as lists show it, beside the entry that represents it."""

    id: int
    entry_count: int
    source_count: int
    sources: tuple[SourceRef, ...]
    """Up to four sources that reported it, the earliest first."""
    languages: tuple[str, ...]
    first_at: datetime
    last_at: datetime
    shown_id: int
    """The entry whose position in lists it takes."""
    entry_ids: tuple[int, ...]
    joined: tuple[datetime, ...]
    """When each source first reported it, the latest first; at most twelve."""
    yours: bool = False
    """Whether `sources` are those that the reader follows, the last to write of it first."""


@dataclass(frozen=True, slots=True)
class StoryPin:
    """A story at the top of the front page, until it expires."""

    story_id: int
    editor: str
    pinned_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class StoryReadState:
    """Whether a reader follows a story, and how far they have seen it."""

    followed: bool = False
    seen_up_to: int | None = None
    """Id of the last entry they were shown; None if they do not follow it."""
    title: str = ""
    """The headline that they know it by."""

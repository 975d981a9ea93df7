"""Stories: what of an entry is compared, where it belongs, and what readers see of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from aggregator.types.names import SourceRef


class StoryFeatures(NamedTuple):
    """What of an entry is compared with others. Keys and counts are packed (`aggregator.keys`)."""

    words: bytes
    """Keys of the stems of its title and first words: 32 bits each."""
    counts: bytes
    """How often each of them stands there, 8 bits each; in the title three times as often."""
    anchors: bytes
    """Keys of what is the same in every language: names, figures, places, a few notions."""
    anchor_counts: bytes
    sketch: bytes
    """Keys of some of its runs of four words: of the same runs in every text."""
    form: int
    """Key of the title without its figures: the same for all issues of a rubric."""
    figures: int
    """Key of the figures of the title; 0 without any."""
    score: int
    """Key of the result that the title gives ("2-1"); 0 without one."""
    serial: bool
    """Whether the title says that it is a rubric or a live report."""
    brief: bool
    """Whether it has hardly more than its headline."""
    agency: str
    """The agency that its dateline or signature names; "" for none."""


@dataclass(frozen=True, slots=True)
class UnplacedEntry:
    """A new entry that is stored; `terms` None where it is too old for a story."""

    id: int
    terms: StoryFeatures | None
    text: str = ""
    """The folded words of its body, where they are at hand."""


@dataclass(frozen=True, slots=True)
class StorySummary:
    """A story as lists show it, beside the entry that stands for it."""

    id: int
    entry_count: int
    source_count: int
    sources: tuple[SourceRef, ...]
    """Up to four that told it, the earliest first."""
    languages: tuple[str, ...]
    first_at: datetime
    last_at: datetime
    shown_id: int
    """The entry at whose place it stands."""
    entry_ids: tuple[int, ...]
    joined: tuple[datetime, ...]
    """When each source first told it, the latest first; at most twelve."""


@dataclass(frozen=True, slots=True)
class StoryReadState:
    """What a reader has to do with a story."""

    followed: bool = False
    seen_up_to: int | None = None
    """The id of the last entry that they were shown; None where they do not follow it."""

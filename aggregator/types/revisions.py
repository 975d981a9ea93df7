"""What publishers changed in entries after they were stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from aggregator.types.entries import EntrySummary
from aggregator.types.names import ChangeSize, SourceRef
from aggregator.types.topics import Topic


@dataclass(frozen=True, slots=True)
class EntryText:
    """What a version of an entry says."""

    title: str
    summary: str
    content: str
    """Sanitized HTML."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a change of an entry's text amounts to."""

    size: ChangeSize
    silent: bool
    """Whether the new text says nothing of it: no "Update", no "Correction"."""
    title_changed: bool


@dataclass(frozen=True, slots=True)
class NewRevision:
    """A former version to store, with what replaced it; `change` is None for noise.

    Noise is no version of its own. It only matters to an entry with former versions, of which the
    last is stored as its difference from the present text.
    """

    delta: bytes
    change: Change | None


@dataclass(frozen=True, slots=True)
class EntryVersion:
    """One version of an entry. Numbers begin at 1; the last one is the present text."""

    number: int
    seen_at: datetime
    """When a poll first saw it."""
    text: EntryText
    change: Change | None
    """What it changed in the version before; None for the first."""


@dataclass(frozen=True, slots=True)
class EntryHistory:
    """An entry with its versions, the first one first."""

    entry: EntrySummary
    versions: tuple[EntryVersion, ...]


@dataclass(frozen=True, slots=True)
class SeenChange:
    """A change in a list of changes; version `number` of the entry and the one before it."""

    entry: EntrySummary
    number: int
    seen_at: datetime
    change: Change
    before: EntryText
    after: EntryText


@dataclass(frozen=True, slots=True)
class ChangeFilter:
    """Which changes a list has. None means "any"."""

    day: date | None = None
    """In the time zone of the site."""
    source: str | None = None
    topic: str | None = None
    """The slug of a published topic."""
    size: ChangeSize | None = None
    """The least size."""
    announced: bool = False
    """Whether to list also what publishers said that they changed."""


@dataclass(frozen=True, slots=True)
class ChangeCounts:
    """How many changes a day has, by what the list can be narrowed to."""

    total: int
    by_size: tuple[tuple[ChangeSize, int], ...]
    by_source: tuple[tuple[SourceRef, int], ...]
    by_topic: tuple[tuple[Topic, int], ...]


@dataclass(frozen=True, slots=True)
class ChangePage:
    """A page of changes, the latest first."""

    changes: tuple[SeenChange, ...]
    next_cursor: str | None

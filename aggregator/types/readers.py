"""A reader's own data: what they follow, read and mute, and their preferences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aggregator.types.names import LocalizedName, SourceRef
from aggregator.types.search import SearchOrder

Density = Literal["headlines", "cards", "magazine"]
Theme = Literal["system", "light", "dark", "sepia"]
TextSize = Literal["small", "normal", "large", "huge"]


@dataclass(frozen=True, slots=True)
class Preferences:
    """How pages look and behave, for visitors (in a cookie) and readers (stored)."""

    density: Density = "magazine"
    images: bool = True
    theme: Theme = "system"
    size: TextSize = "normal"
    read_on_scroll: bool = False
    """Whether entries scrolled past count as read."""
    languages: str = ""
    """Languages that one reads beside that of the interface, in order: "fr-ar"; "" for any."""
    search_order: SearchOrder = "blend"


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder into which a reader sorts followed sources; lists show them by `position`."""

    id: int
    name: str
    position: int


@dataclass(frozen=True, slots=True)
class FollowedSource:
    """A source that a reader follows. `unread` stops at `UNREAD_CAP`."""

    source: SourceRef
    unread: int


# Counting stops here, and pages show "999+".
UNREAD_CAP = 1000


@dataclass(frozen=True, slots=True)
class UnreadCounts:
    """The number of unread entries by the slug of each followed source, and in "My news"."""

    by_source: dict[str, int]
    total: int
    """An article that several sources carry counts once."""


@dataclass(frozen=True, slots=True)
class ReadChange:
    """Entries of a reader whose state changed, and nothing else of what was read."""

    version: int
    """The read version with this change."""
    ids: tuple[int, ...]
    read: bool
    """Whether they are read now."""


@dataclass(frozen=True, slots=True)
class MarkResult:
    """The result of marking entries read or unread."""

    count: int
    undo: str | None
    """The token for `undo`; None if nothing changed."""
    changed: tuple[int, ...] = ()
    """The ids of the entries that changed, at most 200."""
    change: ReadChange | None = None
    """All that changed; None if that is more than the state of some entries."""


@dataclass(frozen=True, slots=True)
class BulkChange:
    """The result of changing many entries at once: their ids, in order."""

    changed: tuple[int, ...]
    """Those whose state changed; for read marks with their duplicates."""
    unknown: tuple[int, ...]
    """Those that do not exist."""


@dataclass(frozen=True, slots=True)
class FollowTargets:
    """What can be followed: sources and topics by slug, stories by id."""

    sources: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    stories: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Pack:
    """Sources and topics that are followed with one click."""

    slug: str
    name: LocalizedName | None
    """As configured; None if it is named after what its sources have in common."""
    country: str | None
    language: str | None
    section: str | None
    source_ids: tuple[int, ...]
    topics: tuple[str, ...] = ()
    """Slugs."""


@dataclass(frozen=True, slots=True)
class Mutes:
    """What a reader does not want in mixed lists."""

    words: tuple[str, ...] = ()
    sources: tuple[SourceRef, ...] = ()

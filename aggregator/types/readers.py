"""What is a reader's own: what they follow, have read and mute, and how pages look to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aggregator.types.names import SourceRef

Density = Literal["headlines", "cards", "magazine"]
Theme = Literal["system", "light", "dark", "sepia"]
TextSize = Literal["small", "normal", "large", "huge"]


@dataclass(frozen=True, slots=True)
class Preferences:
    """How pages look and behave; the same for a visitor (in a cookie) and a reader (stored)."""

    density: Density = "magazine"
    images: bool = True
    theme: Theme = "system"
    size: TextSize = "normal"
    read_on_scroll: bool = False
    """Whether entries that were scrolled past count as read."""


@dataclass(frozen=True, slots=True)
class FollowedSource:
    """A source that a reader follows. `unread` stops at `UNREAD_CAP`."""

    source: SourceRef
    unread: int


UNREAD_CAP = 1000
"""Nobody reads a number above: counting stops here, and pages show "999+"."""


@dataclass(frozen=True, slots=True)
class MarkResult:
    """What marking entries read or unread changed."""

    count: int
    undo: str | None
    """With which `undo` brings back how it was; None where nothing changed."""
    changed: tuple[int, ...] = ()
    """The ids of the entries that changed, at most 200 of them."""


@dataclass(frozen=True, slots=True)
class Mutes:
    """What a reader does not want in mixed lists."""

    words: tuple[str, ...] = ()
    sources: tuple[SourceRef, ...] = ()

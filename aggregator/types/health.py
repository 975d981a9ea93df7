"""Feeds and sources as operators and readers see them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from aggregator.types.names import SourceRef

# How a feed does, the most worrying first; what each means is in `process.health`.
FeedState = Literal[
    "gone",
    "refused",
    "unreachable",
    "failing",
    "damaged",
    "moved",
    "slow",
    "silent",
    "new",
    "healthy",
    "disabled",
]


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """A feed and how its polling goes."""

    id: int
    url: str
    section: str
    source: SourceRef
    enabled: bool
    status: FeedState
    entry_count: int
    last_polled_at: datetime | None
    last_success_at: datetime | None
    next_poll_at: datetime | None
    interval_s: int
    error_kind: str | None
    error_detail: str | None
    since: datetime | None = None
    """When the status began; None where it began before anybody noted it."""
    adopted_url: str | None = None
    """The address that is polled in place of `url`."""
    advertised: tuple[tuple[str, str], ...] = ()
    """(title, URL) of the feeds that a web page at the feed's address names."""
    failures: int = 0
    """Polls that failed since the last good one."""
    not_before: datetime | None = None
    """The publisher asked to be left alone until then."""
    took_ms: int | None = None
    """How long the publisher's last good answer took."""
    clamped_dates: int = 0
    """Entries of the last document whose date could not be believed."""
    newest_at: datetime | None = None
    mean_gap_s: int | None = None
    median_delay_s: int | None = None
    """From publication to arrival, over the last 50 entries that came after the first poll."""
    entries_per_day: float | None = None


@dataclass(frozen=True, slots=True)
class FeedDay:
    """What polling a feed came to on one day (UTC)."""

    day: date
    polls: int = 0
    failures: int = 0
    new_entries: int = 0
    """Without those of the very first poll, which are older."""


@dataclass(frozen=True, slots=True)
class FeedHistory:
    """A feed with its last days, the oldest first, none left out."""

    feed: FeedHealth
    days: tuple[FeedDay, ...]


@dataclass(frozen=True, slots=True)
class FeedHealthPage:
    """What an operator looks at: some feeds, the most worrying first, and counts of all."""

    reports: tuple[FeedHistory, ...]
    counts: dict[FeedState, int]
    """Feeds by state, the most worrying first; only states that occur."""
    next_page: int | None


@dataclass(frozen=True, slots=True)
class SourceOverview:
    """A source with its feeds, for the list of sources."""

    source: SourceRef
    site: str
    ownership: str | None
    enabled: bool
    entry_count: int
    last_entry_at: datetime | None
    feeds: tuple[FeedHealth, ...] = field(default=())

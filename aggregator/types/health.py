"""Feeds and sources as operators and readers see them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from aggregator.types.names import SourceRef

# States of a feed, most serious first; `process.feeds.health` defines them.
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
    """A feed and the state of its polling."""

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
    """When the status began; None if it began before that was recorded."""
    adopted_url: str | None = None
    """The URL that is polled instead of `url`."""
    advertised: tuple[tuple[str, str], ...] = ()
    """(title, URL) of the feeds advertised by a web page at the feed's URL."""
    failures: int = 0
    """Failed polls since the last successful one."""
    not_before: datetime | None = None
    """The publisher wants to be left alone until then."""
    took_ms: int | None = None
    """Duration of the publisher's last successful answer."""
    clamped_dates: int = 0
    """Entries of the last document with an implausible date."""
    newest_at: datetime | None = None
    mean_gap_s: int | None = None
    median_delay_s: int | None = None
    """From publication to arrival, over the last 50 entries that came after the first poll."""
    entries_per_day: float | None = None


@dataclass(frozen=True, slots=True)
class FeedDay:
    """The polls of a feed on one day (UTC)."""

    day: date
    polls: int = 0
    failures: int = 0
    new_entries: int = 0
    """Excludes those of the very first poll, which are older."""


@dataclass(frozen=True, slots=True)
class FeedHistory:
    """A feed with its last days, oldest first, without gaps."""

    feed: FeedHealth
    days: tuple[FeedDay, ...]


@dataclass(frozen=True, slots=True)
class FeedHealthPage:
    """A page of feeds for operators, most serious first, with totals over all feeds."""

    reports: tuple[FeedHistory, ...]
    counts: dict[FeedState, int]
    """Number of feeds by state, most serious first; only states that occur."""
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

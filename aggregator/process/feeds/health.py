"""The state of a feed, computed from what is stored of it, and the sentences for it.

| state       | means                                                             |
|-------------|-------------------------------------------------------------------|
| gone        | the publisher closed its URL for good; it is no longer polled     |
| refused     | the publisher does not let us in, or not that often               |
| unreachable | nothing answers at its URL                                        |
| failing     | what answers cannot be used                                       |
| damaged     | it can be read, but its document is faulty or was cut             |
| moved       | it is read at another URL than the configured one                 |
| slow        | it can be read, but its publisher took more than `SLOW` to answer |
| silent      | it can be read, but has had nothing new for `SILENT_AFTER`        |
| new         | it has not been polled yet                                        |
| healthy     | none of these                                                     |
| disabled    | it was removed from the config                                    |
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import get_args

from aggregator.errors import FETCH_KINDS, PARSE_KINDS
from aggregator.types import FeedDay, FeedFailure, FeedState

SLOW = timedelta(seconds=5)
SILENT_AFTER = timedelta(days=30)
# The delay is the median over this many latest entries.
DELAY_SAMPLE_SIZE = 50
SHOWN_DAYS = 30
KEPT_DAYS = 60

STATES: tuple[FeedState, ...] = get_args(FeedState)
FAILURES = frozenset({*FETCH_KINDS, *PARSE_KINDS, "internal"})
DAMAGES = frozenset({"damaged", "damaged_encoding", "too_many_entries", "unreadable_dates"})
# Kinds of problems; each has a sentence and advice in the catalogues.
PROBLEM_KINDS = FAILURES | DAMAGES
BROKEN_STATES: tuple[FeedState, ...] = ("gone", "refused", "unreachable", "failing", "damaged")
# States whose advice does not depend on what is wrong.
ADVISORY_STATES: tuple[FeedState, ...] = ("moved", "slow", "silent")
# Failures of which a publisher recovers; a feed that never worked rather has a wrong address.
TRANSIENT_KINDS = frozenset(
    {
        "bad_response", "connection", "empty", "http_status", "parse_timeout", "server_error",
        "timeout", "undecodable",
    }
)  # fmt: skip
_UNANSWERED = frozenset({"dns", "connection", "tls", "timeout"})


@dataclass(frozen=True, slots=True)
class FeedFacts:
    """What the state of a feed depends on. `status` is the outcome of its last poll."""

    enabled: bool
    status: str
    error_kind: str | None = None
    adopted_url: str | None = None
    took_ms: int | None = None
    last_success_at: datetime | None = None
    newest_at: datetime | None = None
    status_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Number of entries that arrived from `first_day` up to yesterday."""

    first_day: date
    new_entries: int


def feed_state(facts: FeedFacts) -> FeedState:
    """The state of a feed, the most serious if several apply."""
    if not facts.enabled:
        return "disabled"
    if facts.status == "failing":
        return "unreachable" if facts.error_kind in _UNANSWERED else "failing"
    for named in STATES:
        if facts.status == named and named in (*BROKEN_STATES, "new"):
            return named
    return _readable_feed_state(facts)


def _readable_feed_state(facts: FeedFacts) -> FeedState:
    if facts.adopted_url:
        return "moved"
    if (facts.took_ms or 0) > SLOW.total_seconds() * 1000:
        return "slow"
    # Compared with the last poll, not with now: a stopped poller makes no feed silent.
    polled_at, newest_at = facts.last_success_at, facts.newest_at
    if polled_at and newest_at and polled_at - newest_at >= SILENT_AFTER:
        return "silent"
    return "healthy"


def state_since(facts: FeedFacts) -> datetime | None:
    """When the state began; a silent feed has been silent since its newest entry."""
    return facts.newest_at if feed_state(facts) == "silent" else facts.status_since


def message_key(shown: FeedState, error_kind: str | None) -> str:
    """The translation key of the problem."""
    if shown in BROKEN_STATES and error_kind in PROBLEM_KINDS:
        return f"feed.error.{error_kind}"
    return f"feed.status_text.{shown}"


def advice_key(shown: FeedState, error_kind: str | None, *, ever_read: bool = True) -> str | None:
    """The translation key of the remedy; None if there is none."""
    if not ever_read and shown in BROKEN_STATES and error_kind in TRANSIENT_KINDS:
        return "feed.advice.never_read"
    if shown in ADVISORY_STATES:
        return f"feed.advice.{shown}"
    return (
        f"feed.advice.{error_kind}"
        if shown in BROKEN_STATES and error_kind in PROBLEM_KINDS
        else None
    )


def median(delays: Sequence[int]) -> int:
    """The median in seconds; the lower of two."""
    return sorted(delays)[(len(delays) - 1) // 2]


def pad_days(known: Sequence[FeedDay], today: date, count: int = SHOWN_DAYS) -> tuple[FeedDay, ...]:
    """The last `count` days up to `today`, oldest first, including those without a poll."""
    by_day = {each.day: each for each in known}
    days = [today - timedelta(days=back) for back in range(count - 1, -1, -1)]
    return tuple(by_day.get(day) or _day_without_polls(day) for day in days)


_day_without_polls = lru_cache(maxsize=2 * KEPT_DAYS)(FeedDay)


def arrivals(known: Sequence[FeedDay], today: date) -> Arrivals | None:
    """The entries of complete days; None without any such day."""
    whole = [each for each in known if each.day < today and each.polls]
    if not whole:
        return None
    return Arrivals(min(each.day for each in whole), sum(each.new_entries for each in whole))


def entries_per_day(known: Arrivals | None, today: date, mean_gap_s: int | None) -> float | None:
    """New entries per day, over the complete days since the feed was first polled.

    With fewer than two such days, estimated from the dates in its last document; None without any.
    """
    if known and (today - known.first_day).days >= 2:
        return known.new_entries / (today - known.first_day).days
    return 86400 / mean_gap_s if mean_gap_s else None


_REFUSALS = frozenset({"unauthorized", "forbidden", "challenge", "rate_limited"})


def status_after_failure(failure: FeedFailure) -> str:
    """The status of a feed whose last poll failed with `failure`."""
    if failure.kind == "gone":
        return "gone"
    return "refused" if failure.kind in _REFUSALS else "failing"

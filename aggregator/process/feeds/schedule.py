"""Decide when a feed is polled next. Pure: time and chance are arguments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

MAX_BACKOFF = timedelta(hours=24)
# Maximum that a publisher's Retry-After can hold its host back.
MAX_HOST_BACKOFF = timedelta(hours=24)
# Lifetime of a claim that is not extended.
LEASE_DURATION = timedelta(seconds=90)
# Each wait varies by up to this fraction, so that polls spread out.
JITTER = 0.1


@dataclass(frozen=True, slots=True)
class PollPolicy:
    """The operator's bounds."""

    min_interval: timedelta
    max_interval: timedelta

    @property
    def longest_wait(self) -> timedelta:
        """The longest wait for a next poll, whatever its last one brought."""
        return max(MAX_BACKOFF, MAX_HOST_BACKOFF, self.min_interval, self.max_interval)


@dataclass(frozen=True, slots=True)
class PublishingRate:
    """How often a feed publishes: newest entry, mean gap between entries; None if unknown."""

    newest_at: datetime | None
    mean_gap: timedelta | None


def next_interval(
    policy: PollPolicy,
    rhythm: PublishingRate,
    now: datetime,
    publisher_asks: timedelta | None = None,
) -> timedelta:
    """The wait after a successful poll, within the policy's bounds.

    A feed silent for 30 days is polled at `max_interval`, for 14 days at half of it, for 7 days at
    a quarter; a livelier one at half its mean gap, at most a quarter of `max_interval`. The
    publisher (Cache-Control, Expires, ttl) can lengthen the wait up to `max_interval`. The steps
    are CommaFeed's.
    """
    longest = policy.max_interval
    silence = now - rhythm.newest_at if rhythm.newest_at else timedelta(0)
    if silence >= timedelta(days=30):
        wait = longest
    elif silence >= timedelta(days=14):
        wait = longest / 2
    elif silence >= timedelta(days=7) or rhythm.mean_gap is None:
        wait = longest / 4
    else:
        wait = min(rhythm.mean_gap / 2, longest / 4)
    return min(max(wait, policy.min_interval, publisher_asks or timedelta(0)), longest)


def backoff(
    policy: PollPolicy, failures: int, publisher_asks: timedelta | None = None
) -> timedelta:
    """The wait after the `failures`-th failed poll in a row: it doubles and never gives up.

    `min_interval` after the first, twice as long after each further one, up to a day; the publisher
    (Retry-After) can lengthen it up to a day. A `min_interval` of more than a day is kept.
    """
    longest = max(MAX_BACKOFF, policy.min_interval)
    doublings = min(max(failures - 1, 0), 17)  # a second doubled so often is more than a day
    doubled: timedelta = min(policy.min_interval, MAX_BACKOFF) * 2**doublings
    return min(max(doubled, policy.min_interval, publisher_asks or timedelta(0)), longest)


def with_jitter(
    wait: timedelta, chance: float, shortest: timedelta, longest: timedelta
) -> timedelta:
    """`wait` moved by up to a tenth, but kept between `shortest` and `longest`.

    `chance` is uniform over [0, 1).
    """
    moved = wait * (1 + JITTER * (2 * chance - 1))
    return min(max(moved, shortest), max(longest, shortest))

"""The schedule: CommaFeed's curve within the operator's bounds, a backoff that never gives up."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.process.feeds.schedule import (
    MAX_BACKOFF,
    PollPolicy,
    PublishingRate,
    backoff,
    next_interval,
    with_jitter,
)
from tests.builders import NOW

POLICY = PollPolicy(timedelta(minutes=5), timedelta(hours=4))
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def rhythm(silent: timedelta = timedelta(0), gap: timedelta | None = HOUR) -> PublishingRate:
    return PublishingRate(NOW - silent, gap)


@pytest.mark.parametrize(
    ("silent", "expected"),
    [
        (timedelta(0), 30 * MINUTE),
        (7 * DAY - MINUTE, 30 * MINUTE),
        (7 * DAY, HOUR),
        (14 * DAY - MINUTE, HOUR),
        (14 * DAY, 2 * HOUR),
        (30 * DAY - MINUTE, 2 * HOUR),
        (30 * DAY, 4 * HOUR),
        (9000 * DAY, 4 * HOUR),
    ],
)
def test_the_longer_the_silence_the_longer_the_wait(silent: timedelta, expected: timedelta) -> None:
    assert next_interval(POLICY, rhythm(silent), NOW) == expected


@pytest.mark.parametrize(
    ("gap", "expected"),
    [
        (timedelta(0), 5 * MINUTE),
        (8 * MINUTE, 5 * MINUTE),
        (40 * MINUTE, 20 * MINUTE),
        (2 * HOUR, HOUR),
        (2 * DAY, HOUR),
        (None, HOUR),
    ],
)
def test_half_the_mean_gap_at_most_a_quarter_of_the_longest(
    gap: timedelta | None, expected: timedelta
) -> None:
    assert next_interval(POLICY, rhythm(gap=gap), NOW) == expected


def test_a_feed_of_which_nothing_is_known() -> None:
    assert next_interval(POLICY, PublishingRate(None, None), NOW) == HOUR


def test_entries_from_the_future_are_not_silence() -> None:
    assert next_interval(POLICY, PublishingRate(NOW + 300 * DAY, HOUR), NOW) == 30 * MINUTE


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (timedelta(0), 30 * MINUTE),
        (10 * MINUTE, 30 * MINUTE),
        (2 * HOUR, 2 * HOUR),
        (365 * DAY, 4 * HOUR),
    ],
)
def test_the_publisher_can_only_lengthen_the_wait(asked: timedelta, expected: timedelta) -> None:
    assert next_interval(POLICY, rhythm(), NOW, asked) == expected


@pytest.mark.parametrize(
    ("failures", "expected"),
    [
        (1, 5 * MINUTE),
        (2, 10 * MINUTE),
        (4, 40 * MINUTE),
        (9, 1280 * MINUTE),
        (10, DAY),
        (10**6, DAY),
    ],
)
def test_each_failure_doubles_the_wait_up_to_a_day(failures: int, expected: timedelta) -> None:
    assert backoff(POLICY, failures) == expected


@pytest.mark.parametrize(
    ("asked", "expected"), [(MINUTE, 5 * MINUTE), (3 * HOUR, 3 * HOUR), (900 * DAY, DAY)]
)
def test_retry_after_is_kept_up_to_a_day(asked: timedelta, expected: timedelta) -> None:
    assert backoff(POLICY, 1, asked) == expected


def test_an_operator_who_polls_weekly_does_not_poll_failing_feeds_daily() -> None:
    assert backoff(PollPolicy(7 * DAY, 30 * DAY), 3) == 7 * DAY


DURATIONS = st.timedeltas(timedelta(0), 40_000 * DAY)
BOUNDS = st.tuples(
    st.timedeltas(timedelta(seconds=1), 36_500 * DAY),
    st.timedeltas(timedelta(seconds=1), 36_500 * DAY),
).map(lambda pair: PollPolicy(min(pair), max(pair)))
CHANCES = st.floats(0, 1, exclude_max=True)


@given(
    BOUNDS,
    st.none() | st.timedeltas(-10_000 * DAY, 10_000 * DAY),
    st.none() | DURATIONS,
    st.none() | DURATIONS,
    CHANCES,
)
def test_a_wait_is_always_within_the_bounds(
    policy: PollPolicy,
    silent: timedelta | None,
    gap: timedelta | None,
    asked: timedelta | None,
    chance: float,
) -> None:
    newest_at = None if silent is None else NOW - silent
    wait = next_interval(policy, PublishingRate(newest_at, gap), NOW, asked)
    assert policy.min_interval <= wait <= policy.max_interval
    moved = with_jitter(wait, chance, policy.min_interval, policy.max_interval)
    assert policy.min_interval <= moved <= policy.max_interval


@given(BOUNDS, st.integers(0, 10**9), st.none() | DURATIONS)
def test_a_backoff_is_never_shorter_than_the_minimum_nor_endless(
    policy: PollPolicy, failures: int, asked: timedelta | None
) -> None:
    wait = backoff(policy, failures, asked)
    assert policy.min_interval <= wait <= max(MAX_BACKOFF, policy.min_interval)
    assert wait <= backoff(policy, failures + 1, asked)


@given(CHANCES)
def test_jitter_moves_by_a_tenth_at_most(chance: float) -> None:
    moved = with_jitter(HOUR, chance, MINUTE, DAY)
    assert abs(moved - HOUR) <= HOUR / 10


def test_jitter_spreads_feeds_of_one_interval() -> None:
    waits = {with_jitter(HOUR, number / 10, MINUTE, DAY) for number in range(10)}
    assert len(waits) == 10

"""How a feed does, from what is stored of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from aggregator.process.feeds.health import (
    ADVISORY_STATES,
    BROKEN_STATES,
    PROBLEM_KINDS,
    STATES,
    TRANSIENT_KINDS,
    FeedFacts,
    advice_key,
    arrivals,
    entries_per_day,
    feed_state,
    median,
    message_key,
    pad_days,
    state_since,
    status_after_failure,
)
from aggregator.types import FeedDay, FeedFailure, FeedState
from tests.builders import NOW

DAY = timedelta(days=1)
TODAY = date(2026, 11, 2)
WELL = FeedFacts(enabled=True, status="healthy", last_success_at=NOW, newest_at=NOW - DAY)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (WELL, "healthy"),
        (replace(WELL, enabled=False, status="gone"), "disabled"),
        (FeedFacts(enabled=True, status="new"), "new"),
        (replace(WELL, status="gone", error_kind="gone"), "gone"),
        (replace(WELL, status="refused", error_kind="rate_limited"), "refused"),
        (replace(WELL, status="failing", error_kind="not_found"), "failing"),
        (replace(WELL, status="failing", error_kind="html"), "failing"),
        (replace(WELL, status="failing"), "failing"),
        (replace(WELL, status="failing", error_kind="timeout"), "unreachable"),
        (replace(WELL, status="failing", error_kind="dns"), "unreachable"),
        (replace(WELL, status="damaged", adopted_url="https://new.example/"), "damaged"),
        (replace(WELL, adopted_url="https://new.example/", took_ms=9000), "moved"),
        (replace(WELL, took_ms=5000), "healthy"),
        (replace(WELL, took_ms=5001, newest_at=NOW - 40 * DAY), "slow"),
        (replace(WELL, newest_at=NOW - 30 * DAY), "silent"),
        (replace(WELL, newest_at=NOW - 29 * DAY), "healthy"),
        (replace(WELL, newest_at=None), "healthy"),
    ],
)
def test_the_most_worrying_state_is_shown(facts: FeedFacts, expected: FeedState) -> None:
    assert feed_state(facts) == expected


def test_a_silent_feed_is_silent_since_its_newest_entry() -> None:
    facts = replace(WELL, status_since=NOW - 2 * DAY)
    assert state_since(facts) == NOW - 2 * DAY
    assert state_since(replace(facts, newest_at=NOW - 31 * DAY)) == NOW - 31 * DAY


def test_sentences_name_the_trouble_where_there_is_one() -> None:
    assert message_key("failing", "html") == "feed.error.html"
    assert message_key("damaged", "too_many_entries") == "feed.error.too_many_entries"
    assert message_key("healthy", "html") == "feed.status_text.healthy"
    assert message_key("failing", "unheard_of") == "feed.status_text.failing"
    assert message_key("slow", None) == "feed.status_text.slow"


def test_a_challenge_is_a_refusal() -> None:
    assert status_after_failure(FeedFailure("challenge", "")) == "refused"
    assert message_key("refused", "challenge") == "feed.error.challenge"


def test_whatever_is_wrong_there_is_advice() -> None:
    for shown in BROKEN_STATES:
        assert all(advice_key(shown, kind) for kind in PROBLEM_KINDS)
    assert all(advice_key(shown, None) for shown in ADVISORY_STATES)
    for shown in set(STATES) - {*BROKEN_STATES, *ADVISORY_STATES}:
        assert advice_key(shown, "timeout") is None


def test_nobody_waits_for_a_feed_that_never_worked() -> None:
    assert TRANSIENT_KINDS < PROBLEM_KINDS
    for kind in TRANSIENT_KINDS:
        assert advice_key("failing", kind, ever_read=False) == "feed.advice.never_read"
        assert advice_key("failing", kind) == f"feed.advice.{kind}"
    assert advice_key("refused", "forbidden", ever_read=False) == "feed.advice.forbidden"
    assert advice_key("new", None, ever_read=False) is None


@pytest.mark.parametrize(("delays", "middle"), [((7,), 7), ((9, 1), 1), ((5, 900, 3), 5)])
def test_the_median(delays: tuple[int, ...], middle: int) -> None:
    assert median(delays) == middle


def test_days_without_a_poll_are_filled_in() -> None:
    polled = FeedDay(TODAY - DAY, 5, 1, 2)
    days = pad_days([FeedDay(TODAY - 90 * DAY, 1), polled], TODAY)
    assert len(days) == 30
    assert days[-2:] == (polled, FeedDay(TODAY))
    assert days[0] == FeedDay(TODAY - 29 * DAY)


@pytest.mark.parametrize(
    ("days", "mean_gap_s", "rate"),
    [
        ([], None, None),
        ([], 3600, 24.0),
        ([FeedDay(TODAY, 9, 0, 50), FeedDay(TODAY - DAY, 9, 0, 50)], 3600, 24.0),
        ([FeedDay(TODAY, 9, 0, 50), FeedDay(TODAY - 4 * DAY, 9, 0, 10)], 3600, 2.5),
        ([FeedDay(TODAY - 2 * DAY, 9, 9, 0)], 3600, 0.0),
    ],
)
def test_entries_a_day(days: list[FeedDay], mean_gap_s: int | None, rate: float | None) -> None:
    assert entries_per_day(arrivals(days, TODAY), TODAY, mean_gap_s) == rate


def test_now_is_no_part_of_it() -> None:
    """A poller that stood still for a year makes no feed silent."""
    long_ago = datetime(2020, 1, 1, tzinfo=NOW.tzinfo)
    assert feed_state(replace(WELL, last_success_at=long_ago, newest_at=long_ago)) == "healthy"

"""Which stored times can be true."""

from __future__ import annotations

from datetime import timedelta

import pytest

from aggregator.process.deadlines import CLOCK_TOLERANCE, is_in_future, is_past
from aggregator.process.feeds.schedule import PollPolicy
from tests.builders import NOW

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("left", "past"),
    [
        (-400 * DAY, True),
        (timedelta(0), True),
        (MINUTE, False),
        (HOUR, False),
        (HOUR + CLOCK_TOLERANCE, False),  # set by another machine
        (HOUR + CLOCK_TOLERANCE + MINUTE, True),
        (400 * DAY, True),
    ],
)
def test_a_wait_is_over_at_its_end_or_if_it_is_too_long(left: timedelta, past: bool) -> None:
    assert is_past(NOW + left, NOW, HOUR) is past


@pytest.mark.parametrize(
    ("ahead", "future"), [(-DAY, False), (CLOCK_TOLERANCE, False), (HOUR, True), (3650 * DAY, True)]
)
def test_nothing_happened_in_the_future(ahead: timedelta, future: bool) -> None:
    assert is_in_future(NOW + ahead, NOW) is future


@pytest.mark.parametrize(
    ("shortest", "longest", "wait"),
    [(MINUTE, 4 * HOUR, DAY), (MINUTE, 7 * DAY, 7 * DAY), (3 * DAY, 3 * DAY, 3 * DAY)],
)
def test_the_longest_wait_for_a_poll(
    shortest: timedelta, longest: timedelta, wait: timedelta
) -> None:
    assert PollPolicy(shortest, longest).longest_wait == wait

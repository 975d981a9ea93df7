"""Steps of the clock: noticed, logged once, and when deleting waits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from aggregator.poller.clock_watch import ClockWatch
from tests.builders import NOW
from tests.fakes import FakeClock

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
NO_STEP = timedelta(0)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOW)


@pytest.mark.parametrize("by", [-3650 * DAY, -DAY, -60 * SECOND, 60 * SECOND, DAY, 3650 * DAY])
def test_a_step_is_noticed_once(
    clock: FakeClock, by: timedelta, caplog: pytest.LogCaptureFixture
) -> None:
    watch = ClockWatch(clock)
    clock.wait(SECOND)
    assert watch.check() == NO_STEP
    clock.wait(SECOND)
    clock.step(by)
    assert watch.check() == by
    for _ in range(5):
        clock.wait(SECOND)
        assert watch.check() == NO_STEP
    assert len(caplog.records) == 1
    direction = "back" if by < NO_STEP else "ahead"
    assert f"the clock was set {direction} by {abs(by)}" in caplog.text


def test_time_that_passes_is_no_step(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    watch = ClockWatch(clock)
    clock.wait(3 * DAY)  # the machine slept
    assert watch.check() == NO_STEP
    for _ in range(100):
        clock.wait(SECOND)
        clock.step(timedelta(milliseconds=1))  # NTP speeds the clock up
        assert watch.check() == NO_STEP
    assert watch.is_trusted
    assert caplog.text == ""


def test_a_clock_that_jumped_ahead_is_not_trusted(clock: FakeClock) -> None:
    watch = ClockWatch(clock)
    clock.step(400 * DAY)
    assert not watch.is_trusted  # even before the step is noticed
    watch.check()
    assert not watch.is_trusted
    clock.wait(23 * HOUR)
    watch.check()
    assert not watch.is_trusted
    clock.wait(HOUR)
    watch.check()
    assert watch.is_trusted


def test_a_clock_that_is_put_right_is_trusted_at_once(clock: FakeClock) -> None:
    watch = ClockWatch(clock)
    for by, trusted in ((400 * DAY, False), (-399 * DAY, False), (-DAY, True), (-DAY, True)):
        clock.step(by)
        watch.check()
        assert watch.is_trusted is trusted
        clock.wait(HOUR)


def test_small_jumps_are_trusted(clock: FakeClock) -> None:
    watch = ClockWatch(clock)
    for _ in range(50):
        clock.step(30 * 60 * SECOND)
        watch.check()
        assert watch.is_trusted


@pytest.mark.parametrize(
    ("ago", "trusted"),
    [(HOUR, True), (6 * DAY, True), (8 * DAY, False), (400 * DAY, False), (-400 * DAY, True)],
)
def test_after_a_long_stop_the_clock_is_not_trusted_for_a_day(
    clock: FakeClock, ago: timedelta, trusted: bool
) -> None:
    watch = ClockWatch(clock, NOW - ago)
    assert watch.is_trusted is trusted
    clock.wait(DAY)
    assert watch.is_trusted

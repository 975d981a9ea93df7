"""Regular jobs while the clock that APScheduler reads is set ahead and back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from types import SimpleNamespace

import pytest

from aggregator.poller import ticks as module
from aggregator.poller.ticks import Ticks

DAY = timedelta(days=1)


class SteppedTime:
    """`datetime.now` with an offset, in place of the class in APScheduler."""

    def __init__(self) -> None:
        self.offset = timedelta(0)

    def now(self, zone: tzinfo | None = None) -> datetime:
        return datetime.now(zone) + self.offset


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SteppedTime:
    stepped = SteppedTime()
    monkeypatch.setattr("apscheduler.schedulers.base.datetime", SimpleNamespace(now=stepped.now))
    monkeypatch.setattr(module, "_now", lambda: stepped.now(UTC))
    return stepped


async def until(reached: Callable[[], bool], ticks: Ticks) -> None:
    async with asyncio.timeout(20):
        while not reached():
            ticks.keep_ticking()
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("by", [-3650 * DAY, -DAY, DAY, 3650 * DAY])
def test_jobs_run_on_after_a_step(clock: SteppedTime, by: timedelta) -> None:
    runs = 0

    async def work() -> None:
        nonlocal runs
        runs += 1

    async def scenario() -> None:
        nonlocal runs
        ticks = Ticks()
        ticks.add(work, 0.05, first_after_s=0)
        ticks.start()
        await until(lambda: runs >= 2, ticks)
        clock.offset += by
        runs = 0
        await until(lambda: runs >= 3, ticks)
        ticks.stop()

    asyncio.run(scenario())


@pytest.mark.parametrize("late", [timedelta(seconds=1), DAY, 3650 * DAY])
def test_a_late_job_runs_once(late: timedelta) -> None:
    """APScheduler would list a run for every second of ten years."""
    now = datetime(2026, 11, 2, 8, tzinfo=UTC)
    trigger = module._Every(timedelta(seconds=1))
    assert now < trigger.get_next_fire_time(now - late, now) <= now + timedelta(seconds=1)


def test_jobs_keep_their_rhythm() -> None:
    trigger = module._Every(timedelta(seconds=1))
    begun = datetime(2026, 11, 2, 8, tzinfo=UTC)
    a_bit_later = begun + timedelta(milliseconds=30)
    assert trigger.get_next_fire_time(begun, a_bit_later) == begun + timedelta(seconds=1)
    assert trigger.get_next_fire_time(None, begun) == begun + timedelta(seconds=1)


def test_a_job_that_takes_longer_than_its_interval_is_not_logged_at_each_tick(
    caplog: pytest.LogCaptureFixture,
) -> None:
    started = []

    async def scenario() -> None:
        ticks = Ticks()
        going_on = asyncio.Event()

        async def work() -> None:
            started.append(1)
            await going_on.wait()

        async def other() -> None:
            if started:
                skipped.append(1)

        skipped: list[int] = []
        ticks.add(work, 0.01, first_after_s=0)
        ticks.add(other, 0.01)
        ticks.start()
        await until(lambda: len(skipped) >= 5, ticks)
        going_on.set()
        ticks.stop()

    asyncio.run(scenario())
    assert len(started) == 1
    assert [record for record in caplog.records if "maximum number" in record.getMessage()] == []

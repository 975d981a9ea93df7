"""What the poller does beside polling, and when it leaves it."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from aggregator.config import Settings
from aggregator.config.schema import RetentionModel
from aggregator.poller.clock_watch import ClockWatch
from aggregator.poller.housekeeping import Housekeeping
from aggregator.storage.engine import Database
from aggregator.storage.models import Entry
from aggregator.storage.stories.insights import summed_days
from aggregator.storage.stories.write import assign_stories
from tests.builders import NOW, make_entry, make_feed, make_source
from tests.fakes import FakeClock

DAY = timedelta(days=1)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOW)


class House:
    """Housekeeping that keeps entries for thirty days, of a database with a story that is older."""

    def __init__(self, database: Database, clock: FakeClock) -> None:
        self.database = database
        self.repairs = 0
        self.watch = ClockWatch(clock)
        with database.write() as session:
            feed = make_feed(session, make_source(session))
            old, new = (make_entry(session, feed, f"خبر {age}", age=age) for age in (60 * 24, 1))
            told = {"story_id": old, "reprint_of": None, "agency": "", "section": ""}
            assign_stories(session, [told | {"entry_id": entry} for entry in (old, new)])

    def run_hourly(self, *, stopping: bool = False) -> int:
        """How many entries are left by the job."""
        asyncio.run(self._jobs(stopping).run_hourly())
        with self.database.read() as session:
            return session.execute(select(func.count()).select_from(Entry)).scalar_one()

    def update_days(self) -> int:
        """How many days have sums after the job."""
        asyncio.run(self._jobs().update_days())
        with self.database.read() as session:
            return len(summed_days(session))

    def _jobs(self, stopping: bool = False) -> Housekeeping:
        stop = asyncio.Event()
        if stopping:
            stop.set()
        settings = Settings(retention=RetentionModel(keep=30 * DAY))
        return Housekeeping(settings, self.database, self.watch, self._repair, stop)

    async def _repair(self) -> None:
        self.repairs += 1


@pytest.fixture
def house(database: Database, clock: FakeClock) -> House:
    return House(database, clock)


def test_old_entries_are_deleted_and_counted(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    assert house.run_hourly() == 1
    assert house.repairs == 1
    assert "retention deleted 1 entries" in caplog.text


def test_a_clock_in_doubt_deletes_nothing(house: House, clock: FakeClock) -> None:
    clock.step(2 * DAY)
    assert house.run_hourly() == 2
    assert house.repairs == 1


def test_a_poller_that_stops_deletes_nothing_more(house: House) -> None:
    assert house.run_hourly(stopping=True) == 2


def test_days_are_summed_up(house: House) -> None:
    assert house.update_days() > 0


def test_a_clock_in_doubt_sums_up_nothing(house: House, clock: FakeClock) -> None:
    clock.step(2 * DAY)
    assert house.update_days() == 0

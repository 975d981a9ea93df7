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
from tests.builders import NOW, make_entry, make_feed, make_source
from tests.fakes import FakeClock

DAY = timedelta(days=1)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOW)


class House:
    """Housekeeping that keeps entries for thirty days, of a database with an older one."""

    def __init__(self, database: Database, clock: FakeClock) -> None:
        self.database = database
        self.repairs = 0
        self.watch = ClockWatch(clock)
        with database.write() as session:
            feed = make_feed(session, make_source(session))
            for age in (1, 60 * 24):  # hours
                make_entry(session, feed, f"خبر {age}", age=age)

    def keep(self, *, stopping: bool = False) -> int:
        """Keep house once; how many entries are left."""
        asyncio.run(self._keep(stopping))
        with self.database.read() as session:
            return session.execute(select(func.count()).select_from(Entry)).scalar_one()

    async def _keep(self, stopping: bool) -> None:
        stop = asyncio.Event()
        if stopping:
            stop.set()
        settings = Settings(retention=RetentionModel(keep=30 * DAY))
        await Housekeeping(settings, self.database, self.watch, self._repair, stop).run_hourly()

    async def _repair(self) -> None:
        self.repairs += 1


@pytest.fixture
def house(database: Database, clock: FakeClock) -> House:
    return House(database, clock)


def test_old_entries_are_deleted_and_counted(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    assert house.keep() == 1
    assert house.repairs == 1
    assert "retention deleted 1 entries" in caplog.text


def test_a_clock_in_doubt_deletes_nothing(house: House, clock: FakeClock) -> None:
    clock.step(2 * DAY)
    assert house.keep() == 2
    assert house.repairs == 1


def test_a_poller_that_stops_deletes_nothing_more(house: House) -> None:
    assert house.keep(stopping=True) == 2

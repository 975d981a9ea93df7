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
from aggregator.process.analysis.story_features import story_features
from aggregator.services.ingest.assign_stories import assign_stories
from aggregator.services.reading.dispatches import get_agency
from aggregator.storage.engine import Database
from aggregator.storage.models import Entry
from aggregator.storage.stories import write as stories
from aggregator.storage.stories.insights import summed_days
from aggregator.types import UnplacedEntry
from tests.builders import NOW, an_entry, make_entry, make_feed, make_source, store_entries
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
            stories.assign_stories(session, [told | {"entry_id": entry} for entry in (old, new)])

    def run_hourly(self, *, stopping: bool = False) -> int:
        """How many entries are left by the job."""
        asyncio.run(self.jobs(stopping=stopping).run_hourly())
        with self.database.read() as session:
            return session.execute(select(func.count()).select_from(Entry)).scalar_one()

    def update_days(self) -> int:
        """How many days have sums after the job."""
        asyncio.run(self.jobs().update_days())
        with self.database.read() as session:
            return len(summed_days(session))

    def jobs(self, *, stopping: bool = False) -> Housekeeping:
        """The jobs of a poller that is running, or about to stop."""
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


DISPATCH = (
    "تيزران (و.ب) – لقي أربعة أشخاص مصرعهم وأصيب 23 آخرون بجروح متفاوتة الخطورة في حادثة سير "
    "وقعت صباح اليوم على الطريق الوطنية رقم 29 قرب أغبالة، إثر اصطدام حافلة للمسافرين قادمة من "
    "تيزران بشاحنة لنقل الرمال. ونقل المصابون إلى المستشفى الإقليمي، وفتحت مصالح الدرك تحقيقا."
)


def test_prints_of_the_first_minute_count_with_the_next_sums(
    database: Database, house: House
) -> None:
    def arrive(slug: str, age: timedelta) -> None:
        with database.write_exclusive() as session:
            feed = make_feed(session, make_source(session, slug), f"https://{slug}.example/feed")
            story = story_features(slug, DISPATCH)
            entry = an_entry(slug, guid=slug, text=DISPATCH, story=story, published_at=NOW - age)
            (id_,) = store_entries(session, feed, entry)
            assign_stories(session, [UnplacedEntry(id_, story)])

    async def start() -> None:
        jobs = house.jobs()
        await jobs.run_hourly()
        arrive("atlas", DAY)
        await jobs.update_days()

    arrive("janoub", DAY + timedelta(hours=1))
    asyncio.run(start())
    with database.read() as session:
        assert get_agency(session, "al-boughaz", NOW, 7).sums.prints == 2


def test_days_are_summed_up(house: House) -> None:
    assert house.update_days() > 0


def test_a_clock_in_doubt_sums_up_nothing(house: House, clock: FakeClock) -> None:
    clock.step(2 * DAY)
    assert house.update_days() == 0

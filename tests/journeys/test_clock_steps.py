"""A running poller while the clock is set back by a day, ahead by years, and put right again."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from aggregator import config
from aggregator.poller import once, schedule
from aggregator.process.feeds.schedule import PollPolicy
from aggregator.services.operate.load_sources import load_sources
from aggregator.storage.engine import Database
from aggregator.storage.jobs import claim_daily_run
from aggregator.storage.models import Entry, Feed, TopicPin, TopicRow
from tests.builders import make_entry
from tests.fakes import SteppedClock
from tests.journeys.pollers import write_config
from tests.journeys.publishing import SlidingPublisher

pytestmark = pytest.mark.slow

DAY = timedelta(days=1)
LONGEST = PollPolicy(timedelta(seconds=1), timedelta(seconds=4)).longest_wait


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


def settings_of(
    database: Database, publisher: SlidingPublisher, folder: Path, more: str = ""
) -> config.Settings:
    url = database.url.render_as_string(hide_password=False)
    path = write_config(folder / "config.toml", url, [publisher.url("f")], more)
    return config.load(path, {})


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not reached():
            await asyncio.sleep(0.02)


async def polling(
    settings: config.Settings,
    database: Database,
    clock: SteppedClock,
    scenario: Callable[[], Any],
) -> None:
    load_sources(database, config.source_specs(settings), clock.now())
    running = asyncio.create_task(schedule.run(settings, database, lambda: settings, clock=clock))
    try:
        await scenario()
    finally:
        os.kill(os.getpid(), signal.SIGTERM)
        await running


def test_polling_goes_on(
    database: Database,
    publisher: SlidingPublisher,
    tmp_path: Path,
    clock: SteppedClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    steps = [-DAY, 401 * DAY, 3650 * DAY, -4050 * DAY]

    async def polled_again(times: int) -> None:
        await until(lambda: publisher.polls["f"] >= times)

    async def scenario() -> None:
        await polled_again(2)
        for step in steps:
            clock.offset += step
            polls = publisher.polls["f"]
            await polled_again(polls + 2)
            await until(lambda: schedule_is_possible(database, clock.now()))
        await until(lambda: newest_arrival(database) <= clock.now())

    asyncio.run(polling(settings_of(database, publisher, tmp_path), database, clock, scenario))
    noticed = [each for each in caplog.messages if "the clock was set" in each]
    assert len(noticed) == len(steps), caplog.text
    with database.read() as session:
        assert set(session.execute(select(Feed.failures)).scalars()) == {0}
        assert set(session.execute(select(Feed.lease)).scalars()) == {None}


def newest_arrival(database: Database) -> datetime:
    with database.read() as session:
        return max(session.execute(select(Entry.fetched_at)).scalars())


def schedule_is_possible(database: Database, now: datetime) -> bool:
    with database.read() as session:
        (feed,) = session.execute(select(Feed)).scalars()
        times = (feed.last_polled_at, feed.newest_entry_at, feed.last_success_at)
        soon = now + timedelta(seconds=10)
        return feed.next_poll_at <= now + LONGEST and all(
            each is None or each <= soon for each in times
        )


def test_what_a_clock_ahead_left_is_polled_at_once(
    database: Database, publisher: SlidingPublisher, tmp_path: Path, clock: SteppedClock
) -> None:
    """The clock was put right while nothing ran."""
    settings = settings_of(database, publisher, tmp_path)
    ahead = clock.now() + 400 * DAY
    load_sources(database, config.source_specs(settings), ahead)
    with database.write() as session:
        feed_id = session.execute(select(Feed.id)).scalar_one()
        values = {"next_poll_at": ahead + DAY, "last_polled_at": ahead, "not_before": ahead}
        session.execute(update(Feed).values(values))
        make_entry(session, feed_id, published_at=ahead, fetched_at=ahead)

    async def scenario() -> None:
        await until(lambda: publisher.polls["f"] >= 2)

    asyncio.run(polling(settings, database, clock, scenario))
    with database.read() as session:
        dates = session.execute(select(Entry.published_at, Entry.fetched_at)).all()
    assert all(max(pair) <= clock.now() for pair in dates)


@pytest.mark.parametrize(("ahead", "left"), [(5 * DAY, 1), (400 * DAY, 2)])
def test_nothing_is_deleted_while_the_clock_is_in_doubt(
    sqlite_database: Database,
    publisher: SlidingPublisher,
    tmp_path: Path,
    clock: SteppedClock,
    ahead: timedelta,
    left: int,
) -> None:
    """A pin of three days expires in five, but not when the clock says that 400 have passed."""
    settings = settings_of(sqlite_database, publisher, tmp_path, '[retention]\nkeep = "180d"')
    load_sources(sqlite_database, config.source_specs(settings), clock.now())
    with sqlite_database.write() as session:
        claim_daily_run(session, "retention", DAY, clock.now() - DAY)
        feed_id = session.execute(select(Feed.id)).scalar_one()
        entry_id = make_entry(
            session, feed_id, published_at=clock.now() - 100 * DAY, fetched_at=clock.now()
        )
        topic = TopicRow(
            slug="x", content={}, rule="source:f", state="draft", revision=1, rule_version=1,
            updated_at=clock.now(), updated_by="Brahim",
        )  # fmt: skip
        session.add(topic)
        session.flush()
        session.add(
            TopicPin(
                topic_id=topic.id, entry_id=entry_id, position=0, note="", editor="Brahim",
                pinned_at=clock.now(), expires_at=clock.now() + 3 * DAY,
            )
        )  # fmt: skip
    clock.offset = ahead

    def remaining() -> int:
        with sqlite_database.read() as session:
            pins = session.execute(select(TopicPin.entry_id)).scalars().all()
            return len(pins) + (session.get(Entry, entry_id) is not None)

    async def scenario() -> None:
        await until(lambda: publisher.polls["f"] >= 4 and remaining() == left)

    asyncio.run(polling(settings, sqlite_database, clock, scenario))
    assert remaining() == left


@pytest.mark.parametrize("step", [-DAY, 400 * DAY])
def test_one_round_ends_though_the_clock_is_set(
    database: Database,
    publisher: SlidingPublisher,
    tmp_path: Path,
    clock: SteppedClock,
    step: timedelta,
) -> None:
    settings = settings_of(database, publisher, tmp_path)
    load_sources(database, config.source_specs(settings), clock.now())

    def set_clock(_: int) -> None:
        clock.offset += step

    asyncio.run(once.poll_once(settings, database, (), set_clock, lambda _: None, clock=clock))
    assert publisher.polls["f"] == 1


def test_one_round_polls_what_was_polled_by_a_clock_ahead(
    database: Database, publisher: SlidingPublisher, tmp_path: Path, clock: SteppedClock
) -> None:
    settings = settings_of(database, publisher, tmp_path)
    load_sources(database, config.source_specs(settings), clock.now())
    ahead = clock.now() + 400 * DAY
    with database.write() as session:
        session.execute(update(Feed).values(last_polled_at=ahead))
        feed_id = session.execute(select(Feed.id)).scalar_one()
        make_entry(session, feed_id, published_at=ahead, fetched_at=ahead)
    asyncio.run(once.poll_once(settings, database, (), lambda _: None, lambda _: None, clock=clock))
    assert publisher.polls["f"] == 1
    with database.read() as session:
        assert max(session.execute(select(Entry.published_at)).scalars()) <= clock.now()

"""kill -9 at any moment: no stored entry is lost, none is stored twice, no process stays behind."""

from __future__ import annotations

import random
import time
from collections import Counter
from pathlib import Path

import psutil
import pytest
from sqlalchemy import select

from aggregator.storage.engine import Database
from aggregator.storage.models import Entry, Feed
from tests.journeys.pollers import (
    TIMEOUT_S,
    MarsadProcess,
    leases_held,
    still_alive,
    wait_until,
    write_config,
)
from tests.journeys.publishing import SlidingPublisher

pytestmark = pytest.mark.slow

FEEDS = tuple(f"f{number}" for number in range(8))
KILLS = 4


def config_of(database: Database, publisher: SlidingPublisher, tmp_path: Path) -> Path:
    url = database.url.render_as_string(hide_password=False)
    return write_config(tmp_path / "config.toml", url, map(publisher.url, FEEDS))


def last_success(database: Database) -> list[object]:
    with database.read() as session:
        return list(session.execute(select(Feed.last_success_at).order_by(Feed.id)).scalars())


def each_polled_again(database: Database, before: list[object]) -> bool:
    now = last_success(database)
    return len(now) == len(FEEDS) and all(
        new is not None and new != old
        for old, new in zip(before or [None] * len(FEEDS), now, strict=True)
    )


def stored(database: Database) -> Counter[str]:
    with database.read() as session:
        return Counter(session.execute(select(Entry.guid)).scalars())


def assert_all_there_once(database: Database) -> None:
    """Of each feed everything from the first entry to the last, and counted as such."""
    guids = stored(database)
    assert [name for name, times in guids.items() if times > 1] == []
    for feed in FEEDS:
        mine = sorted(int(name.partition("/")[2]) for name in guids if name.startswith(f"{feed}/"))
        assert mine == list(range(mine[-1] + 1)), feed
    with database.read() as session:
        counts = dict(map(tuple, session.execute(select(Feed.url, Feed.entry_count))))
    for url, count in counts.items():
        assert count == sum(name.startswith(f"{url.rpartition('/')[2]}/") for name in guids)


def test_killed_at_any_moment(
    database: Database, publisher: SlidingPublisher, tmp_path: Path
) -> None:
    config = config_of(database, publisher, tmp_path)
    chance = random.Random(4)
    orphans: list[psutil.Process] = []
    for number in range(KILLS):
        # An entry shows in three polls: of these one at most is lost to each kind of kill.
        if number % 2:
            early = MarsadProcess(config, "poll", *(["--once"] if number % 4 == 1 else []))
            time.sleep(chance.uniform(0.2, 1.5))
            orphans += early.kill()
        before = last_success(database)
        poller = MarsadProcess(config, "poll")
        wait_until(lambda before=before: each_polled_again(database, before))  # type: ignore[misc]
        time.sleep(chance.uniform(0, 1.0))
        orphans += poller.kill()
    last = MarsadProcess(config, "poll", "--once")
    assert last.process.wait(TIMEOUT_S) == 0, last.log_text()
    assert_all_there_once(database)
    assert leases_held(database) == 0
    assert still_alive(orphans) == []


def test_two_pollers_share_the_feeds(
    database: Database, publisher: SlidingPublisher, tmp_path: Path
) -> None:
    config = config_of(database, publisher, tmp_path)
    publisher.delay_s = 0.05
    pollers = [MarsadProcess(config, "poll"), MarsadProcess(config, "poll")]
    try:
        wait_until(lambda: min(publisher.polls[feed] for feed in FEEDS) >= 2)
    finally:
        took = [poller.terminate() for poller in pollers]
    assert max(took) < 10
    assert [poller.process.returncode for poller in pollers] == [0, 0]
    assert set(publisher.most_at_once.values()) == {1}
    assert_all_there_once(database)
    assert leases_held(database) == 0


def test_poll_once_beside_a_running_poller(
    sqlite_database: Database, publisher: SlidingPublisher, tmp_path: Path
) -> None:
    config = config_of(sqlite_database, publisher, tmp_path)
    poller = MarsadProcess(config, "poll")
    try:
        wait_until(lambda: each_polled_again(sqlite_database, []))
        before = Counter(publisher.polls)
        once = MarsadProcess(config, "poll", "--once")
        assert once.process.wait(TIMEOUT_S) == 0, once.log_text()
        assert all(publisher.polls[feed] > before[feed] for feed in FEEDS)
    finally:
        poller.terminate()
    assert set(publisher.most_at_once.values()) == {1}
    assert_all_there_once(sqlite_database)

"""The database fails while a poll is stored: all of the poll is stored once, or nothing yet."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine, event, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from aggregator.errors import FetchError
from aggregator.process.feeds.outage import MIN_HOSTS
from aggregator.services.ingest.cycle import PollCycle
from aggregator.services.ingest.outage import Outages
from aggregator.services.ingest.store import store
from aggregator.storage.engine import Database
from aggregator.storage.models import Feed
from aggregator.types import FetchResult
from tests.builders import BODY, NOW, an_entry, entry_rows, feed_row, make_feed, make_source
from tests.fakes import FakeClock, FakeParser, ok_response
from tests.services.ingest.polls import POLICY, result_of

ENTRIES = tuple(
    an_entry(f"خبر رقم {number}", f"https://h.example/{number}", text=f"{number} {BODY}")
    for number in range(3)
)


def poll(database: Database, feed_id: int, number: int) -> None:
    now = NOW + number * timedelta(minutes=2)  # the lease of the poll before has expired
    store(database, [result_of(database, feed_id, *ENTRIES, now=now)], POLICY)


def is_consistent(database: Database, feed_id: int) -> int:
    """The number of entries: all or none, counted as such, and each findable."""
    count = len(entry_rows(database, feed_id))
    assert count in (0, len(ENTRIES))
    assert feed_row(database, feed_id).entry_count == count
    with database.read() as session:
        indexed = session.execute(text("SELECT count(*) FROM search_docs")).scalar_one()
    assert indexed == count
    return count


@contextmanager
def failing(database: Database) -> Iterator[list[int]]:
    """Have the database fail at one statement, counted down in the list; commits count, too."""
    left = [0]
    stop = _stopper(database)

    def count(*_: object) -> None:
        left[0] -= 1
        if left[0] == 0:
            stop()

    for name in ("before_cursor_execute", "commit"):
        event.listen(database.engine, name, count)
    try:
        yield left
    finally:
        for name in ("before_cursor_execute", "commit"):
            event.remove(database.engine, name, count)


def _stopper(database: Database) -> Callable[[], None]:
    if database.is_sqlite:
        return _raise_full
    name = database.url.database
    admin = create_engine(
        database.engine.url.set(database="postgres"), isolation_level="AUTOCOMMIT"
    )
    statement = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")

    def terminate() -> None:
        with admin.connect() as connection:
            connection.execute(statement, {"name": name})
        admin.dispose()

    return terminate


def _raise_full() -> None:
    raise OperationalError("INSERT", {}, sqlite3.OperationalError("database or disk is full"))


def test_stopped_at_any_statement(database: Database, feed_id: int) -> None:
    counts = []
    with failing(database) as left:
        for number in range(1, 300):
            left[0] = number
            with suppress(DBAPIError):
                poll(database, feed_id, number)
            done = left[0] > 0
            left[0] = 0
            counts.append(is_consistent(database, feed_id))
            if done:
                break
    assert counts == sorted(counts)  # what was stored stays
    assert counts[0] == 0
    assert counts[-1] == len(ENTRIES)
    assert len(counts) > 10
    poll(database, feed_id, len(counts) + 1)
    assert is_consistent(database, feed_id) == len(ENTRIES)


def test_a_held_lock_loses_nothing(sqlite_database: Database) -> None:
    @event.listens_for(sqlite_database.engine, "connect")
    def wait_less(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA busy_timeout = 50")

    with sqlite_database.write() as session:
        feed = make_feed(session, make_source(session))
    results = [result_of(sqlite_database, feed, *ENTRIES)]
    sqlite_database.engine.dispose()
    with closing(sqlite3.connect(sqlite_database.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError, match="locked"):
            store(sqlite_database, results, POLICY)
    assert is_consistent(sqlite_database, feed) == 0
    store(sqlite_database, results, POLICY)
    assert is_consistent(sqlite_database, feed) == len(ENTRIES)


def test_a_full_disk_loses_nothing(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        feed = make_feed(session, make_source(session))
        pages = session.execute(text("PRAGMA page_count")).scalar_one()
    limit = [pages]
    long = an_entry("خبر طويل", "https://h.example/long", text=f"{BODY} " * 500)
    results = [result_of(sqlite_database, feed, *ENTRIES, long)]
    sqlite_database.engine.dispose()

    @event.listens_for(sqlite_database.engine, "connect")
    def narrow(connection: Any, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {limit[0]}")

    with pytest.raises(OperationalError, match="full"):
        store(sqlite_database, results, POLICY)
    assert is_consistent(sqlite_database, feed) == 0
    limit[0] = pages * 100
    sqlite_database.engine.dispose()
    store(sqlite_database, results, POLICY)
    assert len(entry_rows(sqlite_database, feed)) == len(ENTRIES) + 1


# --- the network ---------------------------------------------------------------------------------


class Network:
    """A client whose network is up or down; names of `dead` feeds can never be looked up."""

    def __init__(self, *dead: str) -> None:
        self.is_up = True
        self.dead = dead

    async def fetch(self, url: str, **_: object) -> FetchResult:
        await asyncio.sleep(0)
        if url in self.dead or not self.is_up:
            raise FetchError("dns", "name resolution failed")
        return ok_response(url.encode(), url)


def host(number: int) -> str:
    return f"https://{number}.example/feed"


@pytest.fixture
def hosts(database: Database) -> list[int]:
    """Eight feeds, each of its own host."""
    with database.write() as session:
        source = make_source(session)
        values = {"status": "healthy", "last_success_at": NOW}
        return [make_feed(session, source, host(number), **values) for number in range(8)]


def poll_rounds(database: Database, network: Network, clock: FakeClock, *is_up: bool) -> None:
    """Poll what is due every five minutes and a half, as one poller does."""

    async def scenario() -> None:
        cycle = PollCycle(
            database,
            network,
            FakeParser(),
            POLICY,
            in_flight=100,
            now=clock.now,
            outages=Outages(POLICY.min_interval),
        )
        await cycle.start()
        for network.is_up in is_up:
            clock.wait(POLICY.min_interval * 1.1)
            await cycle.claim_due()
            await cycle.drain()
        await cycle.stop()

    asyncio.run(scenario())


def feeds(database: Database) -> list[Feed]:
    with database.read() as session:
        found = list(session.execute(select(Feed).order_by(Feed.id)).scalars())
        session.expunge_all()
        return found


def test_no_feed_is_blamed_while_dns_is_dead(
    database: Database, hosts: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    """All are polled within minutes once it is back, after hours as after a minute."""
    network, clock = Network(), FakeClock(NOW)
    poll_rounds(database, network, clock, *[False] * 40, True)
    assert {feed.last_success_at for feed in feeds(database)} == {clock.now()}
    assert {feed.status for feed in feeds(database)} == {"healthy"}
    with database.read() as session:
        failures = session.execute(text("SELECT sum(failures) FROM feed_days")).scalar_one()
    assert failures == MIN_HOSTS - 1  # of those asked before it was clear
    lines = [each for each in caplog.messages if "can be reached" in each]
    assert len(lines) == 2
    assert lines[0].startswith("no feed can be reached")
    assert "dns: name resolution failed" in lines[0]
    assert lines[1] == "feeds can be reached again, after 3:40:00"


def test_dead_hosts_are_to_blame_while_others_answer(
    database: Database, hosts: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    network = Network(host(1), host(4))
    poll_rounds(database, network, FakeClock(NOW), True, True, True)
    assert [feed.failures > 0 for feed in feeds(database)] == [
        number in (1, 4) for number in range(8)
    ]
    assert "can be reached" not in caplog.text


def test_hosts_that_die_together_are_to_blame_before_long(
    database: Database, hosts: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    """However often they are polled one after the other, while the others have nothing new."""
    dead = hosts[:6]
    network = Network(*map(host, range(len(dead))))
    poll_rounds(database, network, FakeClock(NOW), *[True] * 40)
    assert [feed.id for feed in feeds(database) if feed.failures > 1] == dead
    suspected = [each for each in caplog.messages if "no feed can be reached" in each]
    assert len(suspected) == len(dead) / (MIN_HOSTS - 1) - 1

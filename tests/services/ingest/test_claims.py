"""Claims: each feed is polled by one poller at a time, and freed when that dies."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from aggregator.services.ingest import cycle as poll_cycle
from aggregator.storage.engine import Database
from aggregator.storage.models import Feed
from tests.fakes import FakeClient
from tests.services.ingest.cycles import PAST, Gate, expire, make_feeds, polling, stored_titles


def test_two_pollers_never_poll_a_feed_at_the_same_time(database: Database) -> None:
    urls = make_feeds(database, 40)
    client = FakeClient()

    async def scenario() -> None:
        async with polling(database, client) as one, polling(database, client) as two:
            for _ in range(5):
                with database.write() as session:
                    session.execute(update(Feed).values(next_poll_at=PAST))
                await asyncio.gather(one.claim_due(), two.claim_due())
            await asyncio.gather(one.drain(), two.drain())

    asyncio.run(scenario())
    assert set(client.max_concurrent.values()) == {1}
    assert stored_titles(database) == sorted(urls)


def test_a_claim_is_extended_while_the_feed_is_read(database: Database) -> None:
    (url,) = make_feeds(database, 1)

    async def scenario() -> None:
        gate = Gate(url)
        client = FakeClient({url: gate})
        async with polling(database, client) as one, polling(database, client) as two:
            await one.claim_due()
            await gate.reached.wait()
            expire(database)
            await one.extend_leases()
            assert await two.claim_due() == 0
            gate.open.set()
            await one.drain()

    asyncio.run(scenario())
    assert stored_titles(database) == [url]


def test_a_claim_that_ran_out_is_not_doubled_by_its_own_poller(database: Database) -> None:
    """As after the machine slept: the tick that claims may come before the one that extends."""
    (url,) = make_feeds(database, 1)

    async def scenario() -> None:
        gate = Gate(url)
        async with polling(database, FakeClient({url: gate})) as cycle:
            await cycle.claim_due()
            await gate.reached.wait()
            expire(database)
            assert await cycle.claim_due() == 0
            gate.open.set()
            await cycle.drain()
            assert not cycle.is_busy

    asyncio.run(scenario())
    assert stored_titles(database) == [url]


def test_a_feed_taken_over_by_another_is_stored_once(database: Database) -> None:
    (url,) = make_feeds(database, 1)
    lost: list[bool] = []

    async def scenario() -> None:
        gate, other = Gate(url), FakeClient()
        async with (
            polling(
                database, FakeClient({url: gate}), on_stored=lambda s: lost.append(s.lost)
            ) as one,
            polling(database, other) as two,
        ):
            await one.claim_due()
            await gate.reached.wait()
            expire(database)
            assert await two.claim_due() == 1
            await two.drain()
            gate.open.set()
            await one.drain()
            assert not one.is_busy

    asyncio.run(scenario())
    assert lost == [True]
    assert stored_titles(database) == [url]


def test_what_a_killed_poller_holds_is_freed_at_the_start(database: Database) -> None:
    make_feeds(database, 2)
    with database.write() as session:
        here = poll_cycle.leases.new_lease_id().partition(":")[0]
        until = datetime.now(UTC) + timedelta(hours=1)
        session.execute(update(Feed).values(lease=f"{here}:4194999:x", lease_until=until))

    async def scenario() -> int:
        async with polling(database, FakeClient()) as cycle:
            return await cycle.claim_due()

    assert asyncio.run(scenario()) == 2

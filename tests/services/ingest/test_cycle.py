"""Many feeds at once: all that is due is polled, and none holds back another."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import update

from aggregator.errors import FetchError
from aggregator.services.ingest import cycle as poll_cycle
from aggregator.services.ingest import store as store_pass
from aggregator.services.ingest.read_feed import PollOutcome, PollResult
from aggregator.storage.engine import Database
from aggregator.storage.models import Feed
from tests.fakes import FakeClient, FakeParser
from tests.services.ingest.cycles import Gate, held, make_feeds, polling, stored_titles


def test_everything_that_is_due_is_polled_once(database: Database) -> None:
    urls = make_feeds(database, 60)
    client = FakeClient()

    async def scenario() -> None:
        async with polling(database, client) as cycle:
            assert await cycle.claim_due() == 60
            await cycle.drain()
            assert not cycle.is_busy
            assert await cycle.claim_due() == 0

    asyncio.run(scenario())
    assert sorted(client.requested_urls) == sorted(urls)
    assert stored_titles(database) == sorted(urls)
    assert held(database) == 0


def test_no_more_are_claimed_than_there_is_room_for(database: Database) -> None:
    make_feeds(database, 7)

    async def scenario() -> list[int]:
        async with polling(database, FakeClient(), in_flight=3) as cycle:
            claimed = []
            for _ in range(4):
                claimed.append(await cycle.claim_due())
                await cycle.drain()
            return claimed

    assert asyncio.run(scenario()) == [3, 3, 1, 0]


def test_a_failing_feed_holds_back_no_other(database: Database) -> None:
    first, second, third = make_feeds(database, 3)
    outcomes: dict[str, str | None] = {}

    def on_stored(stored: PollOutcome) -> None:
        outcomes[stored.feed.url] = stored.failure.kind if stored.failure else None

    async def scenario() -> None:
        gate = Gate(first)
        client = FakeClient({first: gate, second: FetchError("dns", "no such host")})
        async with polling(database, client, on_stored=on_stored) as cycle:
            await cycle.claim_due()
            await gate.reached.wait()
            while len(outcomes) < 2:  # while the first is still being read
                await asyncio.sleep(0.005)
            assert outcomes == {second: "dns", third: None}
            gate.open.set()
            await cycle.drain()

    asyncio.run(scenario())
    assert outcomes[first] is None


def test_no_transaction_is_open_across_the_network(database: Database) -> None:
    (url,) = make_feeds(database, 1)

    async def scenario() -> None:
        gate = Gate(url)
        async with polling(database, FakeClient({url: gate})) as cycle:
            await cycle.claim_due()
            await gate.reached.wait()
            pool: Any = database.engine.pool
            assert pool.checkedout() == 0
            gate.open.set()
            await cycle.drain()

    asyncio.run(scenario())


def test_no_poll_waits_for_several_long_ones_to_be_stored(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    urls = make_feeds(database, 8)
    failing = dict.fromkeys(urls[::2], FetchError("dns", "no such host"))
    monkeypatch.setattr(poll_cycle, "MAX_SHORT_RESULT", 0)
    real = store_pass.store
    batches: list[list[int]] = []

    def noted(database: Database, batch: list[PollResult], *others: Any) -> list[PollOutcome]:
        batches.append([result.entry_count for result in batch])
        return real(database, batch, *others)

    monkeypatch.setattr(store_pass, "store", noted)

    async def scenario() -> None:
        async with polling(database, FakeClient(failing)) as cycle:
            await cycle.claim_due()
            await cycle.drain()

    asyncio.run(scenario())
    assert sum(len(batch) for batch in batches) == 8
    assert not any(any(batch[:-1]) for batch in batches), batches
    assert stored_titles(database) == sorted(set(urls) - set(failing))


@pytest.mark.parametrize(("digest", "warmed"), [(None, 1), ("d", 0)], ids=["never read", "read"])
def test_workers_start_while_feeds_that_were_never_read_are_fetched(
    sqlite_database: Database, digest: str | None, warmed: int
) -> None:
    (url,) = make_feeds(sqlite_database, 1)
    with sqlite_database.write() as session:
        session.execute(update(Feed).values(body_digest=digest))
    gate, parser = Gate(url), FakeParser()

    async def scenario() -> None:
        async with polling(sqlite_database, FakeClient({url: gate}), parser) as cycle:
            await cycle.claim_due()
            await gate.reached.wait()
            assert parser.warm_ups == warmed
            gate.open.set()
            await cycle.drain()

    asyncio.run(scenario())

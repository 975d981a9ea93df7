"""Many feeds at once: each polled by one poller at a time, none left claimed, none held back."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError

from aggregator.errors import FetchError
from aggregator.services.ingest import cycle as poll_cycle
from aggregator.services.ingest import store as store_pass
from aggregator.services.ingest.cycle import PollCycle
from aggregator.services.ingest.read_feed import Parser, PollOutcome, PollResult
from aggregator.storage.engine import Database
from aggregator.storage.models import Entry, Feed
from aggregator.types import FetchResult
from tests.builders import an_entry, make_feed, make_source
from tests.fakes import FakeClient, FakeParser, OneEntryParser, ok_response
from tests.services.ingest.polls import POLICY

PAST = datetime(2020, 1, 1, tzinfo=UTC)
ENTRY_EACH = OneEntryParser(lambda text: an_entry(text, guid=text))


def make_feeds(database: Database, count: int) -> list[str]:
    urls = [f"https://h.example/{number}" for number in range(count)]
    with database.write() as session:
        source = make_source(session)
        for url in urls:
            make_feed(session, source, url, next_poll_at=PAST)
    return urls


@asynccontextmanager
async def polling(
    database: Database,
    client: FakeClient,
    parser: Parser = ENTRY_EACH,
    on_stored: Callable[[PollOutcome], None] = lambda _: None,
    **values: Any,
) -> AsyncIterator[PollCycle]:
    options = {"in_flight": 100, "per_host": 100} | values
    cycle = PollCycle(database, client, parser, POLICY, on_stored=on_stored, **options)
    await cycle.start()
    try:
        yield cycle
    finally:
        await cycle.stop()


def held(database: Database) -> int:
    with database.read() as session:
        statement = select(func.count()).where(Feed.lease.is_not(None)).select_from(Feed)
        return session.execute(statement).scalar_one()


def stored_titles(database: Database) -> list[str]:
    with database.read() as session:
        return sorted(session.execute(select(Entry.title)).scalars())


class Gate:
    """An answer that waits until the test opens it, and tells when somebody waits."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.reached = asyncio.Event()
        self.open = asyncio.Event()

    async def __call__(self) -> FetchResult:
        self.reached.set()
        await self.open.wait()
        return ok_response(self.url.encode(), self.url)


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


# --- stopping -----------------------------------------------------------------------------------


def test_stopping_stores_what_is_read_and_gives_back_the_rest(database: Database) -> None:
    slow, quick = make_feeds(database, 2)

    async def scenario() -> None:
        gate = Gate(slow)
        async with polling(database, FakeClient({slow: gate})) as cycle:
            await cycle.claim_due()
            await gate.reached.wait()
            await asyncio.sleep(0.01)

    asyncio.run(scenario())
    assert stored_titles(database) == [quick]
    assert held(database) == 0
    with database.read() as session:
        assert session.execute(select(Feed.failures)).scalars().all() == [0, 0]


@pytest.mark.parametrize("cancelled", [False, True], ids=["waited for", "cancelled"])
def test_stopping_in_the_middle_of_a_claim_leaves_no_lease(
    database: Database, monkeypatch: pytest.MonkeyPatch, cancelled: bool
) -> None:
    """The scheduler cancels its jobs when it stops, the thread that claims goes on."""
    make_feeds(database, 3)
    claiming, go_on = threading.Event(), threading.Event()
    real = poll_cycle._claim_feeds

    def slow_claim(*arguments: Any) -> Any:
        claimed = real(*arguments)
        claiming.set()
        go_on.wait(5)
        return claimed

    monkeypatch.setattr(poll_cycle, "_claim_feeds", slow_claim)

    async def scenario() -> None:
        cycle = PollCycle(database, FakeClient(), ENTRY_EACH, POLICY, in_flight=9, per_host=9)
        await cycle.start()
        claim = asyncio.create_task(cycle.claim_due())
        await asyncio.to_thread(claiming.wait, 5)
        if cancelled:
            claim.cancel()
        stopping = asyncio.create_task(cycle.stop())
        await asyncio.sleep(0.01)
        go_on.set()
        await stopping
        await asyncio.wait([claim])

    asyncio.run(scenario())
    assert held(database) == 0
    assert stored_titles(database) == []


def test_a_thread_that_hangs_is_noticed(database: Database) -> None:
    """The loop goes on without it; only somebody who waits for it can tell."""
    hangs, go_on = threading.Event(), threading.Event()

    def hang(now: datetime) -> Any:
        hangs.set()
        go_on.wait(60)
        return Feed.id < 0

    async def scenario() -> None:
        async with polling(database, FakeClient()) as cycle:
            await cycle.wait_for_thread()
            claim = asyncio.create_task(cycle.claim(hang))
            await asyncio.to_thread(hangs.wait, 60)
            waiting = asyncio.create_task(cycle.wait_for_thread())
            await asyncio.sleep(0.05)
            assert not waiting.done()
            go_on.set()
            await waiting
            await claim

    asyncio.run(scenario())


def test_after_stopping_nothing_is_claimed(database: Database) -> None:
    make_feeds(database, 1)

    async def scenario() -> int:
        async with polling(database, FakeClient()) as cycle:
            pass
        return await cycle.claim_due()

    assert asyncio.run(scenario()) == 0
    assert held(database) == 0


# --- leases -------------------------------------------------------------------------------------


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


def expire(database: Database) -> None:
    with database.write() as session:
        session.execute(update(Feed).values(lease_until=PAST))


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


# --- trouble with the database ------------------------------------------------------------------


def test_after_trouble_with_the_database_polling_goes_on(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    (url,) = make_feeds(database, 1)
    outcomes: list[PollOutcome] = []
    real = store_pass.store

    def locked(*_: Any) -> list[PollOutcome]:
        monkeypatch.setattr(store_pass, "store", real)
        raise OperationalError("COMMIT", {}, Exception("database is locked"))

    monkeypatch.setattr(store_pass, "store", locked)

    async def scenario() -> None:
        async with polling(database, FakeClient(), on_stored=outcomes.append) as cycle:
            await cycle.claim_due()
            await cycle.drain()
            assert stored_titles(database) == []
            assert await cycle.claim_due() == 1  # without waiting for the claim to expire
            await cycle.drain()

    asyncio.run(scenario())
    assert [outcome.lost for outcome in outcomes] == [True, False]
    assert stored_titles(database) == [url]


def test_a_feed_that_fails_the_database_twice_waits_until_its_claim_expires(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its document may be the cause, and its publisher is not to be asked every second."""
    make_feeds(database, 1)

    def locked(*_: Any) -> list[PollOutcome]:
        raise OperationalError("COMMIT", {}, Exception("database is locked"))

    async def scenario() -> list[int]:
        claimed = []
        async with polling(database, FakeClient()) as cycle:
            with monkeypatch.context() as patch:
                patch.setattr(store_pass, "store", locked)
                for _ in range(3):
                    claimed.append(await cycle.claim_due())
                    await cycle.drain()
            expire(database)
            claimed.append(await cycle.claim_due())
            await cycle.drain()
        return claimed

    assert asyncio.run(scenario()) == [1, 1, 0, 1]


def test_feeds_of_a_claim_that_was_committed_unnoticed_are_polled_with_the_next(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection is lost between COMMIT and its answer."""
    make_feeds(database, 3)
    real = poll_cycle._claim_feeds

    def lost(*arguments: Any) -> None:
        real(*arguments)
        raise OperationalError("COMMIT", {}, Exception("the connection is lost"))

    async def scenario() -> None:
        async with polling(database, FakeClient()) as cycle:
            with monkeypatch.context() as patch:
                patch.setattr(poll_cycle, "_claim_feeds", lost)
                with pytest.raises(OperationalError):
                    await cycle.claim_due()
            with database.write() as session:
                make_feed(session, 1, "https://h.example/next", next_poll_at=PAST)
            assert await cycle.claim_due() == 4
            await cycle.drain()

    asyncio.run(scenario())
    assert len(stored_titles(database)) == 4
    assert held(database) == 0


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


def test_an_error_nobody_foresaw_while_storing_does_not_go_unnoticed(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_feeds(sqlite_database, 1)

    def broken(*_: Any) -> list[PollOutcome]:
        raise ZeroDivisionError

    monkeypatch.setattr(store_pass, "store", broken)

    async def scenario() -> None:
        async with polling(sqlite_database, FakeClient(), FakeParser()) as cycle:
            await cycle.claim_due()
            await asyncio.wait([cycle.writer_task])
            with pytest.raises(ZeroDivisionError):
                cycle.writer_task.result()

    asyncio.run(scenario())


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

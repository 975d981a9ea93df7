"""Stopping a cycle: what is read is stored, and nothing stays claimed."""

from __future__ import annotations

import asyncio
import gc
import threading
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from aggregator.services.ingest import claims
from aggregator.services.ingest.cycle import PollCycle
from aggregator.storage.engine import Database
from aggregator.storage.models import Feed
from tests.fakes import FakeClient
from tests.services.ingest.cycles import ENTRY_EACH, Gate, held, make_feeds, polling, stored_titles
from tests.services.ingest.polls import POLICY


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
    real = claims.claim_feeds

    def slow_claim(*arguments: Any) -> Any:
        claimed = real(*arguments)
        claiming.set()
        go_on.wait(5)
        return claimed

    monkeypatch.setattr(claims, "claim_feeds", slow_claim)

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


def test_a_claim_that_fails_when_nobody_waits_for_it_is_no_error_of_the_loop(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scheduler has cancelled its job, and the database goes away."""
    claiming, go_on = threading.Event(), threading.Event()
    complaints: list[object] = []

    def fail(*_: object) -> None:
        claiming.set()
        go_on.wait(5)
        raise OperationalError("SELECT 1", {}, Exception("the connection is lost"))

    monkeypatch.setattr(claims, "claim_feeds", fail)

    async def scenario() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, told: complaints.append(told))
        cycle = PollCycle(
            sqlite_database, FakeClient(), ENTRY_EACH, POLICY, in_flight=9, per_host=9
        )
        await cycle.start()
        claim = asyncio.create_task(cycle.claim_due())
        await asyncio.to_thread(claiming.wait, 5)
        claim.cancel()
        await asyncio.wait([claim])
        go_on.set()
        await cycle.stop()
        gc.collect()

    asyncio.run(scenario())
    assert complaints == []


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

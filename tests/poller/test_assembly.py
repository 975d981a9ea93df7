"""Stopping a poller, whatever its database does."""

from __future__ import annotations

import asyncio

import pytest

from aggregator.poller.assembly import stop_cycle
from aggregator.services.ingest.cycle import PollCycle
from aggregator.services.ingest.event_counts import EventCounts
from aggregator.storage.engine import Database
from tests import faults
from tests.fakes import FakeClient
from tests.services.ingest.cycles import ENTRY_EACH, Gate, held, make_feeds
from tests.services.ingest.polls import POLICY


def test_a_poller_stops_without_a_traceback_while_nothing_can_be_written(
    sqlite_database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    (url,) = make_feeds(sqlite_database, 1)
    gate = Gate(url)

    async def scenario() -> None:
        client = FakeClient({url: gate})
        cycle = PollCycle(sqlite_database, client, ENTRY_EACH, POLICY, in_flight=9)
        await cycle.start()
        await cycle.claim_due()
        await gate.reached.wait()
        with faults.read_only(sqlite_database):
            await stop_cycle(cycle, sqlite_database, EventCounts())

    asyncio.run(scenario())
    assert held(sqlite_database) == 1
    (message,) = (each for each in caplog.messages if "run out by themselves" in each)
    assert "readonly" in message

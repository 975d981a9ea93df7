"""A cycle whose database fails: nothing is lost, and polling goes on."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from aggregator.services.ingest import claims
from aggregator.services.ingest import store as store_pass
from aggregator.services.ingest.read_feed import PollOutcome
from aggregator.storage.engine import Database
from tests.builders import make_feed
from tests.fakes import FakeClient, FakeParser
from tests.services.ingest.cycles import PAST, expire, held, make_feeds, polling, stored_titles


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
    real = claims.claim_feeds

    def lost(*arguments: Any) -> None:
        real(*arguments)
        raise OperationalError("COMMIT", {}, Exception("the connection is lost"))

    async def scenario() -> None:
        async with polling(database, FakeClient()) as cycle:
            with monkeypatch.context() as patch:
                patch.setattr(claims, "claim_feeds", lost)
                with pytest.raises(OperationalError):
                    await cycle.claim_due()
            with database.write() as session:
                make_feed(session, 1, "https://h.example/next", next_poll_at=PAST)
            assert await cycle.claim_due() == 4
            await cycle.drain()

    asyncio.run(scenario())
    assert len(stored_titles(database)) == 4
    assert held(database) == 0


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

"""Poll cycles over made-up feeds, and what they leave in the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select, update

from aggregator.services.ingest.cycle import PollCycle
from aggregator.services.ingest.read_feed import Parser, PollOutcome
from aggregator.storage.engine import Database
from aggregator.storage.models import Entry, Feed
from aggregator.types import FetchResult
from tests.builders import an_entry, make_feed, make_source
from tests.fakes import FakeClient, OneEntryParser, ok_response
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


def expire(database: Database) -> None:
    with database.write() as session:
        session.execute(update(Feed).values(lease_until=PAST))

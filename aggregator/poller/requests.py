"""What pollers do for readers who ask for sources; imported when somebody does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from aggregator.fetch.client import FeedClient
from aggregator.services.ingest.read_feed import Parser
from aggregator.storage.engine import Database
from aggregator.storage.readers.waiting_requests import any_lookup, any_request

if TYPE_CHECKING:
    from aggregator.services.reading.source_lookups import SourceLookups


class RequestJobs:
    """Looks up addresses, and answers requests whose sources were configured by hand.

    `max_open`: maximum open requests of a reader.
    """

    def __init__(
        self,
        database: Database,
        client: FeedClient,
        parser: Parser,
        max_open: int,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._client = client
        self._parser = parser
        self._max_open = max_open
        self._now = now
        self._lookups: SourceLookups | None = None

    async def look_up(self) -> None:
        """Start looking up the addresses that wait."""
        if not await asyncio.to_thread(self._any_lookup):
            return
        if self._lookups is None:
            from aggregator.services.reading.source_lookups import SourceLookups

            self._lookups = SourceLookups(
                self._database, self._client, self._parser, self._max_open, self._now
            )
        await self._lookups.start_round()

    async def answer_requests(self) -> None:
        """Answer the requests for sources that are polled by now."""
        await asyncio.to_thread(self._answer)

    async def stop(self) -> None:
        """Leave what is not finished to the next poller."""
        if self._lookups is not None:
            await self._lookups.stop()

    def _any_lookup(self) -> bool:
        with self._database.read() as session:
            return any_lookup(session, self._now())

    def _answer(self) -> None:
        with self._database.read() as session:
            if not any_request(session):
                return
        from aggregator.services.operate.source_requests import accept_configured

        accept_configured(self._database, self._now())

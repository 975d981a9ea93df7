"""Look up the addresses that readers asked about, in the polling process.

It has the guarded client and the parsers; one slow publisher holds up nobody else, and no
transaction is open while publishers answer. A look-up is claimed for a while, so that another
poller takes it up if this one is killed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from aggregator.boundary import Boundary
from aggregator.networks import is_private_url
from aggregator.services.ingest.discover import look_at, read_feeds, try_common_paths
from aggregator.services.ingest.read_feed import FeedFetcher, Parser
from aggregator.services.reading import source_requests
from aggregator.services.reading.source_requests import AskResult
from aggregator.storage.accounts.users import find_user
from aggregator.storage.engine import Database
from aggregator.storage.readers import source_lookups as store
from aggregator.types import FoundFeed, SourceLookup

MAX_AT_ONCE = 4
LOOKUP_TIMEOUT_S = 45.0


class SourceLookups:
    """The look-ups of one polling process. `max_open`: maximum open requests of a reader."""

    def __init__(
        self,
        database: Database,
        client: FeedFetcher,
        parser: Parser,
        max_open: int,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._client = client
        self._parser = parser
        self._max_open = max_open
        self._now = now
        self._tasks: dict[asyncio.Task[None], int] = {}

    async def start_round(self) -> None:
        """Claim the look-ups that wait, and start as many as there is room for."""
        room = MAX_AT_ONCE - len(self._tasks)
        if room <= 0:
            return
        for lookup in await asyncio.to_thread(self._claim, room):
            task = asyncio.create_task(self._run(lookup))
            self._tasks[task] = lookup.id
            task.add_done_callback(lambda done: self._tasks.pop(done, None))

    async def stop(self) -> None:
        """Leave what is not finished to the next poller."""
        tasks = dict(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
            await asyncio.to_thread(self._release, list(tasks.values()))

    async def drain(self) -> None:
        """Wait for all that were started."""
        while self._tasks:
            await asyncio.wait(tuple(self._tasks))

    async def _run(self, lookup: SourceLookup) -> None:
        found: tuple[FoundFeed, ...] = ()
        kind = "internal"
        try:
            async with asyncio.timeout(LOOKUP_TIMEOUT_S):
                with Boundary(f"looking up {lookup.address}"):
                    found, kind = await self._discover(lookup)
        except TimeoutError:
            kind = "timeout"
        await asyncio.to_thread(self._finish, lookup, found, kind)

    async def _discover(self, lookup: SourceLookup) -> tuple[tuple[FoundFeed, ...], str]:
        """The feeds behind the address; without any, the kind of problem."""
        address, client, parser = lookup.address, self._client, self._parser
        first = await look_at(address, client, parser)
        if first.feed is not None:
            return (first.feed,), ""
        if first.kind != "html":
            return (), first.kind
        if await asyncio.to_thread(self._follow, lookup, first.advertised):
            return (), ""
        feeds = await read_feeds(address, first.advertised, client, parser)
        feeds = feeds or await try_common_paths(address, client, parser)
        return feeds, "" if feeds else "no_feed"

    # --- in a thread ---------------------------------------------------------------------------

    def _claim(self, room: int) -> list[SourceLookup]:
        with self._database.write() as session:
            return store.claim(session, room, self._now())

    def _release(self, lookup_ids: list[int]) -> None:
        with self._database.write() as session:
            store.release(session, lookup_ids)

    def _follow(self, lookup: SourceLookup, urls: Sequence[str]) -> bool:
        """Follow the source that has one of these feeds already; whether there is one."""
        now = self._now()
        with self._database.write_exclusive() as session:
            reader = find_user(session, lookup.user_id)
            if reader is None or not store.is_unfinished(session, lookup.id):
                return True
            source = source_requests.follow_known(session, reader, urls, now)
            if source is None:
                return False
            asked = AskResult("followed", source=source)
            source_requests.finish_lookup(session, lookup, asked, (), now)
            return True

    def _finish(self, lookup: SourceLookup, found: tuple[FoundFeed, ...], kind: str) -> None:
        now = self._now()
        with self._database.write_exclusive() as session:
            reader = find_user(session, lookup.user_id)
            if reader is None or not store.is_unfinished(session, lookup.id):
                return
            if not found:
                shown = _shown_kind(lookup.address, kind)
                store.finish(session, lookup.id, "failed", now, kind=shown)
            elif len(found) > 1 and not lookup.takes_first:
                store.finish(session, lookup.id, "choice", now, found=found)
            else:
                asked = source_requests.ask_for_feed(
                    session, reader, found[0], lookup.address, self._max_open, now
                )
                source_requests.finish_lookup(session, lookup, asked, found, now)


def _shown_kind(address: str, kind: str) -> str:
    """What readers learn: not which hosts and ports of the operator's own networks answer."""
    return "private" if is_private_url(address) else kind

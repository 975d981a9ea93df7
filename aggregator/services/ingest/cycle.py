"""Poll many feeds at once: claim what is due, read each in a task of its own, store in batches."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from aggregator.clock import SYSTEM_CLOCK
from aggregator.process.feeds.host_shares import HostShares, authority
from aggregator.process.feeds.schedule import PollPolicy
from aggregator.runtime.failure_log import DATABASE_FAILURES
from aggregator.services.ingest import claims
from aggregator.services.ingest.batch_store import BatchStore
from aggregator.services.ingest.claims import FeedCheck, FeedCondition
from aggregator.services.ingest.event_counts import EventCounts
from aggregator.services.ingest.left_out import assign_left_out
from aggregator.services.ingest.outage import Outages
from aggregator.services.ingest.read_feed import (
    FeedFetcher,
    Parser,
    PollOutcome,
    PollResult,
    poll_feed,
)
from aggregator.storage.engine import Database, driver_error
from aggregator.storage.feeds import leases, pushes
from aggregator.types import FeedForPoll, Push

T = TypeVar("T")
PollTask = Callable[[FeedForPoll], Coroutine[Any, Any, None]]

MAX_PUSHED_FEEDS = 8
# Claim this many times more feeds of a host than it may be asked for at once.
_CLAIM_FACTOR = 4
# Maximum polls that are decided and analyzed together.
MAX_BATCH_SIZE = 24
# Maximum entries of a poll that is stored ahead of longer ones, which go one at a time.
MAX_SHORT_RESULT = 500
# Wait this long for other polls to join a batch: a transaction costs more than the polls in it.
BATCH_DELAY_S = 0.05


class PollCycle:
    """The claimed feeds of one process, from claim to release.

    Database work runs in one thread, so that neither the event loop nor SQLite's single writer ever
    waits for the other.
    """

    def __init__(
        self,
        database: Database,
        client: FeedFetcher,
        parser: Parser,
        policy: PollPolicy,
        *,
        in_flight: int,
        per_host: int = 2,
        on_stored: Callable[[PollOutcome], None] = lambda _: None,
        counts: EventCounts | None = None,
        outages: Outages | None = None,
        now: Callable[[], datetime] = SYSTEM_CLOCK.now,
    ) -> None:
        self._database = database
        self._client = client
        self._parser = parser
        self._policy = policy
        self._in_flight = in_flight
        self._per_host = per_host
        self._on_stored = on_stored
        self._counts = counts or EventCounts()
        self._outages = outages
        self._store = BatchStore(database, policy)
        self._now = now
        self._tasks: dict[asyncio.Task[None], FeedForPoll] = {}
        self._claims: set[asyncio.Task[int]] = set()
        self._claimed: dict[int, FeedForPoll] = {}
        """Feeds by id, from their claim until their outcome is stored."""
        self._abandoned: list[FeedForPoll] = []
        """Feeds to release when the database is back: it failed before their outcome was stored."""
        self._failed: set[int] = set()
        """Those that this has happened to, until one of their outcomes is stored."""
        self._next_lease = leases.new_lease_id()
        """Kept until a claim succeeds: one that failed may have been committed all the same."""
        self._results: asyncio.Queue[PollResult] = asyncio.Queue()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="database")
        self._writer: asyncio.Task[None] | None = None
        self._stopping = False

    @property
    def parser(self) -> Parser:
        """The processes that read documents, for other jobs of this process."""
        return self._parser

    @property
    def writer_task(self) -> asyncio.Task[None]:
        """The task that stores outcomes; it ends before `stop` only with an unforeseen error."""
        assert self._writer is not None
        return self._writer

    async def start(self) -> None:
        """Take up what killed pollers of this machine left behind, and start storing."""
        await self._in_thread(claims.release_dead, self._database)
        await self.assign_left_out()
        self._writer = asyncio.create_task(self._write_forever())

    async def assign_left_out(self) -> None:
        """Find the stories of late arrivals that an error, or a killed poller, left without."""
        await self._in_thread(assign_left_out, self._database, self._now())

    @property
    def is_busy(self) -> bool:
        """Whether any feed is being read or waiting to be stored."""
        return bool(self._claimed)

    @property
    def has_capacity(self) -> bool:
        """Whether a quarter of the slots is free: for fewer, looking for feeds is not worth it."""
        return 4 * len(self._claimed) <= 3 * self._in_flight

    async def claim_due(self) -> int:
        """Claim due feeds and start reading them; return how many."""
        longest = self._policy.longest_wait
        return await self._claim_and_poll(
            partial(leases.due, longest=longest),
            self._poll,
            self._in_flight,
            lambda session, now: leases.any_due(session, now, longest),
        )

    async def claim_pushed(self) -> int:
        """Claim feeds with deliveries of their hubs and start reading those; return how many feeds.

        At most `MAX_PUSHED_FEEDS`: deliveries are held in memory.
        """
        return await self._claim_and_poll(
            pushes.has_pushes,
            self._read_pushes,
            MAX_PUSHED_FEEDS,
            lambda session, _now: pushes.any_waiting(session),
        )

    async def claim(self, which: FeedCondition) -> int:
        """Claim free feeds for which `which(now)` holds, up to the number of free slots.

        The feeds of one host never take all the slots, so that others are claimed on time.
        """
        return await self._claim_and_poll(
            which,
            self._poll,
            self._in_flight,
            lambda session, now: leases.count(session, which(now), now) > 0,
        )

    async def _claim_and_poll(
        self, which: FeedCondition, read: PollTask, limit: int, any_waiting: FeedCheck
    ) -> int:
        room = min(limit, self._in_flight - len(self._claimed))
        if room <= 0 or self._stopping:
            return 0
        # The caller may be cancelled; feeds that the thread claims must still be registered.
        claiming = asyncio.create_task(self._claim(which, read, room, any_waiting))
        self._claims.add(claiming)
        claiming.add_done_callback(self._claim_done)
        return await asyncio.shield(claiming)

    def _claim_done(self, claiming: asyncio.Task[int]) -> None:
        self._claims.discard(claiming)
        if not claiming.cancelled():
            claiming.exception()  # which the caller gets, unless it was cancelled

    async def _claim(
        self, which: FeedCondition, read: PollTask, room: int, any_waiting: FeedCheck
    ) -> int:
        hosts = [authority(feed.url) for feed in self._claimed.values()]
        shares = HostShares(room, _CLAIM_FACTOR * self._per_host, hosts)
        await self._release_abandoned()
        claimed = await self._in_thread(
            claims.claim_feeds,
            self._database,
            which,
            any_waiting,
            shares,
            self._next_lease,
            self._leases(),
            self._now(),
        )
        self._next_lease = leases.new_lease_id()
        if any(feed.body_digest is None for feed in claimed):
            self._parser.warm_up()  # while they are fetched
        for feed in claimed:
            self._claimed[feed.id] = feed
            if not self._stopping:
                task = asyncio.create_task(read(feed))
                self._tasks[task] = feed
                task.add_done_callback(lambda done: self._tasks.pop(done, None))
        return len(claimed)

    def _abandon(self, feed: FeedForPoll) -> None:
        """Poll a feed again soon; from the second failure on, only when its claim expires.

        What a publisher sent may be what makes the database fail.
        """
        self._claimed.pop(feed.id, None)
        if feed.id not in self._failed:
            self._failed.add(feed.id)
            self._abandoned.append(feed)

    async def _release_abandoned(self) -> None:
        if abandoned := tuple(self._abandoned):
            await self._in_thread(claims.release, self._database, abandoned)
            del self._abandoned[: len(abandoned)]

    async def extend_leases(self) -> None:
        """Extend the leases of feeds that are still being read or stored."""
        if self._claimed:
            await self._in_thread(claims.extend, self._database, self._leases(), self._now())

    async def wait_for_thread(self) -> None:
        """Wait until the thread of the database has done what was handed to it; not if it hangs."""
        await self._in_thread(lambda: None)

    def _leases(self) -> set[str]:
        return {feed.lease for feed in self._claimed.values()}

    async def drain(self) -> None:
        """Wait until all claimed feeds are stored."""
        while self._tasks:
            await asyncio.wait(tuple(self._tasks))
        await self._results.join()

    async def stop(self) -> None:
        """Store what has been read and release the rest."""
        self._stopping = True
        if self._claims:
            await asyncio.wait(self._claims)
        for task in tuple(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(tuple(self._tasks))
        await self._results.join()
        if self._writer is not None:
            self._writer.cancel()
        if self._claimed:
            await self._in_thread(claims.release, self._database, tuple(self._claimed.values()))
        self._thread.shutdown()

    async def _poll(self, feed: FeedForPoll) -> None:
        result = await poll_feed(feed, self._client, self._parser, self._now)
        self._results.put_nowait(self._outages.judge(result) if self._outages else result)

    async def _read_pushes(self, feed: FeedForPoll) -> None:
        try:
            waiting = await self._in_thread(self._list_pushes, feed.id)
        except SQLAlchemyError as error:
            DATABASE_FAILURES.failed("read_pushes", driver_error(error))
            self._abandon(feed)
            return
        from aggregator.services.ingest.pushes import prepare_pushes

        DATABASE_FAILURES.worked("read_pushes")
        self._results.put_nowait(await prepare_pushes(feed, waiting, self._parser, self._now))

    def _list_pushes(self, feed_id: int) -> list[Push]:
        with self._database.read() as session:
            return pushes.list_pushes(session, feed_id)

    async def _write_forever(self) -> None:
        long: deque[PollResult] = deque()
        while True:
            batch: list[PollResult] = []
            if not long:
                batch.append(await self._results.get())
                await asyncio.sleep(BATCH_DELAY_S)
            while len(batch) < MAX_BATCH_SIZE and not self._results.empty():
                batch.append(self._results.get_nowait())
            # A long one ends each batch: the others never wait for several of them.
            long.extend(each for each in batch if each.entry_count > MAX_SHORT_RESULT)
            batch = [each for each in batch if each.entry_count <= MAX_SHORT_RESULT]
            if long:
                batch.append(long.popleft())
            try:
                await self._write(batch)
            finally:
                for _ in batch:
                    self._results.task_done()

    async def _write(self, batch: list[PollResult]) -> None:
        now = self._now()
        # Later only if the clock was set back since: a day's wait would begin tomorrow.
        batch = [replace(each, read_at=now) if each.read_at > now else each for each in batch]
        try:
            stored = await self._in_thread(self._store.store, batch)
        except SQLAlchemyError as error:
            # Feeds that were not stored, or only in part, are polled again.
            DATABASE_FAILURES.failed("store", driver_error(error))
            stored = [PollOutcome(result.feed, lost=True) for result in batch]
            for result in batch:
                self._abandon(result.feed)
        else:
            DATABASE_FAILURES.worked("store")
        for result, outcome in zip(batch, stored, strict=True):
            self._counts.add_result(result, outcome)
            held = self._claimed.get(outcome.feed.id)
            if held is not None and held.lease == outcome.feed.lease:
                del self._claimed[outcome.feed.id]
            if not outcome.lost:
                self._failed.discard(outcome.feed.id)
            self._on_stored(outcome)

    async def _in_thread(self, function: Callable[..., T], *args: Any) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, function, *args)

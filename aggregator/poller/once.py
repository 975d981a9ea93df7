"""Poll every feed once, now."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from contextlib import AsyncExitStack
from datetime import datetime

from sqlalchemy import ColumnElement

from aggregator import config
from aggregator.clock import SYSTEM_CLOCK, Clock
from aggregator.config import Settings
from aggregator.fetch.client import FeedClient
from aggregator.poller.assembly import (
    EXTEND_LEASES_INTERVAL_S,
    client_settings,
    start_cycle,
    stop_cycle,
    stop_on_signals,
)
from aggregator.services.ingest.event_counts import EventCounts
from aggregator.services.ingest.read_feed import PollOutcome
from aggregator.services.operate.clock_repair import repair_times
from aggregator.storage.engine import Database
from aggregator.storage.feeds import leases


async def poll_once(
    settings: Settings,
    database: Database,
    slugs: Collection[str],
    on_start: Callable[[int], None],
    on_stored: Callable[[PollOutcome], None],
    on_stop: Callable[[], None] = lambda: None,
    clock: Clock = SYSTEM_CLOCK,
) -> None:
    """Poll every feed (or those of `slugs`) once, now, due or not, beside any running poller.

    A feed that another process is polling counts once that process is done with it.
    """
    stop = stop_on_signals(on_stop)

    longest = config.poll_policy(settings).longest_wait
    await asyncio.to_thread(repair_times, database, clock.now(), longest, stop.is_set)
    started = clock.now()

    def wanted(now: datetime) -> ColumnElement[bool]:
        nonlocal started
        started = min(started, now)  # or a feed polled after a step back would be polled forever
        return leases.not_polled_since(started, now, slugs)

    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(FeedClient(client_settings(settings)))
        counts = EventCounts()
        cycle = await start_cycle(stack, settings, database, client, on_stored, counts, clock)
        on_start(_count(database, wanted, clock.now()))
        seconds = asyncio.get_running_loop().time
        extend_at = seconds() + EXTEND_LEASES_INTERVAL_S
        while not stop.is_set() and (cycle.is_busy or _count(database, wanted, clock.now())):
            if cycle.writer_task.done():
                cycle.writer_task.result()
            if cycle.has_capacity:
                await cycle.claim(wanted)
            if seconds() >= extend_at:
                await cycle.extend_leases()
                extend_at = seconds() + EXTEND_LEASES_INTERVAL_S
            await _pause(stop, 0.1)
        await stop_cycle(cycle, database, counts)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        pass


def _count(
    database: Database, which: Callable[[datetime], ColumnElement[bool]], now: datetime
) -> int:
    with database.read() as session:
        return leases.count(session, which(now), now, held=True)

"""Set up and stop polling, on schedule or once."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress

from sqlalchemy.exc import SQLAlchemyError

from aggregator import config
from aggregator.clock import SYSTEM_CLOCK, Clock
from aggregator.config import Settings
from aggregator.fetch.client import ClientSettings, FeedClient
from aggregator.services.ingest.cycle import PollCycle
from aggregator.services.ingest.event_counts import EventCounts
from aggregator.services.ingest.outage import Outages
from aggregator.services.ingest.read_feed import PollOutcome
from aggregator.services.ingest.workers import ParsingPool
from aggregator.storage.engine import Database, driver_error

log = logging.getLogger("marsad.poller")

# Extend leases well within `process.feeds.schedule.LEASE_DURATION`.
EXTEND_LEASES_INTERVAL_S = 30.0
SHUTDOWN_TIMEOUT_S = 6.0
# How long the last counts wait for a lock.
LAST_LOCK_WAIT_S = 1.0
VERSION = "0.1"


async def start_cycle(
    stack: AsyncExitStack,
    settings: Settings,
    database: Database,
    client: FeedClient,
    on_stored: Callable[[PollOutcome], None],
    counts: EventCounts,
    clock: Clock = SYSTEM_CLOCK,
    outages: Outages | None = None,
) -> PollCycle:
    """Start a cycle with a parsing pool of its own, which `stack` closes.

    With `outages`, feeds are not blamed while nothing can be reached.
    """
    if settings.search.tables:
        from aggregator.text.equivalents import use_tables  # 50 ms, for those that have tables

        use_tables(config.search_tables(settings))
    polling = settings.polling
    parser = ParsingPool(polling.workers, categories=_categories(settings))
    stack.enter_context(parser)
    cycle = PollCycle(
        database,
        client,
        parser,
        config.poll_policy(settings),
        in_flight=max(4 * polling.concurrency, 256),
        per_host=polling.per_host,
        on_stored=on_stored,
        counts=counts,
        outages=outages,
        now=clock.now,
    )
    await cycle.start()
    return cycle


def _categories(settings: Settings) -> dict[str, str]:
    """Return the categories of [front] by their stems."""
    if not settings.front.categories:
        return {}
    from aggregator.process.sections.vocabulary import categories_by_key  # seldom needed

    return categories_by_key(settings.front.categories)


def client_settings(settings: Settings) -> ClientSettings:
    """Return the settings of fetching, from [polling]."""
    polling = settings.polling
    contact = polling.contact or settings.web.base_url
    return ClientSettings(
        user_agent=f"Marsad/{VERSION} (+{contact})",
        concurrency=polling.concurrency,
        per_host=polling.per_host,
        gap_s=polling.per_host_gap.total_seconds(),
        timeout_s=polling.timeout.total_seconds(),
        max_feed_size=polling.max_feed_size,
        allow_networks=config.networks(settings),
    )


def stop_on_signals(on_stop: Callable[[], None]) -> asyncio.Event:
    """Return an event that SIGTERM and SIGINT set; they also call `on_stop`."""
    stop = asyncio.Event()

    def signalled() -> None:
        stop.set()
        on_stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, signalled)
    return stop


async def stop_cycle(cycle: PollCycle, database: Database, counts: EventCounts) -> None:
    """Store what has been read, release the rest, write the last counts.

    Takes `SHUTDOWN_TIMEOUT_S` at most.
    """
    try:
        async with asyncio.timeout(SHUTDOWN_TIMEOUT_S):
            await cycle.stop()
            with suppress(SQLAlchemyError):  # the last counts are lost then
                await asyncio.to_thread(counts.write, database, lock_wait_s=LAST_LOCK_WAIT_S)
    except TimeoutError:
        log.warning("not everything could be given back in time; the claims run out by themselves")
    except SQLAlchemyError as error:
        log.warning(
            "not everything could be given back (%s); the claims run out by themselves",
            driver_error(error),
        )

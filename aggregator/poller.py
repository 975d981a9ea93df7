"""The polling process: APScheduler's ticks, signals, shutdown (the only apscheduler import)."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Collection
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import ColumnElement

from aggregator import config
from aggregator.config import Settings
from aggregator.errors import ConfigError
from aggregator.fetch.client import ClientSettings, FeedClient
from aggregator.process.schedule import Policy
from aggregator.services.parsing_pool import ParsingPool
from aggregator.services.poll_cycle import PollCycle
from aggregator.services.polling import Stored
from aggregator.services.retention import delete_old_daily
from aggregator.services.sources import load_sources
from aggregator.storage import leases
from aggregator.storage.engine import Database

log = logging.getLogger("marsad.poller")

TICK_S = 1.0
EXTEND_S = 30.0
HOUSEKEEPING_S = 3600.0
STOP_WITHIN_S = 6.0
VERSION = "0.1"


async def run(
    settings: Settings,
    database: Database,
    reload: Callable[[], Settings],
    on_stop: Callable[[], None] = lambda: None,
) -> None:
    """Poll on schedule until SIGTERM or SIGINT; SIGHUP loads the sources that `reload` returns.

    `on_stop` is called when it begins to stop, which takes `STOP_WITHIN_S` and a little more.
    """
    stop = _stop_on_signals()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, _reload_sources, database, reload)
    async with AsyncExitStack() as stack:
        cycle = await _enter_cycle(stack, settings, database, log_outcome)
        scheduler = AsyncIOScheduler(timezone=UTC)
        _add_jobs(scheduler, cycle, settings, database, stop)
        scheduler.start()
        log.info("polling")
        await _until(stop, cycle)
        on_stop()
        log.info("stopping: storing what has been read, giving the rest back")
        scheduler.shutdown(wait=False)
        await _stop(cycle)
    log.info("stopped")


async def poll_once(
    settings: Settings,
    database: Database,
    slugs: Collection[str],
    on_start: Callable[[int], None],
    on_stored: Callable[[Stored], None],
    on_stop: Callable[[], None] = lambda: None,
) -> None:
    """Poll every feed (or those of `slugs`) once, now, due or not, beside any running poller.

    A feed that another process is polling at the moment counts when that one is done with it.
    """
    started = datetime.now(UTC)
    stop = _stop_on_signals()

    def wanted(now: datetime) -> ColumnElement[bool]:
        return leases.not_polled_since(started, now, slugs)

    async with AsyncExitStack() as stack:
        cycle = await _enter_cycle(stack, settings, database, on_stored)
        on_start(_count(database, wanted))
        clock = asyncio.get_running_loop().time
        extend_at = clock() + EXTEND_S
        while not stop.is_set() and (cycle.busy or _count(database, wanted)):
            if cycle.writer.done():
                cycle.writer.result()
            claimed = await cycle.claim(wanted)
            if clock() >= extend_at:
                await cycle.extend_leases()
                extend_at = clock() + EXTEND_S
            if not claimed:
                await _pause(stop, 0.1)
        on_stop()
        await _stop(cycle)


def _stop_on_signals() -> asyncio.Event:
    """Set by SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def _until(stop: asyncio.Event, cycle: PollCycle) -> None:
    """Wait for the signal to stop; raises what ended the storing of outcomes, should it end."""
    signalled = asyncio.create_task(stop.wait())
    await asyncio.wait({signalled, cycle.writer}, return_when=asyncio.FIRST_COMPLETED)
    if not signalled.done():
        signalled.cancel()
        cycle.writer.result()


async def _enter_cycle(
    stack: AsyncExitStack,
    settings: Settings,
    database: Database,
    on_stored: Callable[[Stored], None],
) -> PollCycle:
    polling = settings.polling
    parser = stack.enter_context(ParsingPool(polling.workers))
    client = await stack.enter_async_context(FeedClient(_client_settings(settings)))
    cycle = PollCycle(
        database,
        client,
        parser,
        Policy(polling.min_interval, polling.max_interval),
        in_flight=max(4 * polling.concurrency, 256),
        on_stored=on_stored,
    )
    await cycle.start()
    return cycle


def _client_settings(settings: Settings) -> ClientSettings:
    polling = settings.polling
    contact = polling.contact or settings.web.base_url
    return ClientSettings(
        user_agent=f"Marsad/{VERSION} (+{contact})",
        concurrency=polling.concurrency,
        per_host=polling.per_host,
        timeout_s=polling.timeout.total_seconds(),
        max_feed_size=polling.max_feed_size,
        allow_networks=config.networks(settings),
    )


def _add_jobs(
    scheduler: AsyncIOScheduler,
    cycle: PollCycle,
    settings: Settings,
    database: Database,
    stop: asyncio.Event,
) -> None:
    """Every job only starts work and returns, so that none can hold up the next tick."""

    async def keep_house() -> None:
        if settings.retention.keep is not None:
            now = datetime.now(UTC)
            await asyncio.to_thread(_retain, database, settings.retention.keep, now, stop)

    soon = datetime.now(UTC) + timedelta(seconds=5)
    options = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    now = datetime.now(UTC)
    scheduler.add_job(cycle.claim_due, "interval", seconds=TICK_S, next_run_time=now, **options)
    scheduler.add_job(cycle.extend_leases, "interval", seconds=EXTEND_S, **options)
    scheduler.add_job(keep_house, "interval", seconds=HOUSEKEEPING_S, next_run_time=soon, **options)


def _retain(database: Database, keep: timedelta, now: datetime, stop: asyncio.Event) -> None:
    deleted = delete_old_daily(database, keep, now, stop.is_set)
    if deleted:
        log.info("retention deleted %d entries", deleted)


def _reload_sources(database: Database, reload: Callable[[], Settings]) -> None:
    """SIGHUP: load the sources anew; a bad file keeps the old ones and says so."""
    try:
        settings = reload()
    except ConfigError as error:
        log.error("the config was not reloaded, the old one stays:\n%s", error)
        return
    report = load_sources(database, config.source_specs(settings), datetime.now(UTC))
    log.info(
        "sources reloaded: %d sources, %d feeds, %d new, %d disabled",
        report.sources,
        report.feeds,
        report.added,
        report.disabled,
    )


async def _stop(cycle: PollCycle) -> None:
    try:
        async with asyncio.timeout(STOP_WITHIN_S):
            await cycle.stop()
    except TimeoutError:
        log.warning("not everything could be given back in time; the claims run out by themselves")


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        pass


def _count(database: Database, which: Callable[[datetime], ColumnElement[bool]]) -> int:
    now = datetime.now(UTC)
    with database.read() as session:
        return leases.count(session, which(now), now, held=True)


def log_outcome(stored: Stored) -> None:
    """One line a poll that brought something or failed."""
    feed = stored.feed
    if stored.failure is not None:
        log.warning("%s: %s: %s", feed.url, stored.failure.kind, stored.failure.detail)
    elif stored.new or stored.changed:
        log.info("%s: %d new, %d changed", feed.url, stored.new, stored.changed)

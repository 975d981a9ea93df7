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
from sqlalchemy.exc import SQLAlchemyError

from aggregator import config
from aggregator.config import Settings
from aggregator.errors import ConfigError
from aggregator.fetch.client import ClientSettings, FeedClient
from aggregator.process.schedule import Policy
from aggregator.services.health import forget_old_days
from aggregator.services.parsing_pool import ParsingPool
from aggregator.services.poll_cycle import PollCycle
from aggregator.services.polling import Stored
from aggregator.services.retention import delete_old_daily
from aggregator.services.sources import load_sources
from aggregator.services.websub import Subscriber, is_reachable
from aggregator.storage import leases
from aggregator.storage.engine import Database

log = logging.getLogger("marsad.poller")

TICK_S = 1.0
EXTEND_S = 30.0
HOUSEKEEPING_S = 3600.0
FIRST_HOUSEKEEPING_S = 2.0
SUBSCRIBE_S = 2.0
STOP_WITHIN_S = 6.0
VERSION = "0.1"
_JOB = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}


async def run(
    settings: Settings,
    database: Database,
    reload: Callable[[], Settings],
    on_stop: Callable[[], None] = lambda: None,
) -> None:
    """Poll on schedule until SIGTERM or SIGINT; SIGHUP loads the sources that `reload` returns.

    `on_stop` is called at the signal; stopping takes `STOP_WITHIN_S` and a little more.
    """
    stop = _stop_on_signals(on_stop)
    hangup = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, hangup.set)
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(FeedClient(client_settings(settings)))
        cycle = await _enter_cycle(stack, settings, database, client, log_outcome)
        scheduler = AsyncIOScheduler(timezone=UTC)
        _add_jobs(scheduler, cycle, settings, database, stop)
        if is_reachable(settings.web.base_url, config.networks(settings)):
            subscriber = Subscriber(database, client, settings.web.base_url)
            stack.push_async_callback(subscriber.stop)
            _add_hub_jobs(scheduler, cycle, subscriber)
        scheduler.start()
        log.info("polling")
        reloading = asyncio.create_task(_reload_at(hangup, database, reload))
        await _until(stop, cycle)
        reloading.cancel()
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
    stop = _stop_on_signals(on_stop)

    def wanted(now: datetime) -> ColumnElement[bool]:
        return leases.not_polled_since(started, now, slugs)

    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(FeedClient(client_settings(settings)))
        cycle = await _enter_cycle(stack, settings, database, client, on_stored)
        on_start(_count(database, wanted))
        clock = asyncio.get_running_loop().time
        extend_at = clock() + EXTEND_S
        while not stop.is_set() and (cycle.busy or _count(database, wanted)):
            if cycle.writer.done():
                cycle.writer.result()
            await cycle.claim(wanted)
            if clock() >= extend_at:
                await cycle.extend_leases()
                extend_at = clock() + EXTEND_S
            await _pause(stop, 0.1)
        await _stop(cycle)


def _stop_on_signals(on_stop: Callable[[], None]) -> asyncio.Event:
    """Set by SIGTERM or SIGINT."""
    stop = asyncio.Event()

    def signalled() -> None:
        stop.set()
        on_stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, signalled)
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
    client: FeedClient,
    on_stored: Callable[[Stored], None],
) -> PollCycle:
    polling = settings.polling
    parser = stack.enter_context(ParsingPool(polling.workers))
    cycle = PollCycle(
        database,
        client,
        parser,
        Policy(polling.min_interval, polling.max_interval),
        in_flight=max(4 * polling.concurrency, 256),
        per_host=polling.per_host,
        on_stored=on_stored,
    )
    await cycle.start()
    return cycle


def client_settings(settings: Settings) -> ClientSettings:
    """How to fetch, as [polling] says."""
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


def _add_jobs(
    scheduler: AsyncIOScheduler,
    cycle: PollCycle,
    settings: Settings,
    database: Database,
    stop: asyncio.Event,
) -> None:
    """Every job only starts work and returns, so that none can hold up the next tick."""

    async def keep_house() -> None:
        now = datetime.now(UTC)
        await asyncio.to_thread(forget_old_days, database, now)
        if settings.retention.keep is not None:
            await asyncio.to_thread(_retain, database, settings.retention.keep, now, stop)

    soon = datetime.now(UTC) + timedelta(seconds=FIRST_HOUSEKEEPING_S)
    now = datetime.now(UTC)
    scheduler.add_job(cycle.claim_due, "interval", seconds=TICK_S, next_run_time=now, **_JOB)
    scheduler.add_job(cycle.extend_leases, "interval", seconds=EXTEND_S, **_JOB)
    scheduler.add_job(keep_house, "interval", seconds=HOUSEKEEPING_S, next_run_time=soon, **_JOB)


def _add_hub_jobs(scheduler: AsyncIOScheduler, cycle: PollCycle, subscriber: Subscriber) -> None:
    """Only where hubs can reach our web: take what they deliver, and ask them to."""
    scheduler.add_job(cycle.claim_pushed, "interval", seconds=TICK_S, **_JOB)
    scheduler.add_job(subscriber.begin_round, "interval", seconds=SUBSCRIBE_S, **_JOB)


def _retain(database: Database, keep: timedelta, now: datetime, stop: asyncio.Event) -> None:
    deleted = delete_old_daily(database, keep, now, stop.is_set)
    if deleted:
        log.info("retention deleted %d entries", deleted)


async def _reload_at(
    hangup: asyncio.Event, database: Database, reload: Callable[[], Settings]
) -> None:
    """One reload after another, in a thread: a locked database does not hold up the polling."""
    while True:
        await hangup.wait()
        hangup.clear()
        await asyncio.to_thread(_reload_sources, database, reload)


def _reload_sources(database: Database, reload: Callable[[], Settings]) -> None:
    """SIGHUP: load the sources anew; a bad file keeps the old ones and says so."""
    try:
        settings = reload()
    except ConfigError as error:
        log.error("the config was not reloaded, the old one stays:\n%s", error)
        return
    try:
        report = load_sources(database, config.source_specs(settings), datetime.now(UTC))
    except SQLAlchemyError as error:
        log.error("the sources were not reloaded: %s", getattr(error, "orig", None) or error)
        return
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

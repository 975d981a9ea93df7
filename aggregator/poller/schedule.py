"""Polling on schedule: APScheduler's ticks, reloads, shutdown (the only apscheduler import)."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from functools import wraps

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy.exc import SQLAlchemyError

from aggregator import config
from aggregator.config import Settings
from aggregator.errors import ConfigError
from aggregator.fetch.client import FeedClient
from aggregator.poller.assembly import (
    EXTEND_LEASES_INTERVAL_S,
    client_settings,
    log,
    start_cycle,
    stop_cycle,
    stop_on_signals,
)
from aggregator.services.desk.backfill import drop_expired_entries, expire_pins, run_backfill
from aggregator.services.ingest.assign_stories import assign_unplaced_daily
from aggregator.services.ingest.cycle import PollCycle
from aggregator.services.ingest.index import maintain_index
from aggregator.services.ingest.read_feed import PollOutcome
from aggregator.services.ingest.websub import Subscriber, is_reachable
from aggregator.services.operate.feed_health import delete_old_days
from aggregator.services.operate.load_sources import load_sources
from aggregator.services.operate.retention import delete_old_entries_daily
from aggregator.services.reading.read_mark_compaction import compact_read_marks_daily
from aggregator.storage.engine import Database

CLAIM_INTERVAL_S = 1.0
HOUSEKEEPING_INTERVAL_S = 3600.0
FIRST_HOUSEKEEPING_S = 2.0
INDEXING_S = 60.0
HUB_INTERVAL_S = 2.0
TOPICS_S = 2.0
# Pause between chunks of entries matched against a changed rule, to leave room for polling.
BACKFILL_PAUSE_S = 0.1
_JOB_OPTIONS = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}


async def run(
    settings: Settings,
    database: Database,
    reload: Callable[[], Settings],
    on_stop: Callable[[], None] = lambda: None,
) -> None:
    """Poll on schedule until SIGTERM or SIGINT; SIGHUP loads the sources that `reload` returns.

    `on_stop` is called at the signal; stopping takes a little more than `SHUTDOWN_TIMEOUT_S`.
    """
    stop = stop_on_signals(on_stop)
    hangup = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, hangup.set)
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(FeedClient(client_settings(settings)))
        cycle = await start_cycle(stack, settings, database, client, log_outcome)
        scheduler = AsyncIOScheduler(timezone=UTC)
        _add_jobs(scheduler, cycle, settings, database, stop)
        if is_reachable(settings.web.base_url, config.networks(settings)):
            subscriber = Subscriber(database, client, settings.web.base_url)
            stack.push_async_callback(subscriber.stop)
            _add_hub_jobs(scheduler, cycle, subscriber)
        scheduler.start()
        log.info("polling")
        reloading = asyncio.create_task(_reload_on_hangup(hangup, database, reload))
        await _until(stop, cycle)
        reloading.cancel()
        log.info("stopping: storing what has been read, giving the rest back")
        scheduler.shutdown(wait=False)
        await stop_cycle(cycle)
    log.info("stopped")


async def _until(stop: asyncio.Event, cycle: PollCycle) -> None:
    """Wait for the signal to stop; raises the error that ended the writer, if one did."""
    signalled = asyncio.create_task(stop.wait())
    await asyncio.wait({signalled, cycle.writer_task}, return_when=asyncio.FIRST_COMPLETED)
    if not signalled.done():
        signalled.cancel()
        cycle.writer_task.result()


def _add_jobs(
    scheduler: AsyncIOScheduler,
    cycle: PollCycle,
    settings: Settings,
    database: Database,
    stop: asyncio.Event,
) -> None:
    """Add the regular jobs; each runs its work in a thread or a task, never on the loop."""

    async def keep_house() -> None:
        now = datetime.now(UTC)
        await asyncio.to_thread(delete_old_days, database, now)
        await asyncio.to_thread(drop_expired_entries, database, now)
        await asyncio.to_thread(compact_read_marks_daily, database, now, stop.is_set)
        await asyncio.to_thread(assign_unplaced_daily, database, now, stop.is_set)
        if settings.retention.keep is not None:
            await asyncio.to_thread(
                _delete_old_entries, database, settings.retention.keep, now, stop
            )

    async def tend_topics() -> None:
        now = datetime.now(UTC)
        await asyncio.to_thread(expire_pins, database, now)
        await asyncio.to_thread(run_backfill, database, now, stop.is_set, rest_s=BACKFILL_PAUSE_S)

    async def index_older() -> None:
        await asyncio.to_thread(maintain_index, database, stop.is_set)

    soon = datetime.now(UTC) + timedelta(seconds=FIRST_HOUSEKEEPING_S)
    now = datetime.now(UTC)
    scheduler.add_job(
        log_failures(cycle.claim_due),
        "interval",
        seconds=CLAIM_INTERVAL_S,
        next_run_time=now,
        **_JOB_OPTIONS,
    )
    scheduler.add_job(
        log_failures(cycle.extend_leases),
        "interval",
        seconds=EXTEND_LEASES_INTERVAL_S,
        **_JOB_OPTIONS,
    )
    scheduler.add_job(log_failures(tend_topics), "interval", seconds=TOPICS_S, **_JOB_OPTIONS)
    scheduler.add_job(
        log_failures(keep_house),
        "interval",
        seconds=HOUSEKEEPING_INTERVAL_S,
        next_run_time=soon,
        **_JOB_OPTIONS,
    )
    scheduler.add_job(
        log_failures(index_older),
        "interval",
        seconds=INDEXING_S,
        next_run_time=soon,
        **_JOB_OPTIONS,
    )


def _add_hub_jobs(scheduler: AsyncIOScheduler, cycle: PollCycle, subscriber: Subscriber) -> None:
    """Add the jobs for WebSub: store deliveries, send requests to hubs."""
    scheduler.add_job(
        log_failures(cycle.claim_pushed), "interval", seconds=CLAIM_INTERVAL_S, **_JOB_OPTIONS
    )
    scheduler.add_job(
        log_failures(subscriber.start_round), "interval", seconds=HUB_INTERVAL_S, **_JOB_OPTIONS
    )


def log_failures(work: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[None]]:
    """Wrap a job: it ends with the poller and logs a database error in one line.

    APScheduler would print a traceback for both.
    """

    @wraps(work)
    async def job() -> None:
        try:
            await work()
        except asyncio.CancelledError:
            log.debug("%s was cut short", work.__name__)
        except SQLAlchemyError as error:
            log.error("%s: %s", work.__name__, getattr(error, "orig", None) or error)

    return job


def _delete_old_entries(
    database: Database, keep: timedelta, now: datetime, stop: asyncio.Event
) -> None:
    deleted = delete_old_entries_daily(database, keep, now, stop.is_set)
    if deleted:
        log.info("retention deleted %d entries", deleted)


async def _reload_on_hangup(
    hangup: asyncio.Event, database: Database, reload: Callable[[], Settings]
) -> None:
    """Reload in a thread, one reload at a time, so that a locked database never delays polling."""
    while True:
        await hangup.wait()
        hangup.clear()
        await asyncio.to_thread(_reload_sources, database, reload)


def _reload_sources(database: Database, reload: Callable[[], Settings]) -> None:
    """Reload the sources on SIGHUP; a bad file is logged and changes nothing."""
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


def log_outcome(stored: PollOutcome) -> None:
    """Log a poll that failed or found something, in one line."""
    feed = stored.feed
    if stored.failure is not None:
        log.warning("%s: %s: %s", feed.url, stored.failure.kind, stored.failure.detail)
    elif stored.new or stored.changed:
        log.info("%s: %d new, %d changed", feed.url, stored.new, stored.changed)

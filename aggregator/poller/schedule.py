"""Polling on schedule: regular jobs, reloads, steps of the clock, shutdown."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from datetime import datetime
from functools import wraps
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from aggregator import config
from aggregator.clock import SYSTEM_CLOCK, Clock
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
from aggregator.poller.clock_watch import ClockWatch
from aggregator.poller.housekeeping import Housekeeping
from aggregator.poller.requests import RequestJobs
from aggregator.poller.ticks import Ticks
from aggregator.runtime.failure_log import DATABASE_FAILURES
from aggregator.runtime.service_manager import ServiceManager
from aggregator.services.ingest.cycle import PollCycle
from aggregator.services.ingest.event_counts import EventCounts
from aggregator.services.ingest.outage import Outages
from aggregator.services.ingest.read_feed import PollOutcome
from aggregator.services.ingest.websub import Subscriber, is_reachable
from aggregator.services.operate.clock_repair import repair_times
from aggregator.services.operate.load_sources import load_sources
from aggregator.storage import jobs
from aggregator.storage.engine import Database, driver_error

Job = Callable[[], Coroutine[Any, Any, None]]

CLAIM_INTERVAL_S = 1.0
HOUSEKEEPING_INTERVAL_S = 3600.0
FIRST_HOUSEKEEPING_S = 2.0
INDEXING_S = 60.0
# How soon stories and prints of past days count, whose sums are stored.
SUMS_S = 60.0
# How soon entries get their stories that could be stored and not placed, as the disk was full.
LEFT_OUT_S = 60.0
HUB_INTERVAL_S = 2.0
TOPICS_S = 2.0
# How soon an address is looked up that a reader asked about.
LOOKUP_INTERVAL_S = 2.0
# How soon a request is answered whose source an operator put into the config by hand.
ANSWERS_S = 15.0
# How soon /metrics shows what a poller has done.
COUNTS_INTERVAL_S = 15.0
CLOCK_CHECK_S = 1.0
# After a step, times are corrected at once, and again when whatever was being written is stored.
REPAIRS_AFTER_S = (0.0, 5.0, 60.0)


async def run(
    settings: Settings,
    database: Database,
    reload: Callable[[], Settings],
    on_stop: Callable[[], None] = lambda: None,
    clock: Clock = SYSTEM_CLOCK,
    manager: ServiceManager | None = None,
) -> None:
    """Poll on schedule until SIGTERM or SIGINT; SIGHUP loads the sources that `reload` returns.

    `on_stop` is called at the signal; stopping takes a little more than `SHUTDOWN_TIMEOUT_S`.
    `manager` gets reports from the jobs.
    """
    manager = manager or ServiceManager()
    stop = stop_on_signals(on_stop)
    hangup = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, hangup.set)
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(FeedClient(client_settings(settings)))
        watch = ClockWatch(clock, await asyncio.to_thread(_last_job, database))
        repair = log_failures(_repair(settings, database, clock, stop))
        counts = EventCounts(clock.monotonic)
        outages = Outages(config.poll_policy(settings).min_interval)
        cycle = await start_cycle(
            stack, settings, database, client, log_outcome, counts, clock, outages
        )
        ticks = Ticks()
        _add_jobs(ticks, cycle, Housekeeping(settings, database, watch, repair, stop))
        ticks.add(_count_writer(counts, database), COUNTS_INTERVAL_S)
        if subscriber := _make_subscriber(settings, database, client, clock, counts):
            stack.push_async_callback(subscriber.stop)
            _add_hub_jobs(ticks, cycle, subscriber)
        if requests := _make_request_jobs(settings, database, client, clock, cycle):
            stack.push_async_callback(requests.stop)
            _add_request_jobs(ticks, requests)
        if manager.is_present:
            _add_report_job(ticks, cycle, manager)
        ticks.start()
        log.info("polling")
        reloading = asyncio.create_task(_reload_on_hangup(hangup, database, reload, clock))
        watching = asyncio.create_task(_watch_clock(watch, ticks, cycle, repair))
        await _until(stop, cycle.writer_task, watching)
        reloading.cancel()
        watching.cancel()
        manager.report_stopping()
        log.info("stopping: storing what has been read, giving the rest back")
        ticks.stop()
        await stop_cycle(cycle, database, counts)
    log.info("stopped")


async def _until(stop: asyncio.Event, *endless: asyncio.Task[None]) -> None:
    """Wait for the signal to stop; raises the error that ended one of the `endless` tasks."""
    signalled = asyncio.create_task(stop.wait())
    await asyncio.wait({signalled, *endless}, return_when=asyncio.FIRST_COMPLETED)
    if not signalled.done():
        signalled.cancel()
        for task in endless:
            if task.done():
                task.result()


def _add_jobs(ticks: Ticks, cycle: PollCycle, house: Housekeeping) -> None:
    """Add the regular jobs; each runs its work in a thread or a task, never on the loop."""
    ticks.add(log_failures(cycle.claim_due), CLAIM_INTERVAL_S, first_after_s=0)
    ticks.add(log_failures(cycle.extend_leases), EXTEND_LEASES_INTERVAL_S)
    ticks.add(log_failures(cycle.assign_left_out), LEFT_OUT_S)
    ticks.add(log_failures(house.tend_topics), TOPICS_S)
    ticks.add(log_failures(house.run_hourly), HOUSEKEEPING_INTERVAL_S, FIRST_HOUSEKEEPING_S)
    ticks.add(log_failures(house.index_older), INDEXING_S, FIRST_HOUSEKEEPING_S)
    ticks.add(log_failures(house.update_days), SUMS_S)


def _make_subscriber(
    settings: Settings, database: Database, client: FeedClient, clock: Clock, counts: EventCounts
) -> Subscriber | None:
    """What subscribes at hubs; None if they cannot reach this site."""
    if not is_reachable(settings.web.base_url, config.networks(settings)):
        return None
    return Subscriber(database, client, settings.web.base_url, clock.now, counts=counts)


def _make_request_jobs(
    settings: Settings, database: Database, client: FeedClient, clock: Clock, cycle: PollCycle
) -> RequestJobs | None:
    """What looks up the addresses that readers ask for; None if they may not ask."""
    allowed = settings.requests.per_reader
    return RequestJobs(database, client, cycle.parser, allowed, clock.now) if allowed else None


def _add_hub_jobs(ticks: Ticks, cycle: PollCycle, subscriber: Subscriber) -> None:
    """Add the jobs for WebSub: store deliveries, send requests to hubs."""
    ticks.add(log_failures(cycle.claim_pushed), CLAIM_INTERVAL_S)
    ticks.add(log_failures(subscriber.start_round), HUB_INTERVAL_S)


def _add_request_jobs(ticks: Ticks, requests: RequestJobs) -> None:
    """Add the jobs for sources that readers ask for: look-ups, answers."""
    ticks.add(log_failures(requests.look_up), LOOKUP_INTERVAL_S)
    ticks.add(log_failures(requests.answer_requests), ANSWERS_S)


def _count_writer(counts: EventCounts, database: Database) -> Job:
    async def write_counts() -> None:
        await asyncio.to_thread(counts.write, database)

    return log_failures(write_counts)


def _add_report_job(ticks: Ticks, cycle: PollCycle, manager: ServiceManager) -> None:
    """Report to the service manager while the loop, its ticks and the database thread all work."""

    async def report() -> None:
        await cycle.wait_for_thread()
        manager.report_alive()

    ticks.add(log_failures(report), manager.report_interval_s, first_after_s=0)


# --- the clock ------------------------------------------------------------------------------------


async def _watch_clock(watch: ClockWatch, ticks: Ticks, cycle: PollCycle, repair: Job) -> None:
    """Notice steps of the clock; keep ticking, keep the claims, bring back what is too far away."""
    seconds, extend_leases = watch.clock.monotonic, log_failures(cycle.extend_leases)
    repairs = [seconds()]  # the clock may have been put right before this process started
    async with asyncio.TaskGroup() as group:
        while True:
            if repairs and repairs[0] <= seconds():
                del repairs[0]
                group.create_task(repair())
            await asyncio.sleep(CLOCK_CHECK_S)  # by the monotonic clock
            ticks.keep_ticking()
            if watch.check():
                group.create_task(extend_leases())
                repairs = [seconds() + wait_s for wait_s in REPAIRS_AFTER_S]


def _repair(settings: Settings, database: Database, clock: Clock, stop: asyncio.Event) -> Job:
    longest = config.poll_policy(settings).longest_wait
    one_at_a_time = asyncio.Lock()

    async def repair_clock() -> None:
        async with one_at_a_time:
            await asyncio.to_thread(repair_times, database, clock.now(), longest, stop.is_set)

    return repair_clock


def _last_job(database: Database) -> datetime | None:
    with database.read() as session:
        return jobs.last_run(session)


def log_failures(work: Callable[[], Awaitable[object]]) -> Job:
    """Wrap a job: it ends with the poller and logs a database error in one line, once.

    APScheduler would print a traceback for both.
    """

    @wraps(work)
    async def job() -> None:
        try:
            await work()
        except asyncio.CancelledError:
            log.debug("%s was cut short", work.__name__)
        except SQLAlchemyError as error:
            DATABASE_FAILURES.failed(work.__name__, driver_error(error))
        else:
            DATABASE_FAILURES.worked(work.__name__)

    return job


async def _reload_on_hangup(
    hangup: asyncio.Event, database: Database, reload: Callable[[], Settings], clock: Clock
) -> None:
    """Reload in a thread, one reload at a time, so that a locked database never delays polling."""
    while True:
        await hangup.wait()
        hangup.clear()
        await asyncio.to_thread(_reload_sources, database, reload, clock.now())


def _reload_sources(database: Database, reload: Callable[[], Settings], now: datetime) -> None:
    """Reload the sources on SIGHUP; a bad file is logged and changes nothing."""
    try:
        settings = reload()
    except ConfigError as error:
        log.error("the config was not reloaded, the old one stays:\n%s", error)
        return
    try:
        specs, owners = config.source_specs(settings), config.owner_specs(settings)
        report = load_sources(database, specs, now, owners)
    except SQLAlchemyError as error:
        log.error("the sources were not reloaded: %s", driver_error(error))
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
    feed, failure = stored.feed, stored.failure
    fields: dict[str, object] = {"feed_id": feed.id, "url": feed.url}
    if failure is not None:
        fields["error_kind"] = failure.kind
        extra = {"source": feed.source_slug, "fields": fields}
        log.warning("%s: %s: %s", feed.url, failure.kind, failure.detail, extra=extra)
    elif stored.new or stored.changed:
        fields |= {"new": stored.new, "changed": stored.changed}
        extra = {"source": feed.source_slug, "fields": fields}
        log.info("%s: %d new, %d changed", feed.url, stored.new, stored.changed, extra=extra)

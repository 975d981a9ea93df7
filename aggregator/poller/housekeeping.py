"""What a poller does beside polling: topics, the index, sums of days, deleting what is old."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from aggregator.config import Settings
from aggregator.poller.clock_watch import ClockWatch
from aggregator.services.accounts.expiry import delete_expired_daily
from aggregator.services.desk.backfill import drop_expired_entries, expire_pins, run_backfill
from aggregator.services.ingest.assign_stories import assign_unplaced_daily
from aggregator.services.ingest.index import maintain_index
from aggregator.services.operate.agency_days import update_agency_days, update_agency_days_since
from aggregator.services.operate.audit import delete_old_acts_daily
from aggregator.services.operate.feed_health import delete_old_days
from aggregator.services.operate.insight_days import update_insight_days, update_recent_insight_days
from aggregator.services.operate.retention import delete_old_entries_daily
from aggregator.services.operate.statistics import update_statistics
from aggregator.services.reading.old_requests import delete_old_requests_daily
from aggregator.services.reading.read_mark_compaction import compact_read_marks_daily
from aggregator.storage.engine import Database

# Pause between chunks of entries matched against a changed rule, to leave room for polling.
BACKFILL_PAUSE_S = 0.1

log = logging.getLogger("marsad.poller")


class Housekeeping:
    """The jobs, each of which does its work in a thread and ends soon once `stop` is set.

    `repair` brings times back that a wrong clock has left.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        watch: ClockWatch,
        repair: Callable[[], Awaitable[None]],
        stop: asyncio.Event,
    ) -> None:
        self._retention = settings.retention
        self._zone = ZoneInfo(settings.web.timezone)
        self._database = database
        self._watch = watch
        self._repair = repair
        self._stop = stop
        # The entry up to which the prints of dispatches are counted.
        self._printed_up_to: int | None = None

    async def run_hourly(self) -> None:
        """Count statistics, delete what has expired, sum up days."""
        await self._repair()
        await asyncio.to_thread(update_statistics, self._database, self._watch.clock.now())
        if self._watch.is_trusted:  # what is deleted by a wrong clock is lost
            await asyncio.to_thread(self._delete_and_sum_up, self._watch.clock.now())

    async def tend_topics(self) -> None:
        """Expire pins, and match older entries against changed rules."""
        now = self._watch.clock.now()
        if self._watch.is_trusted:  # read after the time that it vouches for
            await asyncio.to_thread(expire_pins, self._database, now)
        await asyncio.to_thread(
            run_backfill, self._database, now, self._stop.is_set, rest_s=BACKFILL_PAUSE_S
        )

    async def index_older(self) -> None:
        """Index what was stored before the index, or by an older version of it."""
        await asyncio.to_thread(maintain_index, self._database, self._stop.is_set)

    async def update_days(self) -> None:
        """Count stories and prints of past days again that have changed since."""
        now = self._watch.clock.now()
        if self._watch.is_trusted:
            await asyncio.to_thread(self._update_changed_days, now)

    def _delete_and_sum_up(self, now: datetime) -> None:
        database, is_stopping = self._database, self._stop.is_set
        steps: tuple[Callable[[], object], ...] = (
            partial(delete_old_days, database, now),
            partial(delete_expired_daily, database, now),
            partial(drop_expired_entries, database, now),
            partial(delete_old_requests_daily, database, now),
            partial(compact_read_marks_daily, database, now, is_stopping),
            partial(assign_unplaced_daily, database, now, is_stopping),
            partial(self._sum_up_agencies, now),
            partial(self._delete_old_acts, now),
            partial(self._delete_old_entries, now),
            # Last: it counts what is left.
            partial(update_insight_days, database, self._zone, now, is_stopping),
        )
        for step in steps:
            if not is_stopping():
                step()

    def _delete_old_acts(self, now: datetime) -> None:
        if (keep := self._retention.audit) is not None:
            delete_old_acts_daily(self._database, keep, now, self._stop.is_set)

    def _delete_old_entries(self, now: datetime) -> None:
        if (keep := self._retention.keep) is not None:
            deleted = delete_old_entries_daily(self._database, keep, now, self._stop.is_set)
            if deleted:
                log.info("retention deleted %d entries", deleted)

    def _sum_up_agencies(self, now: datetime) -> None:
        if self._printed_up_to is None:
            # Before the first sums: those of `update_days` go on from here.
            self._printed_up_to = update_agency_days_since(self._database, None)
        update_agency_days(self._database, now, self._stop.is_set)

    def _update_changed_days(self, now: datetime) -> None:
        is_stopping = self._stop.is_set
        self._printed_up_to = update_agency_days_since(
            self._database, self._printed_up_to, is_stopping
        )
        update_recent_insight_days(self._database, self._zone, now, is_stopping)

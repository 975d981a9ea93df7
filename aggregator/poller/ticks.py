"""Regular jobs that survive steps of the clock (the only apscheduler import).

APScheduler computes with the wall clock: its interval trigger lists every run missed while the
clock jumped ahead (ten years of seconds), and after a jump back waits until the clock has caught
up. Here a job that is late runs once, and none waits longer than its interval.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

# What APScheduler logs at each tick that comes while the last run still goes on, as on a busy
# machine: once a second.
_STILL_RUNNING = "maximum number of running instances"
# APScheduler wakes up a little early or late.
_LEEWAY = timedelta(seconds=1)


class Ticks:
    """Jobs at intervals, each one run at a time; call `keep_ticking` every second."""

    def __init__(self) -> None:
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        logging.getLogger("apscheduler.scheduler").addFilter(_is_news)

    def add(
        self,
        work: Callable[[], Awaitable[object]],
        every_s: float,
        first_after_s: float | None = None,
    ) -> None:
        """Run `work` every `every_s` seconds, first after `first_after_s` (default: `every_s`)."""
        wait = timedelta(seconds=every_s if first_after_s is None else first_after_s)
        self._scheduler.add_job(
            work,
            _Every(timedelta(seconds=every_s)),
            next_run_time=_now() + wait,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )

    def start(self) -> None:
        """Start ticking, on the running event loop."""
        self._scheduler.start()

    def stop(self) -> None:
        """Stop ticking; jobs that run are cancelled."""
        self._scheduler.shutdown(wait=False)

    def keep_ticking(self) -> None:
        """Bring forward the jobs that a clock set back has put off."""
        now = _now()
        for job in self._scheduler.get_jobs():
            if job.next_run_time > now + job.trigger.interval + _LEEWAY:
                job.modify(next_run_time=now)


class _Every(BaseTrigger):  # type: ignore[misc]  # apscheduler has no types
    """At an interval, in step with the last run where the clock allows it."""

    def __init__(self, interval: timedelta) -> None:
        self.interval = interval

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """Return the next run: after `now`, and within the interval."""
        if previous_fire_time is not None:
            following = previous_fire_time + self.interval
            if now < following <= now + self.interval:
                return following
        return now + self.interval


def _is_news(record: logging.LogRecord) -> bool:
    """Whether to log it: that a job which still runs is not started again is as intended."""
    return _STILL_RUNNING not in str(record.msg)


def _now() -> datetime:
    return datetime.now(UTC)  # as APScheduler reads it

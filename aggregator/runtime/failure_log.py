"""Log a failure that repeats every second once, then how often it was, and when it is over."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import timedelta

log = logging.getLogger("marsad.database")

# The first count is logged after this long, the next after twice as long, and so on.
FIRST_COUNT_S = 60.0
MAX_COUNT_GAP_S = 3600.0
MAX_CAUSE = 300


class FailureLog:
    """The failures of jobs that depend on one thing, such as the database; thread-safe.

    Every cause is logged once, whichever job met it first. An outage is over when a job that failed
    in it works. `clock` returns monotonic seconds.
    """

    def __init__(self, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._name = name
        self._clock = clock
        self._lock = threading.Lock()
        self.forget()

    def failed(self, job: str, cause: object) -> None:
        """Log or count that `job` failed."""
        shown = " ".join(str(cause).split())[:MAX_CAUSE]
        with self._lock:
            self._note(job, shown)

    def _note(self, job: str, cause: str) -> None:
        now = self._clock()
        if not self._jobs:
            self._began_s = now
        self._jobs.add(job)
        self._count += 1
        if cause not in self._causes:
            self._causes.add(cause)
            log.error("%s: %s", job, cause)
        elif now - self._began_s >= self._count_after_s:
            self._count_after_s += min(self._count_after_s, MAX_COUNT_GAP_S)
            log.error(
                "%s has failed for %s, %d times: %s",
                self._name,
                self._lasted(now),
                self._count,
                cause,
            )

    def worked(self, job: str) -> None:
        """Log that the outage is over, if `job` failed in it."""
        with self._lock:
            if job not in self._jobs:
                return
            if self._count > 1:
                lasted = self._lasted(self._clock())
                log.warning(
                    "%s works again, after %s and %d failures", self._name, lasted, self._count
                )
            self.forget()

    def forget(self) -> None:
        """Start over, as if nothing had failed."""
        self._jobs: set[str] = set()
        self._causes: set[str] = set()
        self._count = 0
        self._began_s = 0.0
        self._count_after_s = FIRST_COUNT_S

    def _lasted(self, now: float) -> timedelta:
        return timedelta(seconds=round(now - self._began_s))


# Of this process: all of its jobs use one database.
DATABASE_FAILURES = FailureLog("the database")

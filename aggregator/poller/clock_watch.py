"""Notice steps of the wall clock, and tell whether it can be trusted to delete by."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from aggregator.clock import Clock

log = logging.getLogger("marsad.clock")

# NTP slows a clock down or speeds it up for less than this, and sets it for more.
MIN_STEP = timedelta(seconds=10)
# A clock that jumped ahead by more than this is in doubt, for `SETTLING_S` seconds.
MAX_TRUSTED_JUMP = timedelta(hours=1)
SETTLING_S = 24 * 3600.0
# After a longer stop, the clock is in doubt as well.
MAX_TRUSTED_STOP = timedelta(days=7)


class ClockWatch:
    """Compares the wall clock with the monotonic one at each `check`.

    `last_known` is when a job last ran, by an earlier process: a clock that is far ahead of it may
    be wrong.
    """

    def __init__(self, clock: Clock, last_known: datetime | None = None) -> None:
        self.clock = clock
        now, monotonic_s = clock.now(), clock.monotonic()
        self._read_at, self._read_at_s = now, monotonic_s
        self._ahead = timedelta(0)
        """How far the clock is ahead of the time that was last trusted."""
        self._doubted_at_s = monotonic_s
        if last_known is not None and now - last_known > MAX_TRUSTED_STOP:
            self._ahead = now - last_known
            log.warning(
                "the clock is %s ahead of when this installation last ran: "
                "nothing old is deleted for a day, in case the clock is wrong",
                _rounded(self._ahead),
            )

    @property
    def is_trusted(self) -> bool:
        """Whether what is old by this clock may be deleted."""
        step = self._step()  # one that `check` has not seen yet counts too
        if step > MAX_TRUSTED_JUMP:
            return False
        in_doubt = self._ahead + step > MAX_TRUSTED_JUMP
        return not in_doubt or self.clock.monotonic() - self._doubted_at_s >= SETTLING_S

    def check(self) -> timedelta:
        """Return how far the clock was set since the last check; zero if it was not.

        A step is logged once.
        """
        step = self._step()
        self._read_at, self._read_at_s = self.clock.now(), self.clock.monotonic()
        if not step:
            return step
        if self.is_trusted:
            self._ahead = timedelta(0)
        self._ahead = max(self._ahead + step, timedelta(0))
        self._doubted_at_s = self._read_at_s
        self._log_step(step)
        return step

    def _step(self) -> timedelta:
        passed_s = self.clock.monotonic() - self._read_at_s
        step = (self.clock.now() - self._read_at) - timedelta(seconds=passed_s)
        return step if abs(step) >= MIN_STEP else timedelta(0)

    def _log_step(self, step: timedelta) -> None:
        if step < timedelta(0):
            log.warning("the clock was set back by %s; polling goes on", _rounded(-step))
        else:
            log.warning(
                "the clock was set ahead by %s; polling goes on%s",
                _rounded(step),
                "" if self.is_trusted else ", nothing old is deleted for a day",
            )


def _rounded(span: timedelta) -> timedelta:
    return timedelta(seconds=round(span.total_seconds()))

"""The two clocks of a process: the wall's, for what is stored, and one that only goes forward.

The poller's edge holds a `Clock` and hands its `now` down; tests hand in one that they set.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """A wall clock, which people and NTP set, and a monotonic one, which nobody does."""

    def now(self) -> datetime:
        """The time of day, aware UTC."""

    def monotonic(self) -> float:
        """Seconds since some moment, counting those in which the machine slept."""


class SystemClock:
    """The clocks of this machine."""

    def now(self) -> datetime:
        """The time of day, aware UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since the machine started."""
        # Linux stops its monotonic clock while the machine sleeps: waking would look like a step.
        if hasattr(time, "CLOCK_BOOTTIME"):
            return time.clock_gettime(time.CLOCK_BOOTTIME)
        return time.monotonic()


SYSTEM_CLOCK = SystemClock()

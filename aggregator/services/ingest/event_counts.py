"""What a poller has done, counted in memory and added to the database now and then.

Web processes, which answer for /metrics, and pollers need not be on the same machine. A killed
poller loses the counts of a few seconds, and nothing else.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from threading import Lock

from sqlalchemy.exc import SQLAlchemyError

from aggregator.services.ingest.read_feed import PollOutcome, PollResult
from aggregator.storage import counters
from aggregator.storage.engine import Database
from aggregator.types.monitoring import CounterName


class EventCounts:
    """Counts since the last `write`; thread-safe. `clock` returns monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counted_until = clock()
        self._waiting: Counter[tuple[str, str]] = Counter()
        self._lock = Lock()

    def add(self, name: CounterName, label: str, count: int = 1) -> None:
        """Count something."""
        if count:
            with self._lock:
                self._waiting[name, label] += count

    def add_result(self, result: PollResult, outcome: PollOutcome) -> None:
        """Count a poll, or deliveries of a hub, and the entries that came of it."""
        if result.pushes is None:
            self.add("polls", _poll_label(result, outcome))
            failure = outcome.failure or (result.failure if result.is_offline else None)
            if failure is not None:
                self.add("poll_failures", failure.kind)
        elif outcome.lost:  # they wait for another try
            self.add("deliveries", "lost", len(result.pushes))
        else:
            stored = len(result.documents)
            self.add("deliveries", "stored", stored)
            self.add("deliveries", "unreadable", len(result.pushes) - stored)
        self.add("stored_entries", "new", outcome.new)
        self.add("stored_entries", "changed", outcome.changed)

    def write(self, database: Database, *, lock_wait_s: float | None = None) -> None:
        """Add the counts to the database; on an error, which is raised, they wait for the next."""
        with self._lock:
            seconds = int(self._clock() - self._counted_until)
            self._counted_until += seconds
            self._waiting["poller_seconds", ""] += seconds
            waiting, self._waiting = +self._waiting, Counter()
        try:
            with database.write(lock_wait_s=lock_wait_s) as session:
                counters.add(session, waiting)
        except SQLAlchemyError:
            with self._lock:
                self._waiting += waiting
            raise


def _poll_label(result: PollResult, outcome: PollOutcome) -> str:
    if outcome.lost:
        return "lost"
    if outcome.failure is not None:
        return "failed"
    if result.is_offline:
        return "offline"
    if outcome.deferred:
        return "deferred"
    return "new" if outcome.new or outcome.changed else "unchanged"

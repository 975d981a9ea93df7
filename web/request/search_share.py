"""How much one address, or one account, may search, or change through the API: a share of the
processor.

A search costs what it takes: a hundred ordinary ones in a row are welcome, and a handful of the
costliest are not. Kept in memory, or by all processes behind one port together.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Lock

from flask import request

from aggregator.errors import TooManyRequests
from aggregator.services.accounts.rate_limits import address_block
from aggregator.types import User
from web.caches.shared import SharedValues
from web.request.auth import current_user
from web.state import app_state

# Seconds of a processor that may be used at once, and how many come back each second.
BURST_S = 10.0
REFILL = 0.25
# What a search costs at least, besides its share of everything else in a request.
MIN_COST_S = 0.1
# Those who have used least lately are forgotten first.
MAX_REMEMBERED = 10_000


class Shares:
    """What each key has left of its share: a token bucket of seconds. Shared by threads, and, with
    `shared`, by processes."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, shared: SharedValues | None = None
    ) -> None:
        self._clock = clock
        self._shared = shared
        self._full_at: dict[str, float] = {}  # the key whose share is used the longest ago first
        self._lock = Lock()

    def require(self, key: str) -> None:
        """Raise TooManyRequests if nothing is left."""
        wait_s = self._used(key) - BURST_S
        if wait_s > 0:
            raise TooManyRequests(timedelta(seconds=math.ceil(wait_s / REFILL)))

    def use(self, key: str, seconds: float) -> None:
        """Take from a share; it may become less than nothing."""
        with self._lock:
            used = self._used(key) + seconds
            self._full_at.pop(key, None)
            while len(self._full_at) >= MAX_REMEMBERED:
                del self._full_at[next(iter(self._full_at))]
            self._full_at[key] = self._clock() + used / REFILL
        if self._shared is not None:
            self._shared.spend(key, seconds / REFILL)

    def _used(self, key: str) -> float:
        full_at = self._full_at.get(key, 0.0)
        if self._shared is not None:
            full_at = max(full_at, self._shared.full_at(key) or 0.0)
        return max(0.0, full_at - self._clock()) * REFILL


@contextmanager
def search_share() -> Iterator[None]:
    """Charge what happens inside to whoever searches. Raises TooManyRequests before it begins."""
    reader = current_user()
    with _charged(f"user {reader.id}" if reader else address_block(request.remote_addr or "")):
        yield


@contextmanager
def change_share(reader: User) -> Iterator[None]:
    """The same for changes that a program makes, which have a share of their own."""
    with _charged(f"changes of {reader.id}"):
        yield


@contextmanager
def _charged(key: str) -> Iterator[None]:
    shares = app_state().search_shares
    shares.require(key)
    # PostgreSQL searches in a process of its own: what counts there is how long it takes.
    clock = time.thread_time if app_state().database.is_sqlite else time.monotonic
    began = clock()
    try:
        yield
    finally:
        shares.use(key, max(MIN_COST_S, clock() - began))

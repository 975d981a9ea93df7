"""The one cache of values that may be a little old."""

from __future__ import annotations

import sqlite3
import time
from threading import Lock
from typing import Generic, NamedTuple, TypeVar

from web.caches.shared import SharedValues

# Seconds for which a process shows a value without looking whether another has replaced it.
UNSHARED_S = 0.5

KeyT = TypeVar("KeyT")
ValueT = TypeVar("ValueT")


class _Cached(NamedTuple, Generic[ValueT]):
    value: ValueT
    expires_at: float  # on the monotonic clock, as the following
    looked_at: float = 0.0
    stamp: int = 0  # of the shared value; 0 if it is not shared


class TtlCache(Generic[KeyT, ValueT]):
    """Up to `max_size` values, each for `ttl_s` seconds; a full cache drops the oldest.

    Shared by the threads of one process. Two threads that miss the same key at once both compute
    it: cheaper than letting one wait for the other's query. With `shared`, where it has a `name`,
    all processes show the value of the one that computed last, within `UNSHARED_S`.
    """

    def __init__(
        self,
        ttl_s: float,
        max_size: int = 1,
        name: str = "",
        shared: SharedValues | None = None,
    ) -> None:
        self._ttl_s = ttl_s
        self._max_size = max_size
        self._name = name
        self._shared = shared
        self._cached: dict[KeyT, _Cached[ValueT]] = {}  # the oldest first
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._cached)

    def get(self, key: KeyT) -> ValueT | None:
        """The value, or None if it is missing or has expired."""
        cached = self._latest(key)
        if cached is None or cached.expires_at <= time.monotonic():
            return None
        return cached.value

    def peek(self, key: KeyT) -> ValueT | None:
        """The value even if it has expired; None if it is missing."""
        cached = self._cached.get(key)
        return cached.value if cached else None

    def put(self, key: KeyT, value: ValueT) -> ValueT:
        """Store a value and return it."""
        now = time.monotonic()
        stamp, expires_at = 0, now + self._ttl_s
        if self._shared is not None:
            stamp = self._shared.store(self._name, key, value, expires_at)
        self._keep(key, _Cached(value, expires_at, now, stamp))
        return value

    def discard(self, key: KeyT) -> None:
        """Forget a value, if there is one."""
        if self._shared is not None:
            self._shared.forget(self._name, key)
        with self._lock:
            self._cached.pop(key, None)

    def _keep(self, key: KeyT, cached: _Cached[ValueT]) -> None:
        with self._lock:
            self._cached.pop(key, None)
            while len(self._cached) >= self._max_size:
                del self._cached[next(iter(self._cached))]
            self._cached[key] = cached

    def _latest(self, key: KeyT) -> _Cached[ValueT] | None:
        """The value of this process, or that of another which has computed it since."""
        cached, now = self._cached.get(key), time.monotonic()
        if self._shared is None or (cached and now < cached.looked_at + UNSHARED_S):
            return cached
        try:
            found = self._shared.find(self._name, key, cached.stamp if cached else 0)
        except sqlite3.Error:
            return cached
        if found is None:
            # Another process has discarded it, unless it was never shared.
            return cached if cached and not cached.stamp else None
        if cached and found.stamp == cached.stamp:
            latest = cached._replace(looked_at=now)
        else:
            latest = _Cached(found.value, found.expires_at, now, found.stamp)
        self._keep(key, latest)
        return latest

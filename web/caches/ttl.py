"""The one cache of values that may be a little old."""

from __future__ import annotations

import time
from threading import Lock
from typing import Generic, NamedTuple, TypeVar

KeyT = TypeVar("KeyT")
ValueT = TypeVar("ValueT")


class _Cached(NamedTuple, Generic[ValueT]):
    value: ValueT
    expires_at: float  # on the monotonic clock


class TtlCache(Generic[KeyT, ValueT]):
    """Up to `max_size` values, each for `ttl_s` seconds; a full cache drops the oldest.

    Shared by the threads of one process. Two threads that miss the same key at once both compute
    it: cheaper than letting one wait for the other's query.
    """

    def __init__(self, ttl_s: float, max_size: int = 1) -> None:
        self._ttl_s = ttl_s
        self._max_size = max_size
        self._cached: dict[KeyT, _Cached[ValueT]] = {}  # the oldest first
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._cached)

    def get(self, key: KeyT) -> ValueT | None:
        """The value, or None if it is missing or has expired."""
        cached = self._cached.get(key)
        if cached is None or cached.expires_at <= time.monotonic():
            return None
        return cached.value

    def peek(self, key: KeyT) -> ValueT | None:
        """The value even if it has expired; None if it is missing."""
        cached = self._cached.get(key)
        return cached.value if cached else None

    def put(self, key: KeyT, value: ValueT) -> ValueT:
        """Store a value and return it."""
        with self._lock:
            self._cached.pop(key, None)
            while len(self._cached) >= self._max_size:
                del self._cached[next(iter(self._cached))]
            self._cached[key] = _Cached(value, time.monotonic() + self._ttl_s)
        return value

    def discard(self, key: KeyT) -> None:
        """Forget a value, if there is one."""
        with self._lock:
            self._cached.pop(key, None)

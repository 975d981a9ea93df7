"""The cache of values that may be a little old."""

from __future__ import annotations

import pytest

from web.caches.ttl import TtlCache


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic clock, in seconds, as its only element."""
    time = [100.0]
    monkeypatch.setattr("web.caches.ttl.time.monotonic", lambda: time[0])
    return time


def test_a_value_expires(clock: list[float]) -> None:
    cache: TtlCache[str, int] = TtlCache(30)
    assert cache.get("a") is None
    assert cache.put("a", 0) == 0
    clock[0] += 29.9
    assert cache.get("a") == 0
    clock[0] += 0.2
    assert cache.get("a") is None
    assert cache.peek("a") == 0
    assert cache.peek("b") is None


def test_a_new_value_lives_as_long_as_the_first(clock: list[float]) -> None:
    cache: TtlCache[str, int] = TtlCache(30)
    cache.put("a", 1)
    clock[0] += 20
    cache.put("a", 2)
    clock[0] += 20
    assert cache.get("a") == 2


def test_a_full_cache_drops_the_oldest() -> None:
    cache: TtlCache[str, int] = TtlCache(30, max_size=2)
    cache.put("a", 1)
    cache.put("b", 2)
    cache.put("a", 3)
    cache.put("c", 4)
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == (3, None, 4)
    assert len(cache) == 2


def test_a_value_can_be_discarded() -> None:
    cache: TtlCache[str, int] = TtlCache(30)
    cache.put("a", 1)
    cache.discard("a")
    cache.discard("b")
    assert cache.get("a") is None

"""Who waits for whom."""

import asyncio
import contextlib
import itertools

from aggregator.fetch.host_limiter import HostLimiter
from tests.fetch.virtual_time import run_virtual

A, B = ("a.example", 80), ("b.example", 80)


def test_a_busy_host_holds_no_places_that_others_could_use():
    order = []

    async def visit(places, key, seconds):
        async with places.acquire(key):
            await asyncio.sleep(seconds)
        order.append(key)

    async def run():
        places = HostLimiter(total=2, per_host=1, gap_s=0)
        await asyncio.gather(*(visit(places, A, 0.05) for _ in range(4)), visit(places, B, 0.01))
        return len(places)

    assert run_virtual(run()) == 0
    assert order[0] == B


def test_no_more_than_the_total_at_once():
    now, most = 0, 0

    async def visit(places, number):
        nonlocal now, most
        async with places.acquire((f"{number}.example", 80)):
            now += 1
            most = max(most, now)
            await asyncio.sleep(0.005)
            now -= 1

    async def run():
        places = HostLimiter(total=3, per_host=2, gap_s=0)
        await asyncio.gather(*(visit(places, number) for number in range(20)))

    run_virtual(run())
    assert most == 3


def test_keeps_a_gap_between_starts_to_one_host():
    starts = []

    async def visit(places, key):
        async with places.acquire(key):
            starts.append((key, asyncio.get_running_loop().time()))

    async def run():
        places = HostLimiter(total=10, per_host=5, gap_s=0.05)
        await asyncio.gather(*(visit(places, key) for key in (A, A, A, A, B)))
        remembered = len(places)
        await asyncio.sleep(0.1)
        return remembered, len(places)

    remembered, left = run_virtual(run())
    assert remembered >= 1
    assert left == 0
    times = [at for key, at in starts if key == A]
    assert all(later - sooner >= 0.05 for sooner, later in itertools.pairwise(times))
    assert next(at for key, at in starts if key == B) == times[0]


def test_places_come_back_after_errors_and_cancelling():
    async def run():
        places = HostLimiter(total=1, per_host=1, gap_s=0)
        for _ in range(3):
            with contextlib.suppress(ValueError):
                async with places.acquire(A):
                    raise ValueError("no")
        async with places.acquire(A):
            waiting = asyncio.create_task(_hold(places, A))
            other = asyncio.create_task(_hold(places, B))
            await asyncio.sleep(0.01)
            waiting.cancel()
            other.cancel()
            await asyncio.gather(waiting, other, return_exceptions=True)
        async with asyncio.timeout(1), places.acquire(B):
            pass
        return len(places)

    assert run_virtual(run()) == 0


async def _hold(places, key):
    async with places.acquire(key):
        pass

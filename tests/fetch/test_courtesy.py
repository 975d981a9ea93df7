"""The gap between requests to one host, and hosts that are to be left alone."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from ipaddress import ip_network
from urllib.parse import urlencode

import pytest

from aggregator.errors import FetchError, HostBackedOff
from aggregator.fetch.client import ClientSettings, FeedClient
from aggregator.fetch.host_limiter import HostLimiter
from tests.publisher import Publisher

NETWORKS = (ip_network("127.0.0.0/8"),)
A, B = ("a.example", 80), ("b.example", 80)


def seconds_for(publisher: Publisher, host: str, **values: object) -> float:
    async def run() -> float:
        settings = {"gap_s": 0.2, "per_host": 9, "allow_networks": NETWORKS} | values
        async with FeedClient(ClientSettings("Marsad/test", **settings)) as client:  # type: ignore[arg-type]
            url = publisher.url("/hostile/ok", host)
            began = time.monotonic()
            await asyncio.gather(*(client.fetch(url) for _ in range(4)))
            return time.monotonic() - began

    return asyncio.run(run())


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433"])
def test_the_operators_own_networks_need_no_gap(host: str) -> None:
    with Publisher() as publisher:
        assert seconds_for(publisher, host) < 0.5


def test_a_host_is_held_after_429_with_retry_after() -> None:
    async def run(publisher: Publisher) -> None:
        async with FeedClient(ClientSettings("Marsad/test", allow_networks=NETWORKS)) as client:
            limited = publisher.url("/hostile/status?code=429&after=100")
            with pytest.raises(FetchError) as first:
                await client.fetch(limited)
            assert first.value.authority == f"127.0.0.1:{publisher.port}"
            assert first.value.retry_after == timedelta(seconds=100)
            with pytest.raises(HostBackedOff) as held:
                await client.fetch(publisher.url("/hostile/ok"))
            assert timedelta(seconds=90) < held.value.wait <= timedelta(seconds=100)

    with Publisher() as publisher:
        asyncio.run(run(publisher))
        assert len(publisher.requests) == 1


def test_a_date_to_come_back_at_is_read_by_the_clock_of_the_publisher() -> None:
    sent, back = "Sat, 01 Jan 2000 00:00:00 GMT", "Sat, 01 Jan 2000 00:02:00 GMT"

    async def run(publisher: Publisher) -> None:
        async with FeedClient(ClientSettings("Marsad/test", allow_networks=NETWORKS)) as client:
            query = urlencode({"code": 429, "after": back, "date": sent})
            with pytest.raises(FetchError) as error:
                await client.fetch(publisher.url(f"/hostile/status?{query}"))
            assert error.value.retry_after == timedelta(minutes=2)

    with Publisher() as publisher:
        asyncio.run(run(publisher))


@pytest.mark.parametrize("query", ["code=503&after=100", "code=429", "code=429&after=0"])
def test_nor_is_it_after_anything_less(query: str) -> None:
    async def run(publisher: Publisher) -> None:
        async with FeedClient(ClientSettings("Marsad/test", allow_networks=NETWORKS)) as client:
            with pytest.raises(FetchError) as error:
                await client.fetch(publisher.url(f"/hostile/status?{query}"))
            assert not error.value.authority
            await client.fetch(publisher.url("/hostile/ok"))

    with Publisher() as publisher:
        asyncio.run(run(publisher))


def test_places_of_a_held_host() -> None:
    async def run() -> int:
        places = HostLimiter(total=4, per_host=1, gap_s=5)
        places.back_off(A, timedelta(seconds=0.2))
        with pytest.raises(HostBackedOff):
            async with places.acquire(A):
                pass
        async with places.acquire(B, in_a_row=True):
            pass
        await asyncio.sleep(0.25)
        assert len(places) == 0
        async with places.acquire(A, in_a_row=True):
            return len(places)

    assert asyncio.run(run()) == 1


def test_who_leaves_lets_others_in_and_comes_back() -> None:
    async def run() -> None:
        places = HostLimiter(total=1, per_host=1, gap_s=0)
        async with places.acquire(A) as place:
            place.release()
            async with asyncio.timeout(1), places.acquire(B):
                pass
            await place.reacquire()
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05), places.acquire(B):
                    pass
        async with asyncio.timeout(1), places.acquire(B):
            pass

    asyncio.run(run())

"""Large documents wait for one another, small ones for nothing."""

from __future__ import annotations

import asyncio
import gzip
from ipaddress import ip_network

import pytest

from aggregator.errors import FetchError
from aggregator.fetch.client import ClientSettings, FeedClient
from aggregator.fetch.memory_budget import FREE_ALLOWANCE, MemoryBudget, MemoryReservation
from aggregator.types import FetchedFeed
from tests.publisher import Publisher, PublisherConnection, rss

pytestmark = pytest.mark.slow

MIB = 2**20


def test_beyond_the_total_one_goes_on_alone() -> None:
    memory = MemoryBudget(3 * MIB)
    first, second, third, small = (MemoryReservation(memory) for _ in range(4))
    assert first.grow(2 * MIB)
    assert second.grow(2 * MIB)  # is the one that makes room
    assert not third.grow(MIB)
    assert small.grow(FREE_ALLOWANCE)
    assert not first.grow(2 * MIB + 1)
    assert second.grow(9 * MIB)


def test_room_given_back_wakes_who_waits() -> None:
    async def scenario() -> int:
        memory = MemoryBudget(MIB)
        holders = [MemoryReservation(memory) for _ in range(4)]
        for share in holders:
            share.grow(MIB)
        waiting = [asyncio.create_task(share.wait()) for share in holders[2:]]
        await asyncio.sleep(0)
        assert not any(task.done() for task in waiting)
        for share in holders[:2]:
            share.release()
        await asyncio.sleep(0.01)
        done = [task.done() for task in waiting]
        assert sum(done) == 1
        holders[2:][done.index(True)].release()
        await asyncio.gather(*waiting)
        del holders, share
        return memory.used

    assert asyncio.run(scenario()) == 0


def test_what_is_dropped_is_given_back() -> None:
    memory = MemoryBudget(MIB)
    share = MemoryReservation(memory)
    share.grow(MIB)
    del share
    assert memory.used == 0


def client_of(publisher: Publisher, **values: object) -> FeedClient:
    networks = (ip_network("127.0.0.0/8"),)
    settings = {"per_host": 64, "timeout_s": 1.0, "memory": 2 * MIB, "allow_networks": networks}
    return FeedClient(ClientSettings("Marsad/test", **(settings | values)))  # type: ignore[arg-type]


def test_many_large_documents_are_all_read_and_hold_up_no_small_one() -> None:
    """With two places in all, and more time waiting than the deadline allows for reading."""
    large = b"<rss>" + b" " * MIB + b"</rss>"

    async def one(client: FeedClient, url: str, hold_s: float) -> None:
        fetched = await client.fetch(url)
        assert isinstance(fetched, FetchedFeed)
        await asyncio.sleep(hold_s)
        fetched.release()

    async def scenario(publisher: Publisher) -> int:
        most = 0
        async with client_of(publisher, concurrency=2) as client:
            memory = client._memory
            tasks = [
                asyncio.create_task(one(client, publisher.url(f"/large?{n}"), 0.4))
                for n in range(12)
            ]
            await asyncio.sleep(0.3)
            async with asyncio.timeout(1):
                await one(client, publisher.url("/small"), 0)
            while not all(task.done() for task in tasks):
                most = max(most, memory.used)
                await asyncio.sleep(0.01)
            await asyncio.gather(*tasks)
            assert memory.used == 0
        return most

    with Publisher() as publisher:
        publisher.serve("/large", gzip.compress(large), Content_Encoding="gzip")
        publisher.serve("/small", rss())
        most = asyncio.run(scenario(publisher))
    assert most < 2 * MIB + 2 * MIB + 12 * (FREE_ALLOWANCE + 2**17)


def test_failed_reads_give_back_what_they_took() -> None:
    async def cut(wire: PublisherConnection) -> None:
        await wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n" + b"x" * 500_000)

    async def scenario(publisher: Publisher) -> int:
        async with client_of(publisher, max_feed_size=MIB) as client:
            for path in ("/cut", "/hostile/endless-chunks", "/hostile/gzip-bomb"):
                try:
                    await client.fetch(publisher.url(path))
                except FetchError:
                    continue
                raise AssertionError(path)
            return client._memory.used

    with Publisher() as publisher:
        publisher.behave("/cut", cut)
        assert asyncio.run(scenario(publisher)) == 0

"""Answers that take too long."""

from __future__ import annotations

import asyncio

from tests.publisher.documents import rss
from tests.publisher.registry import hostile
from tests.publisher.server import PublisherConnection


@hostile
async def slow_headers(wire: PublisherConnection) -> None:
    await wire.send("HTTP/1.1 200 OK\r\nX-Slow: ")
    await wire.drip(b"a" * 10_000)


@hostile
async def slow_status_line(wire: PublisherConnection) -> None:
    await wire.drip(b"HTTP/1.1 200 " + b"O" * 10_000)


@hostile
async def slow_body(wire: PublisherConnection) -> None:
    await wire.send(b"HTTP/1.1 200 OK\r\n\r\n")
    await wire.drip(rss(100))


@hostile
async def slow_chunks(wire: PublisherConnection) -> None:
    await wire.start_chunks()
    for byte in rss(100):
        await wire.chunk(bytes([byte]))
        await asyncio.sleep(0.02)


@hostile
async def silent(wire: PublisherConnection) -> None:
    await asyncio.sleep(60)


@hostile
async def slow_redirects(wire: PublisherConnection) -> None:
    await asyncio.sleep(0.15)
    await wire.answer(b"", "302 Found", Location=f"/hostile/slow-redirects?{wire.visit}")

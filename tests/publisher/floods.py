"""Answers without an end, and bombs."""

from __future__ import annotations

import gzip

from tests.publisher.encodings import brotli_zeros, deflated
from tests.publisher.registry import hostile
from tests.publisher.server import PublisherConnection


@hostile
async def endless_chunks(wire: PublisherConnection) -> None:
    await wire.start_chunks(Content_Type="application/rss+xml", ETag='"endless"')
    await wire.chunk(b"<rss><channel>")
    while True:
        await wire.chunk(b"<item><title>again</title></item>" * 500)


@hostile
async def endless_spaces(wire: PublisherConnection) -> None:
    await wire.send(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        await wire.send(b" " * 65_536)


@hostile
async def endless_headers(wire: PublisherConnection) -> None:
    await wire.send("HTTP/1.1 200 OK\r\n")
    number = 0
    while True:
        number += 1
        await wire.send(f"X-{number}: {'a' * 100}\r\n" * 50)


@hostile
async def endless_header(wire: PublisherConnection) -> None:
    await wire.send("HTTP/1.1 200 OK\r\nX-Long: ")
    while True:
        await wire.send(b"a" * 65_536)


@hostile
async def endless_status_line(wire: PublisherConnection) -> None:
    await wire.send("HTTP/1.1 200 ")
    while True:
        await wire.send(b"O" * 65_536)


@hostile
async def endless_empty_members(wire: PublisherConnection) -> None:
    await wire.start_chunks(Content_Encoding="gzip")
    while True:
        await wire.chunk(gzip.compress(b"") * 100)


@hostile
async def gzip_bomb(wire: PublisherConnection) -> None:
    await wire.answer(deflated(31), Content_Encoding="gzip")


@hostile
async def gzip_gzip_bomb(wire: PublisherConnection) -> None:
    await wire.answer(gzip.compress(deflated(31)), Content_Encoding="gzip, gzip")


@hostile
async def hidden_gzip_bomb(wire: PublisherConnection) -> None:
    """Said once, done twice."""
    await wire.answer(gzip.compress(deflated(31)), Content_Encoding="gzip")


@hostile
async def deflate_bomb(wire: PublisherConnection) -> None:
    await wire.answer(deflated(15), Content_Encoding="deflate")


@hostile
async def unannounced_bomb(wire: PublisherConnection) -> None:
    await wire.answer(deflated(31))


@hostile
async def brotli_bomb(wire: PublisherConnection) -> None:
    await wire.answer(brotli_zeros(), Content_Encoding="br")

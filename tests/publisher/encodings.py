"""Content encodings: right, broken, and larger than they look."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Callable
from functools import lru_cache

import brotli

from tests.publisher.documents import rss
from tests.publisher.registry import hostile
from tests.publisher.server import PublisherConnection

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

BOMB_SIZE = 128 * 2**20


@lru_cache
def deflated(wbits: int) -> bytes:
    """BOMB_SIZE zeros."""
    stream = zlib.compressobj(6, zlib.DEFLATED, wbits)
    block = bytes(2**20)
    return b"".join(stream.compress(block) for _ in range(BOMB_SIZE // 2**20)) + stream.flush()


@lru_cache
def brotli_zeros() -> bytes:
    """BOMB_SIZE zeros."""
    stream = brotli.Compressor(quality=5)
    block = bytes(2**20)
    pieces = [stream.process(block) for _ in range(BOMB_SIZE // 2**20)]
    return b"".join(pieces) + stream.finish()


@lru_cache
def zstd_zeros() -> bytes:
    """BOMB_SIZE zeros."""
    stream = zstd.ZstdCompressor()
    block = bytes(2**20)
    pieces = [stream.compress(block) for _ in range(BOMB_SIZE // 2**20)]
    return b"".join(pieces) + stream.flush()


@hostile
async def encoded(wire: PublisherConnection) -> None:
    """A good feed in ?how=, said to be in ?said= (else the same, "" for no header)."""
    how = wire.request.query["how"]
    body = rss()
    for coding in how.split(","):
        body = ENCODERS[coding](body)
    said = wire.request.query.get("said", how)
    await wire.answer(body, **({"Content_Encoding": said} if said != "nothing" else {}))


def _raw_deflate(data: bytes) -> bytes:
    stream = zlib.compressobj(6, zlib.DEFLATED, -15)
    return stream.compress(data) + stream.flush()


ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "raw": _raw_deflate,
    "br": brotli.compress,
    "zstd": zstd.compress,
    "frames": lambda data: zstd.compress(data[:100]) + zstd.compress(data[100:]),
    "identity": bytes,
    "members": lambda data: gzip.compress(data[:100]) + gzip.compress(data[100:]),
    "garbage": lambda data: gzip.compress(data) + b"\0\0\0 trailing garbage",
    "cut": lambda data: gzip.compress(data)[:-20],
    "cutbr": lambda data: brotli.compress(data)[:-5],
    "cutzstd": lambda data: zstd.compress(data)[:-5],
    "cutzlib": lambda data: zlib.compress(data)[:-8],
    "broken": lambda data: gzip.compress(data)[:40] + b"\xff" * 100,
    "badsum": lambda data: gzip.compress(data)[:-8] + b"\0" * 8,
}


@hostile
async def dripped_gzip(wire: PublisherConnection) -> None:
    await wire.start_chunks(Content_Encoding="gzip")
    for byte in gzip.compress(rss(1)[:90]) + gzip.compress(rss(1)[90:]):
        await wire.chunk(bytes([byte]))
    await wire.send("0\r\n\r\n")

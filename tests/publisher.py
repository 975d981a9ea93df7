"""A publisher on loopback that can misbehave in every way we know of, one function a way.

    with Publisher() as publisher:
        publisher.serve("/feed", rss(3))
        client.fetch(publisher.url("/feed"))
        client.fetch(publisher.url("/hostile/gzip-bomb"))

It runs in a thread of its own. What is under /hostile/ is listed in `BEHAVIOURS`.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import socket
import ssl
import struct
import threading
import zlib
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, unquote_to_bytes, urlsplit

import brotli

BOMB_SIZE = 128 * 2**20


@dataclass(frozen=True)
class Request:
    """What arrived: the raw target, its path, its query (last of each), headers in lower case."""

    target: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]


class PublisherConnection:
    """One connection, from the publisher's side."""

    def __init__(
        self, publisher: Publisher, request: Request, writer: asyncio.StreamWriter
    ) -> None:
        self.publisher = publisher
        self.request = request
        self.visit = publisher.visits[request.path]
        self.keep_open = False
        self._writer = writer

    async def send(self, data: bytes | str) -> None:
        self._writer.write(data if isinstance(data, bytes) else data.encode())
        await self._writer.drain()

    async def answer(self, body: bytes = b"", status: str = "200 OK", **headers: str) -> None:
        """A proper answer; `Content_Encoding="br"` is the header Content-Encoding."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        names.setdefault("Content-Length", str(len(body)))
        lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in names.items())]
        self.keep_open = True
        await self.send("\r\n".join(lines).encode(errors="surrogateescape") + b"\r\n\r\n" + body)

    async def start_chunks(self, **headers: str) -> None:
        """The head of an answer in chunks."""
        lines = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items()]
        await self.send(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" + "".join(lines) + "\r\n"
        )

    async def chunk(self, data: bytes) -> None:
        await self.send(b"%x\r\n%b\r\n" % (len(data), data))

    async def drip(self, data: bytes, gap_s: float = 0.02) -> None:
        """One byte at a time."""
        for place in range(len(data)):
            await self.send(data[place : place + 1])
            await asyncio.sleep(gap_s)

    def reset(self) -> None:
        """Close with a TCP RST."""
        raw = self._writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()


Behaviour = Callable[[PublisherConnection], Awaitable[None]]
BEHAVIOURS: dict[str, Behaviour] = {}


def hostile(function: Behaviour) -> Behaviour:
    """Register a behaviour under /hostile/ and its name, dashes for underscores."""
    BEHAVIOURS["/hostile/" + function.__name__.replace("_", "-")] = function
    return function


class Publisher:
    """The server. `requests` lists what arrived, `connections` counts who connected."""

    def __init__(self, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        self.host = host
        self._tls = tls
        self.requests: list[Request] = []
        self.visits: Counter[str] = Counter()
        self.connections = 0
        self.open_now = 0
        self.most_open = 0
        self.port = 0
        self._pages: dict[str, Behaviour] = {}
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError("the publisher does not start")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._loop is not None
        assert self._stop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def url(self, path: str, host: str | None = None) -> str:
        scheme = "https" if self._tls else "http"
        return f"{scheme}://{host or self.host}:{self.port}{path}"

    def serve(self, path: str, body: bytes, status: str = "200 OK", **headers: str) -> None:
        """Answer `path` so from now on."""
        self.behave(path, lambda wire: wire.answer(body, status, **headers))

    def behave(self, path: str, behaviour: Behaviour) -> None:
        """Answer `path` with a function from now on."""
        self._pages[path] = behaviour

    async def _main(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        tasks: set[asyncio.Task[None]] = set()

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.create_task(self._serve(reader, writer))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        server = await asyncio.start_server(
            accept, self.host, 0, limit=2**20, backlog=512, ssl=self._tls
        )
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                while await self._serve_request(reader, writer):
                    pass
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _serve_request(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        first = await reader.readexactly(1)
        if first == b"\x16":  # a TLS handshake, where TLS is not spoken
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            return False
        head = first + await reader.readuntil(b"\r\n\r\n")
        request = _read_request(head.decode("latin-1"))
        self.requests.append(request)
        self.visits[request.path] += 1
        wire = PublisherConnection(self, request, writer)
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        try:
            await (self._pages.get(request.path) or BEHAVIOURS.get(request.path) or missing)(wire)
        finally:
            self.open_now -= 1
        return wire.keep_open


class Canary:
    """A listener at which nothing may ever arrive; `connection_count` counts connections."""

    def __init__(self, port: int = 0) -> None:
        self.port = port

    def __enter__(self) -> Self:
        self._socket = socket.create_server(("127.0.0.1", self.port))
        self._socket.setblocking(False)
        self.port = self._socket.getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    @property
    def connection_count(self) -> int:
        count = 0
        with contextlib.suppress(BlockingIOError):
            while True:
                self._socket.accept()[0].close()
                count += 1
        return count


def rss(count: int = 3, start: int = 0) -> bytes:
    """A plain Arabic feed of `count` entries."""
    entries = "".join(
        f"<item><guid>g{number}</guid><title>خبر {number}</title>"
        f"<link>https://example.com/{number}</link><description>نص الخبر {number}</description>"
        "</item>"
        for number in range(start, start + count)
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>جريدة</title>'
        f"<link>https://example.com/</link>{entries}</channel></rss>"
    ).encode()


def _read_request(head: str) -> Request:
    first, *lines = head.split("\r\n")
    target = first.split(" ")[1]
    parts = urlsplit(target)
    headers = dict(line.lower().split(": ", 1) for line in lines if ": " in line)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    return Request(target, parts.path, query, headers)


async def missing(wire: PublisherConnection) -> None:
    await wire.answer(b"nothing here", "404 Not Found")


# --- fair play ---------------------------------------------------------------------------------


@hostile
async def ok(wire: PublisherConnection) -> None:
    await wire.answer(rss(), Content_Type="application/rss+xml", ETag='"v1"')


@hostile
async def conditional(wire: PublisherConnection) -> None:
    if wire.request.headers.get("if-none-match") == '"v1"':
        await wire.answer(b"", "304 Not Modified", ETag='"v1"')
    else:
        await wire.answer(rss(), ETag='"v1"', Last_Modified="Mon, 02 Nov 2026 08:00:00 GMT")


@hostile
async def no_length(wire: PublisherConnection) -> None:
    await wire.send(b"HTTP/1.1 200 OK\r\n\r\n" + rss())


@hostile
async def late(wire: PublisherConnection) -> None:
    await asyncio.sleep(float(wire.request.query.get("s", "20")))
    await wire.answer(rss())


@hostile
async def header(wire: PublisherConnection) -> None:
    """Any one header: ?name=ETag&value=…"""
    await wire.answer(rss(), **{wire.request.query["name"]: wire.request.query["value"]})


# --- slow --------------------------------------------------------------------------------------


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


# --- large -------------------------------------------------------------------------------------


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


# --- compressed --------------------------------------------------------------------------------


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
    "identity": bytes,
    "members": lambda data: gzip.compress(data[:100]) + gzip.compress(data[100:]),
    "garbage": lambda data: gzip.compress(data) + b"\0\0\0 trailing garbage",
    "cut": lambda data: gzip.compress(data)[:-20],
    "cutbr": lambda data: brotli.compress(data)[:-5],
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


# --- broken HTTP -------------------------------------------------------------------------------


def raw(name: str, data: bytes) -> None:
    """Register an answer given byte for byte, after which the connection closes."""

    async def send(wire: PublisherConnection) -> None:
        await wire.send(data)

    BEHAVIOURS[f"/hostile/{name}"] = send


_OK = b"HTTP/1.1 200 OK\r\n"
_CHUNKED = _OK + b"Transfer-Encoding: chunked\r\n\r\n"

raw("negative-length", _OK + b"Content-Length: -1\r\n\r\n<rss/>")
raw("huge-length", _OK + b"Content-Length: 1000000000000000000\r\n\r\n<rss/>")
raw("absurd-length", _OK + b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n<rss/>")
raw("word-length", _OK + b"Content-Length: some\r\n\r\n<rss/>")
raw("two-lengths", _OK + b"Content-Length: 6\r\nContent-Length: 7\r\n\r\n<rss/>")
raw("long-length", _OK + b'Content-Length: 600\r\nETag: "cut"\r\n\r\n<rss/>')
raw("short-length", _OK + b"Content-Length: 6\r\n\r\n<rss/><script>more</script>")
raw("length-and-chunks", _OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
raw("bad-chunk-size", _CHUNKED + b"zz\r\n<rss/>\r\n0\r\n\r\n")
raw("negative-chunk", _CHUNKED + b"-6\r\n<rss/>\r\n0\r\n\r\n")
raw("huge-chunk", _CHUNKED + b"FFFFFFFFFFFFFFFFF\r\n<rss/>")
raw("short-chunk", _CHUNKED + b"3\r\n<rss/>\r\n0\r\n\r\n")
raw("cut-chunks", _CHUNKED + b"6\r\n<rss/>\r\n")
raw("endless-chunk-extension", _CHUNKED + b"6;" + b"a" * 400_000)
raw("bad-trailer", _CHUNKED + b"6\r\n<rss/>\r\n0\r\nno colon here\r\n\r\n")
raw("no-colon", _OK + b"this is no header\r\nContent-Length: 6\r\n\r\n<rss/>")
raw("space-before-colon", _OK + b"Content-Length : 6\r\n\r\n<rss/>")
raw("header-with-nul", _OK + b"ETag: a\0b\r\nContent-Length: 6\r\n\r\n<rss/>")
raw("header-not-utf8", _OK + b'X-Name: \xc7\xe1\r\nETag: "\xc7"\r\nContent-Length: 6\r\n\r\n<rss/>')
raw("many-headers", _OK + b"".join(b"X-%d: a\r\n" % n for n in range(20_000)) + b"\r\n")
raw("http-0.9", b"<rss><channel></channel></rss>")
raw("http-2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
raw("http-9.9", b"HTTP/9.9 200 OK\r\nContent-Length: 6\r\n\r\n<rss/>")
raw("not-http", b"220 mail.example.com ESMTP ready\r\n")
raw("binary", bytes(range(256)) * 20)
raw("no-status", b"HTTP/1.1\r\n\r\n")
raw("status-0", b"HTTP/1.1 0 Nothing\r\nContent-Length: 6\r\n\r\n<rss/>")
raw("status-99999", b"HTTP/1.1 99999 Much\r\nContent-Length: 6\r\n\r\n<rss/>")
raw("status-word", b"HTTP/1.1 abc OK\r\nContent-Length: 6\r\n\r\n<rss/>")
raw("close-at-once", b"")
raw("close-in-headers", b"HTTP/1.1 200 OK\r\nContent-Ty")
raw("only-line-feeds", b"HTTP/1.1 200 OK\nContent-Length: 6\n\n<rss/>")
raw(
    "continue-then-answer",
    b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + _OK + b"Content-Length: 6\r\n\r\n<rss/>",
)
raw(
    "switch",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
)
raw("two-answers", (_OK + b"Content-Length: 6\r\n\r\n<rss/>") * 2)
raw(
    "two-locations",
    b"HTTP/1.1 302 Found\r\nLocation: /hostile/ok\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n",
)


@hostile
async def endless_continue(wire: PublisherConnection) -> None:
    while True:
        await wire.send(b"HTTP/1.1 100 Continue\r\n\r\n" * 500)


@hostile
async def endless_hints(wire: PublisherConnection) -> None:
    while True:
        await wire.send(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 500)


@hostile
async def reset_at_once(wire: PublisherConnection) -> None:
    wire.reset()


@hostile
async def reset_in_body(wire: PublisherConnection) -> None:
    await wire.send(_OK + b'Content-Length: 5000\r\nETag: "never-kept"\r\n\r\n' + rss()[:200])
    await asyncio.sleep(0.05)
    wire.reset()


# --- redirects ---------------------------------------------------------------------------------


@hostile
async def redirect(wire: PublisherConnection) -> None:
    """To ?to= (percent-encoded bytes are sent as they are) with ?code=."""
    target = unquote_to_bytes(wire.request.target.partition("to=")[2])
    code = wire.request.query.get("code", "302").encode()
    head = b"HTTP/1.1 %b Elsewhere\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n"
    wire.keep_open = True
    await wire.send(head % (code, target))


@hostile
async def a(wire: PublisherConnection) -> None:
    await wire.answer(b"", "302 Found", Location="/hostile/b")


@hostile
async def b(wire: PublisherConnection) -> None:
    await wire.answer(b"", "301 Moved", Location="/hostile/a#again")


@hostile
async def hops(wire: PublisherConnection) -> None:
    """?n= hops, then a good feed."""
    left = int(wire.request.query["n"])
    if left == 0:
        await ok(wire)
    else:
        await wire.answer(b"", "301 Moved", Location=f"/hostile/hops?n={left - 1}")


@hostile
async def growing(wire: PublisherConnection) -> None:
    await wire.answer(b"", "302 Found", Location=f"{wire.request.target}?more=1"[-4_000:])


@hostile
async def permanent_then_temporary(wire: PublisherConnection) -> None:
    await wire.answer(b"", "301 Moved", Location="/hostile/temporary-then-permanent")


@hostile
async def temporary_then_permanent(wire: PublisherConnection) -> None:
    await wire.answer(b"", "302 Found", Location="/hostile/moved")


@hostile
async def moved(wire: PublisherConnection) -> None:
    await wire.answer(b"", "308 Permanent", Location="/hostile/ok")


@hostile
async def nowhere(wire: PublisherConnection) -> None:
    await wire.answer(b"", "302 Found")


@hostile
async def meta_refresh(wire: PublisherConnection) -> None:
    page = b'<html><meta http-equiv="refresh" content="0;url=/hostile/ok"></html>'
    await wire.answer(page, Content_Type="text/html", Refresh="0;url=/hostile/ok")


# --- statuses ----------------------------------------------------------------------------------


@hostile
async def status(wire: PublisherConnection) -> None:
    """?code=, ?reason=, ?after= (Retry-After)."""
    query = wire.request.query
    headers = {"Retry_After": query["after"]} if "after" in query else {}
    body = b"" if query["code"] in ("204", "304") else b"<b>why</b>"
    await wire.answer(body, f"{query['code']} {query.get('reason', 'Status')}", **headers)

"""HTTP as no server should speak it."""

from __future__ import annotations

import asyncio

from tests.publisher.documents import rss
from tests.publisher.registry import BEHAVIOURS, hostile
from tests.publisher.server import PublisherConnection


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

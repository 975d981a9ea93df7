"""The server, and one connection from its side."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

from tests.publisher.registry import BEHAVIOURS, Behaviour


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


def _read_request(head: str) -> Request:
    first, *lines = head.split("\r\n")
    target = first.split(" ")[1]
    parts = urlsplit(target)
    headers = dict(line.lower().split(": ", 1) for line in lines if ": " in line)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    return Request(target, parts.path, query, headers)


async def missing(wire: PublisherConnection) -> None:
    await wire.answer(b"nothing here", "404 Not Found")

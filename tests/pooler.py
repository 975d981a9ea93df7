"""A small connection pooler: as PgBouncer in transaction mode, it lends a connection for each
transaction, and takes it back as it is."""

from __future__ import annotations

import asyncio
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_SSL_REQUEST, _GSS_REQUEST = 80877103, 80877104
# Answered by one ReadyForQuery each: Query and Sync.
_ENDS = (b"Q", b"S")
_TERMINATE = b"X"

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Pooler:
    """Lends `size` connections to the database at a unix socket, in turn."""

    def __init__(self, socket: str, user: str, database: str, size: int = 2) -> None:
        self._socket = socket
        self._startup = _startup(user, database)
        self._size = size
        self._idle: asyncio.Queue[Streams] = asyncio.Queue()
        self._greeting = b""
        self._loop = asyncio.new_event_loop()
        self.port = 0
        self.lent = 0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Listen on `port` while the block runs."""
        listener = self._loop.run_until_complete(self._open())
        thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._loop.call_soon_threadsafe(listener.close)
            asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join(10)
            self._loop.close()

    async def _open(self) -> asyncio.Server:
        for _ in range(self._size):
            reader, writer = await asyncio.open_unix_connection(self._socket)
            writer.write(self._startup)
            self._greeting = await _read_greeting(reader)
            self._idle.put_nowait((reader, writer))
        listener = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = listener.sockets[0].getsockname()[1]
        return listener

    async def _close(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        while not self._idle.empty():
            _, server = self._idle.get_nowait()
            server.close()
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            await _read_startup(reader, writer)
            writer.write(self._greeting)
            while (first := await _read_message(reader))[:1] != _TERMINATE:
                await self._lend(first, reader, writer)
        writer.transport.abort()

    async def _lend(
        self, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Hand on messages from the first of a transaction to the end of it."""
        server = await self._idle.get()
        self.lent += 1
        message, status = first, b""
        while status != b"I":
            if status:
                message = await _read_message(reader)
            status = await _exchange(message, reader, writer, server)
        self._idle.put_nowait(server)
        # Another client's turn, if one waits: else this one would always get the same.
        await asyncio.sleep(0)


async def _exchange(
    message: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, server: Streams
) -> bytes:
    """Send messages up to one that ends a query, and its answers back; the transaction's status."""
    server[1].write(message)
    while message[:1] not in _ENDS:
        message = await _read_message(reader)
        server[1].write(message)
    while True:
        answer = await _read_message(server[0])
        writer.write(answer)
        if answer[:1] == b"Z":
            await writer.drain()
            return answer[5:6]


async def _read_message(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readexactly(5)
    return head + await reader.readexactly(struct.unpack("!I", head[1:])[0] - 4)


async def _read_startup(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        head = await reader.readexactly(8)
        length, code = struct.unpack("!II", head)
        await reader.readexactly(length - 8)
        if code not in (_SSL_REQUEST, _GSS_REQUEST):
            return
        writer.write(b"N")


async def _read_greeting(reader: asyncio.StreamReader) -> bytes:
    """What the server says to begin with; the process that it names is made up for our clients."""
    greeting = b""
    while True:
        message = await _read_message(reader)
        greeting += b"K" + struct.pack("!III", 12, 1, 1) if message[:1] == b"K" else message
        if message[:1] == b"Z":
            return greeting


def _startup(user: str, database: str) -> bytes:
    body = struct.pack("!I", 196608) + f"user\0{user}\0database\0{database}\0\0".encode()
    return struct.pack("!I", len(body) + 4) + body

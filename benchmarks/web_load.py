"""Keep-alive clients that send one request after another, in a process of their own.

    python -m benchmarks.web_load --port 8000 --clients 8 --seconds 20 <requests.txt

A line of the input is a path, or a request as JSON (`HttpRequest`). Each client sends them in turn,
begins elsewhere in the list, and goes on as soon as it has the answer to the last one (and has
waited for `--pause`). Prints one line of JSON: latencies in ms, bytes of bodies, errors,
connections.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from random import Random

import click

_TIMEOUT_S = 30


@dataclass(frozen=True)
class HttpRequest:
    """A request: a form is posted; the kind is for the tally."""

    path: str
    kind: str
    headers: dict[str, str] = field(default_factory=dict)
    form: str | None = None

    @classmethod
    def parse(cls, line: str) -> "HttpRequest":
        """A line of the input."""
        return cls(**json.loads(line)) if line.startswith("{") else cls(line, kind(line))

    def line(self) -> str:
        """For `parse`."""
        return json.dumps(vars(self))

    def encode(self, port: int) -> bytes:
        """The request as sent."""
        headers = {"Host": f"127.0.0.1:{port}", **self.headers}
        if self.form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Content-Length"] = str(len(self.form))
        method = "GET" if self.form is None else "POST"
        lines = [f"{method} {self.path} HTTP/1.1", *(f"{k}: {v}" for k, v in headers.items())]
        return "\r\n".join([*lines, "", self.form or ""]).encode()


@dataclass
class Tally:
    """What all clients saw: ms of every answer by kind of request, and what went wrong."""

    latencies: list[tuple[str, float]] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    connections: int = 0
    received: int = 0

    @classmethod
    def parse(cls, line: str) -> "Tally":
        """The tally that the process printed."""
        values = json.loads(line)
        latencies = [(kind, ms) for kind, ms in values["latencies"]]
        errors = Counter(values["errors"])
        return cls(latencies, errors, values["connections"], values["received"])


class Client:
    """One keep-alive connection, reopened if the server closed it."""

    def __init__(self, port: int, tally: Tally) -> None:
        self._port = port
        self._tally = tally
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, ask: HttpRequest) -> None:
        """One request; its time or its error goes to the tally."""
        started = time.perf_counter()
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                status = await self._exchange(ask)
        except (OSError, asyncio.IncompleteReadError, TimeoutError, ValueError) as error:
            self._tally.errors[type(error).__name__] += 1
            self._close()
            return
        if status != 200:
            self._tally.errors[str(status)] += 1
            return
        self._tally.latencies.append((ask.kind, (time.perf_counter() - started) * 1000))

    async def _exchange(self, ask: HttpRequest) -> int:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
            self._tally.connections += 1
        reader, writer = self._streams
        writer.write(ask.encode(self._port))
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        self._tally.received += await _read_body(reader, head)
        if "\r\nconnection: close" in head:
            self._close()
        return int(head.split()[1])

    def _close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


async def _read_body(reader: asyncio.StreamReader, head: str) -> int:
    """RFC 9112, 6.3, as far as the servers under test use it; its length."""
    if "transfer-encoding: chunked" in head:
        received = 0
        while size := int((await reader.readline()).strip(), 16):
            received += len(await reader.readexactly(size + 2)) - 2
        await reader.readline()
        return received
    length = head.partition("content-length:")[2].partition("\r\n")[0]
    return len(await reader.readexactly(int(length)))


def kind(path: str) -> str:
    """The kind of page behind a path: "/entries/12" is "/entries"."""
    if "?" in path:
        return "/?source"
    parts = path.split("/")
    return "/" + "/".join(parts[1:3] if parts[1] == "api" else parts[1:2])


async def _run(
    port: int, asks: Sequence[HttpRequest], clients: int, seconds: float, pause_s: float
) -> Tally:
    tally = Tally()
    until = time.perf_counter() + seconds

    async def read_on(number: int) -> None:
        client, random = Client(port, tally), Random(number)
        start = len(asks) * number // clients
        await asyncio.sleep(pause_s * random.random())
        for ask in islice(cycle(asks), start, None):
            if time.perf_counter() >= until:
                return
            await client.send(ask)
            await asyncio.sleep(random.expovariate(1 / pause_s) if pause_s else 0)

    await asyncio.gather(*map(read_on, range(clients)))
    return tally


@click.command()
@click.option("--port", type=int, required=True)
@click.option("--clients", type=click.IntRange(min=1), default=8, show_default=True)
@click.option("--seconds", type=float, default=20, show_default=True)
@click.option("--pause", type=float, default=0, help="Mean wait between requests; ms.")
def main(port: int, clients: int, seconds: float, pause: float) -> None:
    """Send the server on PORT the requests on standard input."""
    asks = [HttpRequest.parse(line) for line in sys.stdin.read().splitlines()]
    tally = asyncio.run(_run(port, asks, clients, seconds, pause / 1000))
    print(json.dumps(vars(tally)))


if __name__ == "__main__":
    main()

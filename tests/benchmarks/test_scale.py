"""What `benchmarks.scale` relies on: a publisher that notes who polls, a proxy that can be cut."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest
from aiohttp.test_utils import TestClient, TestServer

from benchmarks import scale_publisher
from benchmarks.scale import Broken, Fault, Polling, verdicts
from benchmarks.scale_faults import CuttableProxy

EVERY_S = 10.0


class Clock:
    """The wall clock of the publisher."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(scale_publisher, "time", made)
    return made


def test_the_publisher_notes_who_polls(clock: Clock) -> None:
    async def poll() -> None:
        publisher = scale_publisher.Publisher(2, EVERY_S)
        async with TestClient(TestServer(publisher.app())) as client:
            first = await client.get("/feed/1.xml")
            etag = first.headers["ETag"]
            assert (await client.get("/feed/1.xml", headers={"If-None-Match": etag})).status == 304
            clock.now += 25
            await asyncio.gather(*(client.get("/feed/1.xml") for _ in range(2)))
            report = await (await client.get("/report")).json()
            assert report == {
                "published": 4 + 4, "polls": 4, "overlapping": 1, "gaps": [25.0], "unpolled": 1,
            }  # fmt: skip
            await client.post("/freeze")
            clock.now += 100
            await client.post("/begin")
            after = await (await client.get("/report")).json()
            assert (after["published"], after["polls"]) == (8, 0)

    asyncio.run(poll())


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that sends back what it gets."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=answer, args=(connection,), daemon=True).start()

        def answer(connection: socket.socket) -> None:
            with connection:
                while data := connection.recv(100):
                    connection.sendall(data)

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def test_connections_through_the_proxy_can_be_cut(echo: int) -> None:
    proxy = CuttableProxy(echo)
    with proxy.running():
        for _ in range(2):  # it takes new ones afterwards
            with socket.create_connection(("127.0.0.1", proxy.port), 10) as client:
                client.sendall(b"x")
                assert client.recv(1) == b"x"
                proxy.cut()
                with suppress(ConnectionError):
                    assert client.recv(1) == b""
    assert proxy.cut_connections == 2


SOUND = Broken([Fault("kill -9 a poller", 100, {})], longest_gap_s=19.0, unpolled=0, overlapping=0)
POLLED = [Polling(1, 50.0, 5.0, overlapping=0, longest_gap_s=1.0, unpolled=0)]


def failed(broken: Broken = SOUND, entries: tuple[int, int, int] = (9, 9, 9)) -> list[int]:
    """The numbers of the verdicts that are not passed."""
    found = verdicts(POLLED, broken, entries, calm=10).values()
    return [number for number, passed in enumerate(found) if not passed]


def test_a_sound_run_passes() -> None:
    assert len(verdicts(POLLED, SOUND, (9, 9, 9), 10)) == 5
    assert failed() == []


def test_each_fault_fails_a_verdict_of_its_own() -> None:
    assert failed(replace(SOUND, overlapping=1)) == [0]
    assert failed(replace(SOUND, longest_gap_s=20.1)) == [1]
    assert failed(replace(SOUND, unpolled=1)) == [1]
    assert failed(replace(SOUND, faults=[Fault("x", 100, {"500": 1})])) == [2]
    assert failed(replace(SOUND, faults=[Fault("x", 0, {})])) == [2]
    assert failed(entries=(9, 8, 8)) == [3]
    assert failed(entries=(9, 10, 9)) == [4]

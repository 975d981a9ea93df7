"""Bad and slow clients of the web server: none holds up the others."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from types import SimpleNamespace

import pytest
from waitress.adjustments import Adjustments

from tests.web.serving.running import HOST, SECONDS, Running
from web.serving.connections import Connection, client_of

pytestmark = pytest.mark.slow


# --- bad clients ---------------------------------------------------------------------------------


def test_stalled_clients_do_not_hold_up_others(web: Running) -> None:
    form = b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nname=a"
    with ExitStack() as stack:
        for _ in range(40):
            stack.enter_context(web.connect())
            stack.enter_context(web.send(b"GET / HTTP/1.1\r\nX-Slow: "))
            stack.enter_context(web.send(form))
            stack.enter_context(web.send(b"GET /styles/reading.css HTTP/1.1\r\n\r\n"))
        assert web.get("/")[0] == 200


def test_too_much_is_refused(web: Running) -> None:
    line = b"X-Big: " + b"a" * 4000 + b"\r\n"
    form = b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000\r\n\r\n"
    assert web.first_line(b"GET / HTTP/1.1\r\n" + line * 50 + b"\r\n").split()[1] == b"431"
    assert web.first_line(form).split()[1] == b"413"
    assert web.first_line(b"\x16\x03\x01 hello\r\n\r\n").split()[1] == b"400"
    assert web.get("/healthz")[0] == 200


def test_clients_that_vanish_leave_nothing_in_the_log(scripted: Running) -> None:
    for path in (b"/", b"/big") * 20:
        with scripted.send(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n") as client:
            # Gone with a reset, whatever was still to be said.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert scripted.get("/") == (200, b"whole")
    assert scripted.stop() == 0
    assert scripted.errors() == ""


# --- slow clients --------------------------------------------------------------------------------

PARTS = {
    "nothing": b"",
    "headers": b"GET / HTTP/1.1\r\nX-Slow: ",
    "form": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\na",
    "reads nothing": b"GET /big HTTP/1.1\r\nHost: x\r\n\r\n",
}


def is_closed(connection: socket.socket) -> bool:
    """Whether the server has closed it, after whatever it said."""
    connection.settimeout(SECONDS)
    try:
        while connection.recv(1_000):
            pass
    except ConnectionError:
        pass
    except TimeoutError:
        return False
    return True


@pytest.mark.parametrize("part", ["nothing", "headers", "form"])
def test_more_slow_clients_than_there_is_room_for(
    limited: Callable[..., Running], part: str
) -> None:
    """From one address and from many."""
    server = limited(total=120, per_address=60)
    with ExitStack() as stack:
        for number in range(250):
            source = f"127.0.0.{1 + number % 5}"
            slow = socket.create_connection((HOST, server.port), SECONDS, (source, 0))
            stack.enter_context(slow)
            slow.sendall(PARTS[part])
        for _ in range(8):
            assert server.get("/healthz") == (200, b"whole")


def test_nor_do_clients_that_read_nothing(limited: Callable[..., Running]) -> None:
    server = limited(total=12, per_address=1000)
    with ExitStack() as stack:
        for _ in range(30):
            stack.enter_context(server.send(PARTS["reads nothing"]))
        assert server.get("/healthz") == (200, b"whole")


@pytest.mark.parametrize("part", ["nothing", "headers", "form"])
def test_a_request_and_an_answer_have_deadlines(limited: Callable[..., Running], part: str) -> None:
    """However many bytes are sent in between, one by one."""
    server = limited(header_s=0.2, body_s=0.2, bytes_per_s=100_000_000)
    with server.send(PARTS[part]) as client:
        until = time.monotonic() + SECONDS
        if part in ("headers", "form"):
            with suppress(OSError):
                while time.monotonic() < until:
                    client.send(b"a")
                    time.sleep(0.05)
            assert time.monotonic() < until
        assert is_closed(client)
    assert server.get("/healthz") == (200, b"whole")


def test_an_answer_has_to_be_read() -> None:
    """Its deadline counts from when it was first seen waiting, and grows with its size."""
    here, there = socket.socketpair()
    with here, there:
        server = SimpleNamespace(active_channels={})
        connection = Connection(server, here, ("192.0.2.1", 5), Adjustments(), map={})
        connection.total_outbufs_len = 40_960
        for after, overdue in ((0, False), (39, False), (41, True)):
            connection.observe(1000.0 + after)
            assert connection.is_overdue(1000.0 + after) is overdue
        connection.total_outbufs_len = 0
        connection.observe(1042.0)
        assert not connection.is_overdue(1042.0)


def test_half_a_request_is_told_that_it_was_too_slow(limited: Callable[..., Running]) -> None:
    server = limited(header_s=0.2)
    assert server.first_line(PARTS["headers"]) == b"HTTP/1.1 408 Request Timeout"


def test_what_takes_long_here_is_no_fault_of_the_client(limited: Callable[..., Running]) -> None:
    server = limited(header_s=0.1, body_s=0.1, answer_s=0.1, idle_s=0.1, total=1)
    assert server.get("/slow") == (200, b"whole")


@pytest.mark.parametrize(
    ("address", "client"),
    [
        (("192.0.2.1", 5), "192.0.2.1"),
        (("2001:db8:1:2:3::4", 5, 0, 0), "20010db800010002::/64"),
        (("2001:db8:1:2:ffff::9", 5, 0, 0), "20010db800010002::/64"),
        (("::ffff:192.0.2.1", 5, 0, 0), "192.0.2.1"),
        (("fe80::1%eth0", 5, 0, 2), "fe80000000000000::/64"),
        ("/run/marsad.sock", "/run/marsad.sock"),
    ],
)
def test_who_is_at_an_address(address: object, client: str) -> None:
    assert client_of(address) == client

"""The web server as a process: with good, slow and vanishing clients, and at its end."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from waitress.adjustments import Adjustments

from web.serving.connections import Connection, client_of

pytestmark = pytest.mark.slow

HOST = "127.0.0.1"
# Twenty times the usual duration, for a busy machine.
SECONDS = 60
# The supervisor kills after this time.
STOP_S = 10

# An application of which the tests know how long it takes, behind the real server.
SCRIPT = """
import os, signal, socket, sys, threading, time
from web.serving.connections import ConnectionLimits
from web.serving.server import serve_app

def app(environ, start_response):
    path = environ["PATH_INFO"]
    body = b"x" * 20_000_000 if path == "/big" else b"whole"
    start_response("200 OK", [("Content-Length", str(len(body)))])
    if path == "/slow":
        print("begun", flush=True)
        time.sleep(2)
    if path == "/hold":
        time.sleep(60)
    if path == "/stop":
        threading.Thread(target=os.kill, args=(os.getpid(), signal.SIGTERM)).start()
    return [body]

serve_app(
    app,
    socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=1000),
    limits=ConnectionLimits(**eval(sys.argv[2])),
)
"""


class Running:
    """A server process on a port."""

    def __init__(self, arguments: list[str], port: int, host: str = HOST) -> None:
        self.port = port
        self.host = host
        self.process = subprocess.Popen(
            arguments,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={k: v for k, v in os.environ.items() if not k.startswith("MARSAD_")},
        )

    def wait_until_ready(self) -> None:
        until = time.monotonic() + SECONDS
        while not self.accepts():
            assert self.process.poll() is None, self.errors()
            assert time.monotonic() < until
            time.sleep(0.05)

    def accepts(self) -> bool:
        try:
            self.connect().close()
        except ConnectionError:
            return False
        return True

    def connect(self) -> socket.socket:
        return socket.create_connection((self.host, self.port), SECONDS)

    def get(self, path: str, **headers: str) -> tuple[int, bytes]:
        """Status and body."""
        with closing(http.client.HTTPConnection(self.host, self.port, timeout=SECONDS)) as asking:
            asking.request("GET", path, headers=headers)
            answer = asking.getresponse()
            return answer.status, answer.read()

    def send(self, data: bytes) -> socket.socket:
        connection = self.connect()
        connection.sendall(data)
        return connection

    def first_line(self, data: bytes) -> bytes:
        """Of the answer to raw bytes; as soon as it comes."""
        with self.connect() as connection:
            with suppress(OSError):  # it may have answered already and want no more
                connection.sendall(data)
            return connection.recv(4096).partition(b"\r\n")[0]

    def stop(self) -> int:
        """SIGTERM; the exit status, which has to come in time."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_S)

    def errors(self) -> str:
        """What it said; only once it has ended."""
        return self.process.communicate(timeout=SECONDS)[1]


Start = Callable[..., Running]


def configured(folder: Path, port: int, host: str = HOST) -> Running:
    """`marsad web` with a database of its own."""
    config = folder / "config.toml"
    config.write_text(
        f'[database]\nurl = "sqlite:///{folder / "marsad.db"}"\n'
        f'[web]\nhost = "{host}"\nport = {port}\n'
    )
    command = [sys.executable, "-m", "aggregator", "--config", str(config), "web"]
    return Running(command, port, host)


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One `marsad web`, for tests that leave it running."""
    server = configured(tmp_path_factory.mktemp("web"), free_port())
    server.wait_until_ready()
    yield server
    server.process.kill()
    server.process.communicate()


@pytest.fixture
def processes() -> Iterator[list[Running]]:
    """Whatever a failed test leaves running is ended."""
    running: list[Running] = []
    yield running
    for server in running:
        server.process.kill()
        server.process.communicate()


@pytest.fixture
def marsad(tmp_path: Path, processes: list[Running]) -> Start:
    """A `marsad web` that the test may end."""

    def start(port: int | None = None, host: str = HOST) -> Running:
        processes.append(configured(tmp_path, port or free_port(host), host))
        return processes[-1]

    return start


@pytest.fixture
def limited(processes: list[Running]) -> Callable[..., Running]:
    """Start the server with the application of this file and some limits."""

    def start(**limits: Any) -> Running:
        port = free_port()
        processes.append(Running([sys.executable, "-c", SCRIPT, str(port), repr(limits)], port))
        processes[-1].wait_until_ready()
        return processes[-1]

    return start


@pytest.fixture
def scripted(limited: Callable[..., Running]) -> Running:
    """The server with the application of this file."""
    return limited()


def free_port(host: str = HOST) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def has_ipv6() -> bool:
    try:
        free_port("::1")
    except OSError:
        return False
    return True


# --- answers -------------------------------------------------------------------------------------


def test_answers_on_one_connection_and_stops_without_a_word(marsad: Start) -> None:
    server = marsad()
    server.wait_until_ready()
    connection = http.client.HTTPConnection(HOST, server.port, timeout=SECONDS)

    connection.request("GET", "/")
    page = connection.getresponse()
    assert (page.status, page.getheader("Server")) == (200, None)
    assert len(page.read()) == int(page.getheader("Content-Length", "0"))
    used = connection.sock

    connection.request("HEAD", "/")
    assert connection.getresponse().read() == b""
    connection.request("GET", "/healthz")
    assert connection.getresponse().read() == b'{"status":"ok"}\n'
    assert connection.sock is used

    assert server.stop() == 0
    connection.close()
    said = server.errors()
    assert "Traceback" not in said
    assert "waitress" not in said


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_an_ipv6_host(marsad: Start) -> None:
    server = marsad(host="::1")
    server.wait_until_ready()
    assert server.get("/healthz")[0] == 200


def test_proxy_headers_reach_the_application(marsad: Start) -> None:
    server = marsad()
    server.wait_until_ready()
    assert server.get("/healthz", **{"X-Forwarded-For": "192.0.2.1"})[0] == 200
    assert server.stop() == 0
    assert "web.trusted_proxies is 0" in server.errors()


def test_a_taken_port_ends_with_one_line(marsad: Start) -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        server = marsad(port)
        assert server.process.wait(SECONDS) == 1
    said = server.errors()
    assert said.splitlines()[-1].startswith(f"marsad: cannot serve on {HOST}:{port}: another")
    assert "Traceback" not in said


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
    server = limited(total=12, per_address=None)
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


def test_busy_threads_leave_the_quick_ones_alone(scripted: Running) -> None:
    """Reading, writing and probes have threads of their own."""
    with ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(scripted.send(b"GET /hold HTTP/1.1\r\nHost: x\r\n\r\n"))
        assert scripted.get("/healthz") == (200, b"whole")
        form = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
        assert scripted.first_line(form) == b"HTTP/1.1 200 OK"


def test_writing_does_not_hold_up_reading(scripted: Running) -> None:
    with ExitStack() as stack:
        form = b"POST /hold HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
        for _ in range(20):
            stack.enter_context(scripted.send(form))
        assert scripted.get("/") == (200, b"whole")


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


# --- the end -------------------------------------------------------------------------------------


def test_a_request_in_flight_is_finished(scripted: Running) -> None:
    answers: list[tuple[int, bytes]] = []
    asking = threading.Thread(target=lambda: answers.append(scripted.get("/slow")))
    asking.start()
    assert scripted.process.stdout is not None
    assert scripted.process.stdout.readline() == "begun\n"
    assert scripted.stop() == 0
    asking.join(SECONDS)
    assert answers == [(200, b"whole")]


def test_an_answer_that_is_being_read_is_sent_to_its_end(scripted: Running) -> None:
    with scripted.send(b"GET /big HTTP/1.1\r\nHost: x\r\n\r\n") as client:
        received = len(client.recv(1000))
        scripted.process.send_signal(signal.SIGTERM)
        time.sleep(1)  # it wants to stop by now, with most of it still to send
        while piece := client.recv(1_000_000):
            received += len(piece)
    assert received > 20_000_000
    assert scripted.process.wait(STOP_S) == 0


def test_new_connections_are_refused_while_it_stops(scripted: Running) -> None:
    with scripted.send(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n") as client:
        assert scripted.process.stdout is not None
        scripted.process.stdout.readline()
        scripted.process.send_signal(signal.SIGTERM)
        until = time.monotonic() + SECONDS
        while scripted.accepts():
            assert time.monotonic() < until
        with client.makefile("rb") as answer:
            assert answer.read().endswith(b"whole")


def test_a_client_that_stalls_does_not_keep_it_alive(scripted: Running) -> None:
    with scripted.connect(), scripted.send(b"GET / HTTP/1.1\r\nX-Slow: "):
        assert scripted.get("/")[0] == 200
        assert scripted.stop() == 0


def test_a_thread_of_its_own_can_stop_it(scripted: Running) -> None:
    """As `aggregator.runtime.parent_watch` does when the supervisor is gone."""
    assert scripted.get("/stop") == (200, b"whole")
    assert scripted.process.wait(STOP_S) == 0

"""The web server as a process: what it answers, and how it ends."""

from __future__ import annotations

import http.client
import signal
import socket
import threading
import time

import pytest

from tests.web.serving.conftest import Start
from tests.web.serving.running import HOST, SECONDS, STOP_S, Running, free_port

pytestmark = pytest.mark.slow


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


def test_an_ipv6_host(marsad: Start) -> None:
    server = marsad(free_port(), host="::1")
    if has_ipv6():
        server.wait_until_ready()
        assert server.get("/healthz")[0] == 200
    else:
        assert server.process.wait(SECONDS) == 1
        assert "this machine does not have that address; set another web.host" in server.errors()


def test_proxy_headers_reach_the_application(marsad: Start) -> None:
    server = marsad()
    server.wait_until_ready()
    assert server.get("/healthz", **{"X-Forwarded-For": "192.0.2.1"})[0] == 200
    assert server.stop() == 0
    assert "which web.trusted_proxies does not name" in server.errors()


def test_a_taken_port_ends_with_one_line(marsad: Start) -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        server = marsad(port)
        assert server.process.wait(SECONDS) == 1
    said = server.errors()
    assert said.splitlines()[-1].startswith(f"marsad: cannot serve on {HOST}:{port}: another")
    assert "Traceback" not in said


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

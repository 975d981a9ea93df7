"""Several web processes behind one port: they share it, are restarted, and end together."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import stat
import threading
from contextlib import closing, suppress
from pathlib import Path

import psutil
import pytest

from tests.journeys.pollers import still_alive, wait_until
from tests.web.serving.conftest import Start
from tests.web.serving.running import HOST, SECONDS, STOP_S, Running, free_port

pytestmark = pytest.mark.slow

TOKEN = "a token of sixteen letters or more"
METRICS = {"Authorization": f"Bearer {TOKEN}"}


def workers(server: Running) -> list[psutil.Process]:
    """The processes that answer."""
    found = []
    for child in psutil.Process(server.process.pid).children():
        with suppress(psutil.Error):  # one has just been killed
            if child.cmdline()[-1:] == ["web"]:
                found.append(child)
    return found


def listening_workers(server: Running) -> int:
    """How many have opened their database, which they do last."""
    count = 0
    for each in workers(server):
        with suppress(psutil.Error):
            count += any(file.path.endswith(".db") for file in each.open_files())
    return count


@pytest.fixture
def pair(marsad: Start) -> Running:
    server = marsad(more=f'workers = 2\nmetrics_token = "{TOKEN}"')
    wait_until(lambda: listening_workers(server) == 2, within_s=SECONDS)
    server.wait_until_ready()
    assert server.get("/healthz")[0] == 200
    return server


def healthz(server: Running) -> int:
    """How many requests for /healthz the metrics count."""
    text = server.get("/metrics", **METRICS)[1].decode()
    found = re.search(r'marsad_requests_total{endpoint="health.healthz".*} (\d+)', text)
    return int(found[1]) if found else 0


def test_a_killed_worker_is_replaced_and_nobody_is_refused(pair: Running) -> None:
    """Its port stays open: whoever connects meanwhile is answered by the others."""
    refused: list[OSError] = []
    answered = []
    stop = threading.Event()

    def visit() -> None:
        while not stop.is_set():
            try:
                answered.append(pair.get("/healthz")[0])
            except http.client.HTTPException:
                pass  # in flight when its worker was killed
            except OSError as error:
                if isinstance(error, ConnectionRefusedError):
                    refused.append(error)

    visitor = threading.Thread(target=visit)
    visitor.start()
    first, second = workers(pair)
    for victim in (first, second):
        before = len(answered)
        os.kill(victim.pid, signal.SIGKILL)
        wait_until(lambda gone=victim: not gone.is_running(), within_s=SECONDS)
        wait_until(lambda: listening_workers(pair) == 2, within_s=SECONDS)
        wait_until(lambda before=before: len(answered) > before + 10, within_s=SECONDS)
    stop.set()
    visitor.join(SECONDS)
    assert refused == []
    assert set(answered) == {200}
    assert {each.pid for each in workers(pair)}.isdisjoint({first.pid, second.pid})
    assert pair.stop() == 0
    assert pair.errors().count("was killed by signal 9; starting it again in 1 s") == 2


def test_metrics_count_the_requests_of_all(pair: Running) -> None:
    """Also those that a killed worker had answered."""
    before = healthz(pair)
    with closing(http.client.HTTPConnection(HOST, pair.port, timeout=SECONDS)) as kept:
        for _ in range(10):  # one connection: one worker answers
            kept.request("GET", "/healthz")
            kept.getresponse().read()
    assert healthz(pair) == before + 10
    for victim in workers(pair):
        os.kill(victim.pid, signal.SIGKILL)
    wait_until(lambda: listening_workers(pair) == 2, within_s=SECONDS)
    assert healthz(pair) == before + 10


def test_all_end_with_the_first_process(pair: Running) -> None:
    family = psutil.Process(pair.process.pid).children(recursive=True)
    pair.process.kill()
    wait_until(lambda: still_alive(family) == [], within_s=STOP_S)
    assert not pair.accepts()


def test_sigterm_lets_requests_finish_and_leaves_nothing(pair: Running) -> None:
    folders = {each.environ()["MARSAD_SHARED_FOLDER"] for each in workers(pair)}
    family = psutil.Process(pair.process.pid).children(recursive=True)
    form = b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\n"
    with pair.send(form + b"name=a") as client:
        assert pair.stop() == 0
        assert client.makefile("rb").read().startswith(b"HTTP/1.1 400")
    assert still_alive(family) == []
    (folder,) = folders
    assert not Path(folder).exists()
    assert "Traceback" not in pair.errors()


def test_the_link_for_the_first_account_is_printed_once(pair: Running) -> None:
    assert pair.stop() == 0
    assert pair.errors().count("/setup/") == 1


def test_a_taken_port_starts_nobody(marsad: Start) -> None:
    with socket.create_server((HOST, 0)) as taken:
        server = marsad(taken.getsockname()[1], more="workers = 2")
        assert server.process.wait(SECONDS) == 1
    said = server.errors()
    assert said.splitlines()[-1].startswith("marsad: cannot serve on")
    assert "Traceback" not in said


# --- unix sockets --------------------------------------------------------------------------------


def get_by_socket(path: Path) -> bytes:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(SECONDS)
        client.connect(str(path))
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        return client.makefile("rb").read()


def answers(path: Path) -> bool:
    try:
        return get_by_socket(path).endswith(b'{"status":"ok"}\n')
    except OSError:
        return False


@pytest.mark.parametrize("count", [1, 2])
def test_a_unix_socket(marsad: Start, tmp_path: Path, count: int) -> None:
    """For the group of the site and nobody else; what a killed process left is replaced."""
    path = tmp_path / "web.sock"
    for end in (signal.SIGKILL, signal.SIGTERM):
        server = marsad(more=f'socket = "{path}"\nworkers = {count}')
        wait_until(lambda: answers(path), within_s=SECONDS)
        assert stat.S_IMODE(path.lstat().st_mode) == 0o660
        family = psutil.Process(server.process.pid).children(recursive=True)
        server.process.send_signal(end)
        server.process.wait(STOP_S)
        wait_until(lambda family=family: still_alive(family) == [], within_s=STOP_S)
    assert not path.exists()


def test_a_socket_that_is_taken(marsad: Start, tmp_path: Path) -> None:
    path = tmp_path / "web.sock"
    with socket.socket(socket.AF_UNIX) as taken:
        taken.bind(str(path))
        taken.listen()
        server = marsad(free_port(), more=f'socket = "{path}"')
        assert server.process.wait(SECONDS) == 1
        assert f"cannot serve on {path}: another program uses that socket" in server.errors()
    path.unlink()
    path.write_text("a file of somebody")
    server = marsad(free_port(), more=f'socket = "{path}"')
    assert server.process.wait(SECONDS) == 1
    assert f"cannot serve on {path}: another file is there" in server.errors()
    assert path.read_text() == "a file of somebody"

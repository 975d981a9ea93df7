"""Reports to a service manager: by whom, when, and none from what hangs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest

from aggregator.runtime import service_manager
from aggregator.runtime.service_manager import (
    ALIVE,
    READY,
    STOPPING,
    WATCHDOG_PID_VARIABLE,
    WATCHDOG_VARIABLE,
    ReportSocket,
    ServiceManager,
)
from tests.journeys.pollers import TIMEOUT_S, wait_until
from tests.runtime.notify_socket import NotifySocket
from tests.web.serving.running import free_port

# A healthy process reports four times as often; the machine of the tests may be busy.
WATCHDOG_S = 8.0
# Variables of the processes beside those of a service manager.
MORE: dict[str, str] = {}
# `marsad` as it is, but for a signal that makes its main thread hang.
HANGING = """
import signal, sys, time
from aggregator.cli import main

def hang(number, frame):
    print("hangs", flush=True)
    time.sleep(3)
    print("goes on", flush=True)

signal.signal(signal.SIGUSR1, hang)
main(sys.argv[1:])
"""


@pytest.fixture(params=["path", "abstract"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NotifySocket]:
    opened = NotifySocket(tmp_path / "notify" if request.param == "path" else None)
    yield opened
    opened.close()


@pytest.fixture
def listening() -> Iterator[NotifySocket]:
    opened = NotifySocket()
    yield opened
    opened.close()


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, str]], ServiceManager]:
    """Read the service manager from an environment."""

    def read(variables: dict[str, str]) -> ServiceManager:
        for name in service_manager.VARIABLES:
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return ServiceManager.from_environment()

    return read


Given = Callable[[dict[str, str]], ServiceManager]

# --- one process ----------------------------------------------------------------------------------


def test_it_is_ready_once_then_alive_then_stopping(either: NotifySocket, given: Given) -> None:
    manager = given(either.variables(watchdog_s=60))
    assert either.waiting() == []
    manager.report_alive()
    manager.report_alive()
    manager.report_stopping()
    assert either.waiting() == [READY, ALIVE, STOPPING]


def test_it_reports_four_times_in_the_time_of_the_watchdog(
    listening: NotifySocket, given: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    manager = given(listening.variables(watchdog_s=20))
    for second in range(20):
        now = float(second)
        manager.report_alive()
    assert listening.waiting() == [READY, ALIVE, ALIVE, ALIVE, ALIVE]


def test_without_a_watchdog_it_only_says_that_it_is_ready(
    listening: NotifySocket, given: Given
) -> None:
    manager = given(listening.variables())
    manager.report_alive()
    manager.report_alive()
    assert listening.waiting() == [READY]


def test_the_watchdog_of_another_process_is_not_fed(listening: NotifySocket, given: Given) -> None:
    others = given(listening.variables(60) | {WATCHDOG_PID_VARIABLE: str(os.getpid() + 1)})
    others.report_alive()
    assert listening.waiting() == [READY]
    own = given(listening.variables(60) | {WATCHDOG_PID_VARIABLE: str(os.getpid())})
    own.report_alive()
    assert listening.waiting() == [READY, ALIVE]


def test_what_a_process_starts_does_not_report_in_its_name(
    listening: NotifySocket, given: Given
) -> None:
    given(listening.variables(60) | {WATCHDOG_PID_VARIABLE: str(os.getpid())})
    assert [name for name in service_manager.VARIABLES if name in os.environ] == []


def test_nothing_is_sent_without_a_service_manager(
    given: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = given({WATCHDOG_VARIABLE: "1000000"})
    monkeypatch.setattr("socket.socket", lambda *_: pytest.fail("a socket was opened"))
    manager.report_alive()
    manager.report_stopping()
    assert not manager.is_present


def test_a_file_shows_when_it_last_reported(given: Given, tmp_path: Path) -> None:
    heartbeat = tmp_path / "alive"
    manager = given({"MARSAD_HEARTBEAT": str(heartbeat)})
    assert manager.is_present
    assert not heartbeat.exists()
    manager.report_alive()
    os.utime(heartbeat, (0, 0))
    manager.report_alive()
    assert heartbeat.stat().st_mtime == 0  # too soon for another
    manager = given({"MARSAD_HEARTBEAT": str(heartbeat)})
    manager.report_alive()
    assert heartbeat.stat().st_mtime > 0


def test_a_service_manager_that_is_gone_stops_nothing(given: Given, tmp_path: Path) -> None:
    manager = given({"NOTIFY_SOCKET": str(tmp_path / "gone")})
    manager.report_alive()
    manager.report_stopping()


def test_the_kernel_says_which_process_reports(given: Given) -> None:
    reports = ReportSocket(watchdog_s=60)
    manager = given(reports.environment())
    manager.report_alive()
    assert list(reports.read()) == [(os.getpid(), READY), (os.getpid(), ALIVE)]
    assert list(reports.read()) == []
    reports.close()


# --- the commands ---------------------------------------------------------------------------------


class Marsad:
    """A command under a service manager."""

    def __init__(self, folder: Path, command: str, reports: NotifySocket | None, more: str = ""):
        self.port = free_port()
        config = folder / "config.toml"
        config.write_text(
            f'[database]\nurl = "sqlite:///{folder}/marsad.db"\n[web]\nport = {self.port}\n{more}\n'
        )
        given = reports.variables(WATCHDOG_S) if reports else {}
        kept = {k: v for k, v in os.environ.items() if not k.startswith("MARSAD_")}
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", HANGING, "--config", str(config), command],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=kept | given | MORE,
            )

    def hang(self) -> None:
        """Make the main thread hang for a while; returns when it does."""
        self.process.send_signal(signal.SIGUSR1)
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "hangs\n"

    def wait_until_it_goes_on(self) -> None:
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "goes on\n"

    def children(self) -> dict[str, psutil.Process]:
        """By the command that they run."""
        found = psutil.Process(self.process.pid).children()
        return {child.cmdline()[-1]: child for child in found}


Start = Callable[..., Marsad]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    running: list[Marsad] = []

    def begin(command: str, reports: NotifySocket | None, more: str = "") -> Marsad:
        running.append(Marsad(tmp_path, command, reports, more))
        return running[-1]

    yield begin
    for each in running:
        each.process.kill()
        each.process.communicate()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "more"), [("web", ""), ("web", "workers = 2"), ("run", ""), ("poll", "")]
)
def test_the_first_process_reports_from_start_to_stop(
    command: str, more: str, start: Start, listening: NotifySocket
) -> None:
    marsad = start(command, listening, more)
    assert listening.next() == (marsad.process.pid, READY)
    if command != "poll":
        with urlopen(f"http://127.0.0.1:{marsad.port}/readyz", timeout=TIMEOUT_S) as answer:
            assert answer.status == 200
    for _ in range(2):
        assert listening.next() == (marsad.process.pid, ALIVE)
    marsad.process.terminate()
    assert listening.wait_for(STOPPING) == marsad.process.pid
    assert marsad.process.wait(TIMEOUT_S) == 0
    assert listening.waiting() == []


@pytest.mark.slow
@pytest.mark.parametrize("command", ["web", "poll"])
def test_a_process_whose_loop_hangs_says_nothing(
    command: str, start: Start, listening: NotifySocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{__name__}.WATCHDOG_S", 1.0)  # four reports a second: twelve are missing
    marsad = start(command, listening)
    listening.wait_for(ALIVE)
    marsad.hang()
    listening.waiting()
    marsad.wait_until_it_goes_on()
    assert len(listening.waiting()) <= 1  # the first after it
    listening.wait_for(ALIVE)


@pytest.mark.slow
def test_the_supervisor_replaces_a_process_that_hangs(
    start: Start, listening: NotifySocket
) -> None:
    marsad = start("run", listening)
    listening.wait_for(READY)
    victim = marsad.children()["poll"]
    victim.suspend()
    wait_until(lambda: not victim.is_running())
    wait_until(lambda: "poll" in marsad.children())
    assert "poller has not reported for 8 s and is killed" in marsad.log.read_text()
    listening.waiting()
    listening.wait_for(ALIVE)  # for all of them, the others having gone on
    marsad.process.terminate()
    assert marsad.process.wait(TIMEOUT_S) == 0


@pytest.mark.slow
@pytest.mark.parametrize("command", ["web", "poll", "run"])
def test_each_command_has_a_heartbeat(
    command: str, start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heartbeat = tmp_path / "alive"
    monkeypatch.setitem(MORE, "MARSAD_HEARTBEAT", str(heartbeat))
    marsad = start(command, None)
    wait_until(heartbeat.exists)
    marsad.process.terminate()
    assert marsad.process.wait(TIMEOUT_S) == 0


@pytest.mark.slow
def test_processes_of_a_supervisor_without_a_service_manager_are_not_watched(start: Start) -> None:
    marsad = start("run", None)
    wait_until(lambda: set(marsad.children()) == {"web", "poll"})
    for child in marsad.children().values():
        assert not set(service_manager.VARIABLES) & set(child.environ())

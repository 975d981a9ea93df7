"""The processes of `marsad run`: started together, stopped together, restarted when they die."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from aggregator.runtime.supervisor import STOP_TIMEOUT_S
from tests.journeys.pollers import still_alive, wait_until

pytestmark = pytest.mark.slow

CHILD = """
import os, signal, sys, time
from pathlib import Path
from aggregator.runtime.parent_watch import watch_parent
from aggregator.runtime.service_manager import ServiceManager
folder, name, how = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
def tell(word):
    with (folder / f"{name}.log").open("a") as log:
        log.write(f"{word} {os.getpid()}\\n")
def stop(number, frame):
    tell("stopped")
    if how != "stubborn":
        sys.exit(0)
signal.signal(signal.SIGTERM, stop)
signal.signal(signal.SIGHUP, lambda number, frame: tell("reload"))
watch_parent()
manager = ServiceManager.from_environment()
tell("started")
manager.report_alive()
if how == "fails":
    sys.exit(3)
while True:
    time.sleep(0.02)
    if how != "hangs":
        manager.report_alive()
"""


SUPERVISOR = """
import json, sys
from aggregator.runtime import supervisor
supervisor.STOP_TIMEOUT_S = float(sys.argv[2])
supervisor.SILENCE_LIMIT_S = 3.0
sys.exit(supervisor.Supervisor(json.loads(sys.argv[1])).run())
"""


class Running:
    """A supervisor of children that write down what happens to them."""

    def __init__(self, folder: Path, children: dict[str, str], stop_within_s: float) -> None:
        self.folder = folder
        script = folder / "child.py"
        script.write_text(CHILD)
        commands = {
            name: [sys.executable, str(script), str(folder), name, how]
            for name, how in children.items()
        }
        self.errors = folder / "supervisor.log"
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-c", SUPERVISOR, json.dumps(commands), str(stop_within_s)],
                stderr=errors,
            )

    def log(self, name: str) -> list[list[str]]:
        path = self.folder / f"{name}.log"
        return [line.split() for line in path.read_text().splitlines()] if path.exists() else []

    def words(self, name: str) -> list[str]:
        return [word for word, _ in self.log(name)]

    def pid(self, name: str) -> int:
        return int(self.log(name)[-1][1])

    def wait_for(self, name: str, words: list[str]) -> None:
        wait_until(lambda: self.words(name) == words)


@pytest.fixture
def started() -> Iterator[list[Running]]:
    running: list[Running] = []
    yield running
    for one in running:
        one.process.kill()
        one.process.wait()


def start(
    started: list[Running], folder: Path, stop_within_s: float = STOP_TIMEOUT_S, **children: str
) -> Running:
    running = Running(folder, children, stop_within_s)
    started.append(running)
    for name in children:
        wait_until(lambda name=name: bool(running.words(name)))  # type: ignore[misc]
    return running


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_they_stop_together(tmp_path: Path, started: list[Running], number: int) -> None:
    running = start(started, tmp_path, web="fine", poller="fine")
    running.process.send_signal(number)
    assert running.process.wait(10) == 0
    for name in ("web", "poller"):
        assert running.words(name) == ["started", "stopped"]


def test_one_that_dies_is_started_anew(tmp_path: Path, started: list[Running]) -> None:
    running = start(started, tmp_path, web="fine", poller="fine")
    os.kill(running.pid("poller"), signal.SIGKILL)
    running.wait_for("poller", ["started", "started"])
    assert running.words("web") == ["started"]
    assert "poller was killed by signal 9; starting it again" in running.errors.read_text()
    running.process.terminate()
    assert running.process.wait(10) == 0
    assert running.words("poller") == ["started", "started", "stopped"]


def test_one_that_hangs_is_replaced_under_a_heartbeat(
    tmp_path: Path, started: list[Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARSAD_HEARTBEAT", str(tmp_path / "alive"))
    running = start(started, tmp_path, web="fine", poller="hangs")
    wait_until((tmp_path / "alive").exists)
    running.wait_for("poller", ["started", "started"])
    assert running.words("web") == ["started"]
    assert "poller has not reported for 3 s and is killed" in running.errors.read_text()


def test_one_that_cannot_start_ends_them_all(tmp_path: Path, started: list[Running]) -> None:
    running = start(started, tmp_path, web="fails", poller="fine")
    assert running.process.wait(10) == 3
    assert running.words("poller") == ["started", "stopped"]
    assert "web ended with status 3" in running.errors.read_text()


def test_reloading_is_for_the_poller(tmp_path: Path, started: list[Running]) -> None:
    running = start(started, tmp_path, web="fine", poller="fine")
    running.process.send_signal(signal.SIGHUP)
    running.wait_for("poller", ["started", "reload"])
    assert running.words("web") == ["started"]


def test_killed_itself_it_leaves_no_child_behind(tmp_path: Path, started: list[Running]) -> None:
    running = start(started, tmp_path, web="fine", poller="fine")
    children = psutil.Process(running.process.pid).children(recursive=True)
    assert len(children) == 2
    running.process.kill()
    assert still_alive(children) == []
    assert running.words("poller") == ["started", "stopped"]


def test_one_that_does_not_stop_is_killed_in_time(tmp_path: Path, started: list[Running]) -> None:
    assert STOP_TIMEOUT_S < 10
    running = start(started, tmp_path, stop_within_s=0.5, poller="stubborn")
    running.process.terminate()
    assert running.process.wait(5) == 0
    assert "poller did not stop in time" in running.errors.read_text()

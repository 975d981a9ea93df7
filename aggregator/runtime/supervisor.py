"""Start the processes of `marsad run`, restart those that die, stop all together.

Uses only the standard library: `marsad run` replaces itself with this once the database is ready,
so that a process that only waits takes no memory.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from types import FrameType

from aggregator.runtime import listening
from aggregator.runtime.json_line import json_line
from aggregator.runtime.parent_watch import PARENT_PIPE_VARIABLE, watch_parent
from aggregator.runtime.service_manager import READY, ReportSocket, ServiceManager

STOP_TIMEOUT_S = 9.5
# A process that reports and then says nothing for this long hangs, if no watchdog has a limit. A
# locked database holds each job of the poller up for 30 s.
SILENCE_LIMIT_S = 300.0
# A process that exits this soon after its first start would fail again.
YOUNG_S = 15.0
MAX_RESTART_DELAY_S = 30.0


class Child:
    """One process: its command, when it was started, how often it died."""

    def __init__(
        self,
        name: str,
        command: list[str],
        lifeline: int,
        listener: int | None = None,
        environment: dict[str, str] | None = None,
    ) -> None:
        """`lifeline`, `listener`: files that it inherits, the latter only as a web process.

        `environment`: variables that it gets beside those of this process.
        """
        self.name = name
        self.command = command
        self.parent_pipe = lifeline
        self.inherited = [lifeline]
        if self.is_web and listener is not None:
            self.inherited.append(listener)
        self.environment = environment or {}
        self.was_ready = False
        self._reported: float | None = None
        self.restarts = 0
        self.started = 0.0
        self.restart_at = 0.0
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.started = time.monotonic()
        self._reported = None
        environment = os.environ | self.environment | {PARENT_PIPE_VARIABLE: str(self.parent_pipe)}
        if not self.is_web:
            for variable in listening.WEB_VARIABLES:
                environment.pop(variable, None)
        # A group of its own: Ctrl-C in the terminal reaches this process alone, which passes it on.
        self.process = subprocess.Popen(
            self.command, env=environment, pass_fds=self.inherited, process_group=0
        )

    @property
    def is_web(self) -> bool:
        """Whether it is "web", or "web 1" and so on where several share a port."""
        return self.name.startswith("web")

    def take_report(self, report: str) -> None:
        """Remember that it works, as it says."""
        self._reported = time.monotonic()
        self.was_ready = self.was_ready or report == READY

    def is_silent(self, for_s: float) -> bool:
        """Whether it once worked and has not said so for this long."""
        return (
            self.process is not None
            and self._reported is not None
            and time.monotonic() - self._reported > for_s
        )

    def kill(self) -> None:
        """End it as if it had crashed."""
        self._reported = None
        self.send(signal.SIGKILL)

    def send(self, number: int) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def exit_status(self) -> int | None:
        """The exit status of a process that has ended since the last check."""
        if self.process is None:
            return None
        status = self.process.poll()
        if status is not None:
            self.process = None
        return status

    def schedule_restart(self) -> float:
        """Restart after a pause that doubles each time; the seconds until then."""
        if time.monotonic() - self.started > 60:
            self.restarts = 0
        self.restarts += 1
        pause = min(2.0 ** (self.restarts - 1), MAX_RESTART_DELAY_S)
        self.restart_at = time.monotonic() + pause
        return pause


class Supervisor:
    """Keeps `commands` (name -> argv) running until SIGTERM or SIGINT."""

    def __init__(self, commands: dict[str, list[str]]) -> None:
        reading, self._writing = os.pipe()
        number = os.environ.get(listening.LISTENER_VARIABLE, "")
        self._listener = int(number) if number else None
        self._manager = ServiceManager.from_environment()
        self._silence_limit_s = self._manager.watchdog_s or SILENCE_LIMIT_S
        self._reports = None
        if self._manager.is_present:
            self._reports = ReportSocket(self._silence_limit_s)
        variables = self._reports.environment() if self._reports else {}
        self._children = [
            Child(name, command, reading, self._listener, variables)
            for name, command in commands.items()
        ]
        self._stopping = False
        self._status = 0

    def run(self) -> int:
        """The exit status: 0 after a requested stop, 1 (or a child's own) otherwise."""
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        signal.signal(signal.SIGHUP, self._forward_signal)
        for child in self._children:
            child.start()
        while not self._stopping:
            time.sleep(0.2)
            self._check_children()
            if self._reports is not None:
                self._check_reports(self._reports)
        self._manager.report_stopping()
        return self._shut_down()

    def _check_reports(self, reports: ReportSocket) -> None:
        """Kill processes that hang, and report to the service manager for all of them."""
        for process_id, report in reports.read():
            for child in self._children:
                if child.process is not None and child.process.pid == process_id:
                    child.take_report(report)
        limit_s = self._silence_limit_s
        for child in self._children:
            if child.is_silent(limit_s):
                log_line(f"{child.name} has not reported for {limit_s:g} s and is killed")
                child.kill()
        if all(child.was_ready for child in self._children):
            self._manager.report_alive()

    def _check_children(self) -> None:
        for child in self._children:
            status = child.exit_status()
            if status is not None and not self._stopping:
                self._handle_exit(child, status)
            if (
                child.process is None
                and not self._stopping
                and time.monotonic() >= child.restart_at
            ):
                child.start()

    def _handle_exit(self, child: Child, status: int) -> None:
        how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
        if status > 0 and not child.restarts and time.monotonic() - child.started < YOUNG_S:
            log_line(f"{child.name} {how}; stopping")
            self._status = status
            self._stopping = True
            return
        pause = child.schedule_restart()
        log_line(f"{child.name} {how}; starting it again in {pause:g} s")

    def _shut_down(self) -> int:
        self._stop_listening()
        for child in self._children:
            child.send(signal.SIGTERM)
        deadline = time.monotonic() + STOP_TIMEOUT_S
        for child in self._children:
            if child.process is None:
                continue
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                log_line(f"{child.name} did not stop in time and is killed")
                child.process.kill()
                child.process.wait()
        if self._reports is not None:
            self._reports.close()
        listening.remove_shared_folder(os.environ.get(listening.SHARED_FOLDER_VARIABLE, ""))
        return self._status

    def _stop_listening(self) -> None:
        """Leave nobody waiting in the queue of a socket from which no child takes any more."""
        if self._listener is not None:
            with socket.socket(fileno=self._listener) as listener:
                path = listening.path_of(listener)
            listening.remove_path(path)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True

    def _forward_signal(self, number: int, frame: FrameType | None) -> None:
        for child in self._children:
            if child.name == "poller":
                child.send(number)


def log_line(message: str) -> None:
    """Write a line for the terminal or the service manager."""
    line = f"marsad: {message}"
    if os.environ.get("MARSAD_LOG__FORMAT") == "json":
        line = json_line(time.time(), "WARNING", "marsad.supervisor", message)
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def exec_supervisor(commands: dict[str, list[str]]) -> None:
    """Replace this process by the supervisor of `commands`, keeping only the process id."""
    arguments = [sys.executable, "-m", "aggregator.runtime.supervisor", json.dumps(commands)]
    os.execv(sys.executable, arguments)  # noqa: S606 (our own interpreter, no shell)


if __name__ == "__main__":
    watch_parent()
    sys.exit(Supervisor(json.loads(sys.argv[1])).run())

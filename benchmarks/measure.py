"""Run a command and measure its cost, with all the processes it started."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import processes

SAMPLE_EVERY_S = 0.05
_LOG_LINES = 15
_ORPHANS_END_WITHIN_S = 10.0


class BenchmarkError(Exception):
    """The benchmark cannot continue; the message says why."""


class CommandError(BenchmarkError):
    """A measured command failed, or took too long; the message ends with its last lines."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Cost of one run: wall seconds, CPU seconds, peak bytes."""

    wall_s: float
    cpu_s: float
    pss: int
    rss: int


@dataclass(frozen=True)
class Command:
    """What to run, how long it may take (s) and which running servers are part of its cost."""

    arguments: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    timeout_s: float
    servers: Sequence[int] = ()


@dataclass
class _Sampler:
    """Samples the process tree every 50 ms until stopped."""

    root: int
    servers: Sequence[int]
    peak: processes.Memory = field(default_factory=lambda: processes.Memory(0, 0))
    cpu_by_process: dict[tuple[int, int], float] = field(default_factory=dict)
    stop: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        while not self.stop.is_set():
            self.sample()
            self.stop.wait(SAMPLE_EVERY_S)

    def sample(self) -> None:
        tree = processes.tree(self.root)
        for process in tree:
            self.cpu_by_process[process.pid, process.started] = process.cpu_s
        servers = [process.pid for root in self.servers for process in processes.tree(root)]
        now = processes.memory({*(process.pid for process in tree), *servers})
        self.peak = processes.Memory(max(self.peak.pss, now.pss), max(self.peak.rss, now.rss))


def run(command: Command) -> Usage:
    """Run `command` to its end.

    CPU is what the kernel accounts to the process and its descendants, which is exact: those it
    leaves behind become ours and are waited for as well (after the clock has stopped). Only one
    that left the process group is out of reach; then the sampled sum is larger and taken.
    Raises CommandError on another exit status than 0.
    """
    log = command.folder / "output.log"
    before_s = processes.tree_cpu_s(command.servers)
    processes.adopt_orphans()
    with log.open("wb") as output:
        started = time.perf_counter()
        child = subprocess.Popen(
            command.arguments,
            cwd=command.folder,
            env=command.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        sampler = _Sampler(child.pid, command.servers)
        exit_code, waited_s = _watched(child, sampler, command.timeout_s)
        wall_s = time.perf_counter() - started
    waited_s += _orphans_cpu_s(child.pid)
    if exit_code != 0:
        raise CommandError(_failure(command, exit_code, log))
    servers_s = processes.tree_cpu_s(command.servers) - before_s
    own_s = max(waited_s, sum(sampler.cpu_by_process.values()))
    return Usage(wall_s, own_s + servers_s, sampler.peak.pss, sampler.peak.rss)


def _watched(
    child: subprocess.Popen[bytes], sampler: _Sampler, timeout_s: float
) -> tuple[int, float]:
    """Wait for the child; its exit code, and the CPU seconds of all that was reaped."""
    thread = threading.Thread(target=sampler.watch)
    killer = threading.Timer(timeout_s, _kill, (child.pid,))
    thread.start()
    killer.start()
    try:
        _pid, status, rusage = os.wait4(child.pid, 0)
    except BaseException:
        _kill(child.pid)
        raise
    finally:
        killer.cancel()
        sampler.stop.set()
        thread.join()
    child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, rusage.ru_utime + rusage.ru_stime


def _orphans_cpu_s(group: int) -> float:
    """Reap what the process left behind, such as a fork server; its CPU seconds."""
    cpu_s, deadline = 0.0, time.monotonic() + _ORPHANS_END_WITHIN_S
    while True:
        try:
            pid, _status, rusage = os.wait4(-group, os.WNOHANG)
        except ChildProcessError:
            return cpu_s
        if pid:
            cpu_s += rusage.ru_utime + rusage.ru_stime
        elif time.monotonic() > deadline:
            _kill(group)
        else:
            time.sleep(0.01)


def _kill(session: int) -> None:
    try:
        os.killpg(session, signal.SIGKILL)
    except ProcessLookupError:
        return


def _failure(command: Command, exit_code: int, log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()[-_LOG_LINES:]
    line = " ".join(command.arguments)
    reason = f"status {exit_code}"
    if exit_code == -signal.SIGKILL:
        reason = f"killed, perhaps after the allowed {command.timeout_s:.0f} s"
    return "\n".join([f"This command failed ({reason}): {line}", *lines])

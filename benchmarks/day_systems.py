"""A day played by each system: Marsad, Marsad without its extras, lemon24/reader."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Protocol

from benchmarks import processes, venvs
from benchmarks.day_publishing import DayPublisher, run_day_publisher
from benchmarks.day_site import Cost, Installation, Prober, Site, running
from benchmarks.measure import BenchmarkError
from benchmarks.system_reader import PEER
from benchmarks.systems import environment

_STORED_WITHIN_S = 300.0
_SEEN_WITHIN_S = 30.0
_SETTLE_S = 3.0
HOUR_S = 3_600
_WORKERS = 64


@dataclass(frozen=True, slots=True)
class DayOptions:
    """What is played: `factor` seconds of the day pass in each second."""

    feeds: int
    entries: int
    backlog: int
    factor: float
    seed: int
    quiet_s: float
    """How long the same polls go on with nothing new, before the day."""
    pace_s: float
    """How long polls at the pace of a real day are measured, after it."""
    languages: Sequence[str]

    @property
    def first(self) -> int:
        """Entries of the first poll."""
        return self.feeds * self.backlog


@dataclass
class DayResult:
    """What a day cost one system. CPU in seconds by role, memory in bytes of PSS."""

    system: str
    first_cpu: Mapping[str, float] = field(default_factory=dict)
    quiet_cpu: Mapping[str, float] = field(default_factory=dict)
    quiet_polls: int = 0
    cpu: Mapping[str, float] = field(default_factory=dict)
    stored: int = 0
    polls: int = 0
    memory: list[Mapping[str, int]] = field(default_factory=list)
    """At the start of each hour and after the last."""
    waited_s: Sequence[float] = ()
    """Seconds of the day from publication to the poll that found an entry."""
    seen_after_s: Sequence[float] = ()
    """Real seconds from that poll's answer to the page."""
    pace_cpu_s: float | None = None
    """CPU seconds of the poller in each second at the pace of a real day, with nothing new."""
    pace_polls: float = 0.0
    remark: str = ""

    @property
    def total_s(self) -> float:
        """CPU of everything but the site, which the benchmark itself keeps busy."""
        return sum(cpu for role, cpu in self.cpu.items() if role != "web")

    def per_poll_s(self) -> float:
        """CPU of a poll that finds nothing, in the quiet minutes before the day."""
        quiet = sum(cpu for role, cpu in self.quiet_cpu.items() if role != "web")
        return quiet / max(self.quiet_polls, 1)


def play_marsad(options: DayOptions, tell: Callable[[str], None], *, bare: bool) -> DayResult:
    """A day of Marsad, or of Marsad without search, stories and topics."""
    result = DayResult("Marsad, bare" if bare else "Marsad")
    with _publisher(options) as publisher, TemporaryDirectory(prefix="marsad-day-") as folder:
        installation = Installation(Path(folder), publisher, options.languages)
        installation.configure(options.factor)
        with (
            running(installation, bare=bare) as site,
            Prober(site.port, publisher) as prober,
        ):
            _play(options, publisher, _RunningSite(installation, site), result, tell)
            _drain(prober)
            result.memory.append(site.cost().pss)
            result.seen_after_s = prober.seen_after_s
        result.remark = installation.describe()
        if options.pace_s and not bare:
            tell(f"{result.system}: polls at the pace of a real day")
            _measure_pace(installation, options.pace_s, result)
    return result


def _measure_pace(installation: Installation, seconds: float, result: DayResult) -> None:
    """Poll with the default intervals, each feed about every forty minutes, and find nothing."""
    installation.configure(1)
    installation.spread_polls(2_400)
    with running(installation, bare=False) as site:
        time.sleep(15 + _SETTLE_S)  # start, the first housekeeping
        before = _polls(installation.publisher)
        cpu, started = site.cost().cpu_s, time.monotonic()
        time.sleep(seconds)
        spent = _difference(site.cost().cpu_s, cpu)
        took_s = time.monotonic() - started
        result.pace_cpu_s = (sum(spent.values()) - spent.get("web", 0.0)) / took_s
        result.pace_polls = (_polls(installation.publisher) - before) / took_s


def play_reader(options: DayOptions, every_s: float, tell: Callable[[str], None]) -> DayResult:
    """A day of lemon24/reader with its search: a round of all feeds every `every_s` seconds."""
    result = DayResult("reader with search")
    with _publisher(options) as publisher, TemporaryDirectory(prefix="reader-day-") as folder:
        database = str(Path(folder) / "reader.db")
        feeds = range(1, options.feeds + 1)
        addresses = "\n".join(f"http://127.0.0.1:{publisher.port}/feed/{n}.xml" for n in feeds)
        venvs.checked([*PEER, "add", database], "The peer reader failed.", addresses)
        with closing(_Peer(database, every_s)) as peer:
            _play(options, publisher, peer, result, tell)
            result.memory.append(peer.cost().pss)
    return result


class _Running(Protocol):
    """A system at work."""

    def count_entries(self) -> int:
        """Number of entries stored."""
        ...

    def cost(self) -> Cost:
        """CPU so far, memory now."""
        ...


@dataclass(frozen=True)
class _RunningSite:
    installation: Installation
    site: Site

    def count_entries(self) -> int:
        return self.installation.count_entries()

    def cost(self) -> Cost:
        return self.site.cost()


class _Peer:
    """The running peer, which prints its number of entries after each round."""

    def __init__(self, database: str, every_s: float) -> None:
        self._process = subprocess.Popen(
            [
                *PEER, "repeat", database, "--search",
                f"--every={every_s}", f"--workers={_WORKERS}",
            ],
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )  # fmt: skip
        self._lines: SimpleQueue[int] = SimpleQueue()
        self._count = 0
        Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(int(line))

    def count_entries(self) -> int:
        """Entries after the last round."""
        if self._process.poll() is not None:
            raise BenchmarkError("The peer reader stopped.")
        while not self._lines.empty():
            self._count = self._lines.get()
        return self._count

    def cost(self) -> Cost:
        """CPU and memory so far."""
        pid = self._process.pid
        cpu_s = processes.tree_cpu_s([pid])
        return Cost({"reader": cpu_s}, {"reader": processes.memory([pid]).pss})

    def close(self) -> None:
        """End it after its round."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(120)


def _drain(prober: Prober) -> None:
    """Wait for sampled entries that are stored but were not looked for yet."""
    deadline = time.monotonic() + _SEEN_WITHIN_S
    while prober.missing and time.monotonic() < deadline:
        time.sleep(0.2)


def _publisher(options: DayOptions) -> AbstractContextManager[DayPublisher]:
    return run_day_publisher(
        feeds=options.feeds,
        entries=options.entries,
        backlog=options.backlog,
        factor=options.factor,
        seed=options.seed,
    )


def _play(
    options: DayOptions,
    publisher: DayPublisher,
    system: _Running,
    result: DayResult,
    tell: Callable[[str], None],
) -> None:
    """The first poll, some quiet minutes, then the day until all is stored, with its memory."""
    tell(f"{result.system}: first poll")
    _wait_until_stored(system, options.first)
    result.first_cpu = system.cost().cpu_s
    time.sleep(_SETTLE_S)
    tell(f"{result.system}: nothing new")
    before, polls = system.cost().cpu_s, _polls(publisher)
    time.sleep(options.quiet_s)
    result.quiet_cpu = _difference(system.cost().cpu_s, before)
    result.quiet_polls = _polls(publisher) - polls
    tell(f"{result.system}: the day")
    publisher.begin()
    started, first = time.monotonic(), system.cost()
    result.memory.append(first.pss)
    for hour in range(1, 25):
        time.sleep(max(0.0, started + hour * HOUR_S / options.factor - time.monotonic()))
        result.memory.append(system.cost().pss)
    _wait_until_stored(system, options.first + options.entries)
    result.cpu = _difference(system.cost().cpu_s, first.cpu_s)
    state = publisher.state()
    result.polls = state.get("200", 0) + state.get("304", 0)
    result.waited_s = [waited * options.factor for waited in state["waited_s"]]
    result.stored = system.count_entries() - options.first


def _wait_until_stored(system: _Running, wanted: int) -> None:
    deadline = time.monotonic() + _STORED_WITHIN_S
    while (count := system.count_entries()) < wanted:
        if time.monotonic() > deadline:
            raise BenchmarkError(f"{count} entries are stored instead of {wanted}.")
        time.sleep(0.5)


def _polls(publisher: DayPublisher) -> int:
    state = publisher.state()
    return int(state.get("200", 0) + state.get("304", 0))


def _difference(after: Mapping[str, float], before: Mapping[str, float]) -> dict[str, float]:
    return {role: cpu - before.get(role, 0.0) for role, cpu in after.items()}

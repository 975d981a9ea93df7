"""A newsroom's site during the day: `marsad run`, or a bare poller beside the site."""

from __future__ import annotations

import http.client
import json
import random
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import processes
from benchmarks.day_publishing import DayPublisher
from benchmarks.measure import BenchmarkError
from benchmarks.systems import environment
from benchmarks.web_ports import free_port, is_responding

_ROOT = Path(__file__).resolve().parent.parent
_PROBE_EVERY_S = 0.1
_STARTS_WITHIN_S = 90.0
_MIN_S, _MAX_S = 300, 14_400  # min_interval and max_interval by default


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds and PSS in bytes, by role: poller, workers, web."""

    cpu_s: Mapping[str, float]
    pss: Mapping[str, int]


@dataclass(frozen=True)
class Installation:
    """A folder with configuration and database for the feeds of one publisher."""

    folder: Path
    publisher: DayPublisher
    languages: Sequence[str]
    port: int = field(default_factory=free_port)

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.folder / "marsad.db"

    def configure(self, factor: float) -> None:
        """Write config.toml; the default intervals, shorter by `factor`, at least a second."""
        shortest, longest = (max(1, round(wait / factor)) for wait in (_MIN_S, _MAX_S))
        head = f"""\
[database]
url = {json.dumps(f"sqlite:///{self.database}")}
[web]
port = {self.port}
[polling]
min_interval = "{shortest}s"
max_interval = "{longest}s"
per_host = 64
per_host_gap = "0s"
allow_networks = ["127.0.0.0/8"]
"""
        sources = (_source(n, self.publisher.port, it) for n, it in enumerate(self.languages, 1))
        (self.folder / "config.toml").write_text(head + "".join(sources), encoding="utf-8")

    def count_entries(self) -> int:
        """Entries stored."""
        with closing(sqlite3.connect(self.database, timeout=30)) as connection:
            return int(connection.execute("SELECT count(*) FROM entries").fetchone()[0])

    def describe(self) -> str:
        """What the database holds of the extras."""
        with closing(sqlite3.connect(self.database, timeout=30)) as connection:
            stories, told = connection.execute(
                "SELECT count(*), sum(n) FROM (SELECT count(*) AS n FROM story_entries"
                " GROUP BY story_id HAVING n > 1)"
            ).fetchone()
        return f"{stories} stories of several entries, {told or 0} entries in them"

    def spread_polls(self, over_s: float) -> None:
        """Set the next polls evenly over the next `over_s` seconds, as they are in the long run."""
        now, chance = time.time(), random.Random(1)
        with closing(sqlite3.connect(self.database, timeout=30)) as connection, connection:
            ids = [row[0] for row in connection.execute("SELECT id FROM feeds")]
            for id_ in ids:
                at_us = round((now + chance.uniform(0, over_s)) * 1e6)
                connection.execute("UPDATE feeds SET next_poll_at = ? WHERE id = ?", (at_us, id_))


def _source(number: int, port: int, language: str) -> str:
    return f"""
[[source]]
slug = "source-{number}"
name = "Publisher {number}"
language = "{language}"
feeds = [ {{ url = "http://127.0.0.1:{port}/feed/{number}.xml" }} ]
"""


@dataclass(frozen=True)
class Site:
    """The running processes, children of `roots`."""

    roots: Sequence[int]
    port: int

    def cost(self) -> Cost:
        """What all processes have cost so far, and the memory that they have now."""
        cpu_s: dict[str, float] = {}
        pss: dict[str, int] = {}
        for process in (each for root in self.roots for each in processes.tree(root)):
            role = _role(process.pid)
            cpu_s[role] = cpu_s.get(role, 0.0) + process.cpu_s + process.reaped_cpu_s
            pss[role] = pss.get(role, 0) + processes.memory([process.pid]).pss
        return Cost(cpu_s, pss)


def _role(pid: int) -> str:
    try:
        line = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return "workers"
    for role, argument in (("poller", "poll"), ("web", "web")):
        if argument in line:
            return role
    return "workers" if any("multiprocessing" in each for each in line) else "supervisor"


@contextmanager
def running(installation: Installation, *, bare: bool) -> Iterator[Site]:
    """Run the site while the block runs: `marsad run`, or a bare poller beside `marsad web`."""
    commands = [("aggregator", "run")]
    if bare:
        _run_to_end(installation, "migrate")
        commands = [("aggregator", "web"), ("benchmarks.day_bare", "poll")]
    with ExitStack() as stack:
        pids = [stack.enter_context(_started(installation, *each)) for each in commands]
        deadline = time.monotonic() + _STARTS_WITHIN_S
        while not is_responding(installation.port):
            if time.monotonic() > deadline:
                raise BenchmarkError("Marsad's site did not start.")
            time.sleep(0.1)
        yield Site(pids, installation.port)


def _run_to_end(installation: Installation, command: str) -> None:
    config = str(installation.folder / "config.toml")
    arguments = [sys.executable, "-m", "aggregator", "--config", config, command]
    subprocess.run(arguments, cwd=_ROOT, env=environment(), check=True, capture_output=True)


@contextmanager
def _started(installation: Installation, module: str, command: str) -> Iterator[int]:
    config = str(installation.folder / "config.toml")
    with (installation.folder / f"{command}.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", module, "--config", config, command],
            cwd=_ROOT,
            env=environment(),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            yield process.pid
        finally:
            process.terminate()
            process.wait(30)


class Prober:
    """Looks for sampled entries in the JSON API from the moment their feed was answered."""

    def __init__(self, port: int, publisher: DayPublisher) -> None:
        self._port = port
        self._publisher = publisher
        self._waiting: dict[str, tuple[int, float]] = {}
        self._known = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.seen_after_s: list[float] = []

    def __enter__(self) -> Prober:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def missing(self) -> int:
        """How many sampled entries were not seen yet."""
        return len(self._waiting)

    def _watch(self) -> None:
        site = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        while not self._stop.wait(_PROBE_EVERY_S):
            for feed, guid, at in self._publisher.samples(self._known):
                self._known += 1
                self._waiting[guid] = feed, at
            for feed in {feed for feed, _at in self._waiting.values()}:
                self._look(site, feed)
        site.close()

    def _look(self, site: http.client.HTTPConnection, feed: int) -> None:
        try:
            site.request("GET", f"/api/v1/entries?source=source-{feed}&limit=30")
            listed = json.loads(site.getresponse().read())
        except (OSError, http.client.HTTPException):
            site.close()  # the next request connects again
            return
        now = time.time()
        for entry in listed.get("entries", ()):
            found = self._waiting.pop(entry["guid"], None)
            if found is not None:
                self.seen_after_s.append(now - found[1])

"""Web servers under Marsad's application while the poller is busy: how long do readers wait?

    python -m benchmarks.web_servers
    python -m benchmarks.web_servers --only waitress --pause 100 --repeat 5

A SQLite database of 20,000 entries; a poller that polls 60 feeds of 30 entries as often as it
can, each of which has changed every time; the servers in turn, each in processes of its own, asked
by keep-alive clients in yet another process. Those that Marsad does not use itself must be
installed by hand: `pip install gunicorn granian waitress`.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from statistics import mean, median, quantiles
from tempfile import TemporaryDirectory

import click
from rich.console import Console
from rich.table import Table

from aggregator.storage.engine import Database
from benchmarks import processes, web_entries
from benchmarks.feeds import CHANGED_EVERY, Round
from benchmarks.measure import BenchmarkError
from benchmarks.processes import tree_cpu_s
from benchmarks.publishing import PublisherProcess, run_publisher
from benchmarks.systems import environment
from benchmarks.web_candidates import CANDIDATES, Candidate
from benchmarks.web_load import Tally
from benchmarks.web_ports import free_port, is_responding

_ROOT = Path(__file__).resolve().parent.parent
_FEEDS = 60
_WARM_UP_S = 2.0
_QUIET = {"MARSAD_LOG": "ERROR"}


@dataclass(frozen=True)
class Load:
    """The load on the servers."""

    clients: int
    seconds: float
    pause_ms: float


@dataclass(frozen=True)
class Result:
    """One measurement of one server. Times in ms, memory in bytes, poller in CPU s per s."""

    server: str
    requests_per_s: float
    p50: float
    p99: float
    worst: float
    cpu_ms: float
    rss: int
    processes: int
    errors: int
    poller: float
    by_kind: dict[str, tuple[float, float]]


@dataclass(frozen=True)
class Bench:
    """A filled database, its configuration, and a busy poller."""

    config: Path
    paths: Sequence[str]
    poller: int

    def measure(self, candidate: Candidate, load: Load) -> Result:
        """Start the server, measure it, stop it."""
        with self.serving(candidate) as (pid, port):
            self._ask(port, Load(load.clients, _WARM_UP_S, 0))
            poller_s, server_s = tree_cpu_s([self.poller]), tree_cpu_s([pid])
            tally = self._ask(port, load)
            server_s, poller_s = tree_cpu_s([pid]) - server_s, tree_cpu_s([self.poller]) - poller_s
            tree = [process.pid for process in processes.tree(pid)]
            rss = processes.memory(tree).rss
        latencies = sorted(ms for _kind, ms in tally.latencies)
        if len(latencies) < 2:
            raise BenchmarkError(f"{candidate.name} did not answer: {tally.errors}")
        return Result(
            server=candidate.name,
            requests_per_s=len(latencies) / load.seconds,
            p50=median(latencies),
            p99=_p99(latencies),
            worst=latencies[-1],
            cpu_ms=server_s * 1000 / len(latencies),
            rss=rss,
            processes=len(tree),
            errors=tally.errors.total(),
            poller=poller_s / load.seconds,
            by_kind=_by_kind(tally.latencies),
        )

    @contextmanager
    def serving(self, candidate: Candidate) -> Iterator[tuple[int, int]]:
        """A running server: its process id and port."""
        port = free_port()
        module = [sys.executable, "-m", "benchmarks.web_candidates"]
        with _running([*module, candidate.name, str(self.config), str(port)]) as process:
            deadline = time.monotonic() + 30
            while not is_responding(port):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise BenchmarkError(f"{candidate.name} did not start")
                time.sleep(0.1)
            yield process.pid, port

    def _ask(self, port: int, load: Load) -> Tally:
        options = {"port": port, "clients": load.clients, "seconds": load.seconds}
        arguments = [f"--{name}={value}" for name, value in options.items()]
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.web_load", *arguments, f"--pause={load.pause_ms}"],
            cwd=_ROOT,
            input="\n".join(self.paths),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return Tally.parse(done.stdout)


def _p99(values: Sequence[float]) -> float:
    return quantiles(values, n=100, method="inclusive")[98] if len(values) > 1 else values[0]


def _by_kind(latencies: Sequence[tuple[str, float]]) -> dict[str, tuple[float, float]]:
    """(p50, p99) of each kind of page."""
    kinds = sorted({kind for kind, _ms in latencies})
    grouped = {kind: [ms for other, ms in latencies if other == kind] for kind in kinds}
    return {kind: (median(values), _p99(values)) for kind, values in grouped.items()}


@contextmanager
def bench(entries: int, *, polling: bool = True) -> Iterator[Bench]:
    """Publisher, database and poller while the block runs."""
    with TemporaryDirectory(prefix="marsad-benchmark-") as name, _publisher() as publishing:
        folder = Path(name)
        url = f"sqlite:///{folder / 'marsad.db'}"
        config = folder / "config.toml"
        feeds = _changing(publishing)
        config.write_text(web_entries.config(url, free_port(), feeds, interval="1s"), "utf-8")
        poll = [sys.executable, "-m", "aggregator", "--config", str(config), "poll"]
        subprocess.run(
            [*poll, "--once"], cwd=_ROOT, env=environment(), stderr=subprocess.DEVNULL, check=True
        )
        database = Database(url)
        paths = list(web_entries.paths(web_entries.fill(database, entries)))
        database.close()
        if not polling:
            yield Bench(config, paths, 0)
            return
        with _running(poll) as poller, _turning(publishing):
            yield Bench(config, paths, poller.pid)


@contextmanager
def _publisher() -> Iterator[PublisherProcess]:
    with run_publisher(_FEEDS * CHANGED_EVERY, 30, 1, (20, 100)) as publishing:
        yield publishing


def _changing(publishing: PublisherProcess) -> list[str]:
    """The addresses of the feeds that change from round to round."""
    return publishing.addresses(publishing.feeds)[CHANGED_EVERY - 1 :: CHANGED_EVERY]


@contextmanager
def _turning(publishing: PublisherProcess) -> Iterator[None]:
    """Once every feed was requested, change all: three more entries and an edit, or back."""
    stop = threading.Event()
    rounds: Iterator[Round] = cycle(("changed", "first"))

    def turn() -> None:
        while not stop.wait(0.1):
            asked = publishing.answers()
            if asked.get("200", 0) + asked.get("304", 0) >= _FEEDS:
                publishing.set_round(next(rounds))

    thread = threading.Thread(target=turn)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@contextmanager
def _running(arguments: Sequence[str]) -> Iterator["subprocess.Popen[bytes]"]:
    """A process without a log, ended with SIGTERM."""
    process = subprocess.Popen(
        arguments,
        cwd=_ROOT,
        env={**environment(), **_QUIET},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def table(results: Sequence[Result], heading: str) -> Table:
    """The median of each server's measurements; worst and errors over all of them."""
    shown = Table(title=heading, title_justify="left")
    shown.add_column("Server")
    titles = ("req/s", "p50 ms", "p99 ms", "max ms", "CPU ms/req", "RSS MB", "processes")
    for title in (*titles, "errors", "poller CPU"):
        shown.add_column(title, justify="right")
    for server in dict.fromkeys(result.server for result in results):
        own = [result for result in results if result.server == server]
        shown.add_row(
            server,
            _middle(own, lambda r: r.requests_per_s, 1),
            _middle(own, lambda r: r.p50, 1),
            _middle(own, lambda r: r.p99, 1),
            f"{max(result.worst for result in own):.0f}",
            _middle(own, lambda r: r.cpu_ms, 2),
            f"{max(result.rss for result in own) / 1e6:.0f}",
            str(own[0].processes),
            str(sum(result.errors for result in own)),
            f"{mean(result.poller for result in own):.2f}",
        )
    return shown


def _middle(results: Sequence[Result], figure: Callable[[Result], float], digits: int) -> str:
    values = sorted(map(figure, results))
    middle = f"{median(values):.{digits}f}"
    if len(values) == 1:
        return middle
    return f"{middle} [{values[0]:.{digits}f}–{values[-1]:.{digits}f}]"


def _chosen(only: Sequence[str]) -> list[Candidate]:
    wanted = [c for c in CANDIDATES if not only or any(word in c.name for word in only)]
    missing = {c.package for c in wanted if not c.is_installed()}
    if missing:
        click.echo(f"not installed and left out: {', '.join(sorted(missing))}", err=True)
    return [candidate for candidate in wanted if candidate.is_installed()]


@click.command()
@click.option("--seconds", type=float, default=20, show_default=True)
@click.option("--clients", type=click.IntRange(min=1), default=8, show_default=True)
@click.option("--pause", type=float, default=0, help="Mean wait of a client; ms.")
@click.option("--entries", type=click.IntRange(min=100), default=20_000, show_default=True)
@click.option("--repeat", type=click.IntRange(min=1), default=3, show_default=True)
@click.option("--only", multiple=True, metavar="WORD", help="Servers with WORD in their name.")
@click.option("--json", "file", type=click.Path(path_type=Path), help="Write all figures there.")
def main(
    seconds: float,
    clients: int,
    pause: float,
    entries: int,
    repeat: int,
    only: tuple[str, ...],
    file: Path | None,
) -> None:
    """Compare web servers while the poller is busy."""
    candidates = _chosen(only)
    load = Load(clients, seconds, pause)
    results: list[Result] = []
    tell = Console(stderr=True, highlight=False)
    with bench(entries) as filled:
        for turn in range(repeat):
            start = turn * len(candidates) // repeat
            for candidate in candidates[start:] + candidates[:start]:
                result = filled.measure(candidate, load)
                results.append(result)
                tell.print(
                    f"{turn + 1}/{repeat} {candidate.describe()}: "
                    f"p99 {result.p99:.0f} ms, {result.requests_per_s:.0f} requests/s"
                )
    if file:
        file.write_text(json.dumps([vars(result) for result in results], indent=1), "utf-8")
    heading = f"{clients} clients, pause {pause:g} ms, {entries} entries, {seconds:g} s x {repeat}"
    Console(width=160).print(table(results, heading))


if __name__ == "__main__":
    main()

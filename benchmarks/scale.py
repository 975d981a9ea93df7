"""What more processes on one PostgreSQL give, and what is left of it when they are killed.

    python -m benchmarks.scale                                   two minutes, 200 feeds
    python -m benchmarks.scale --feeds 5000 --entries 1000000 --clients 8 --clients 64 --seconds 60

Starts PostgreSQL (a server of its own) and a publisher that knows what it has published. Then, in
turn: 1, 2 and 4 pollers; 1, 2 and 4 web processes behind one port, asked by keep-alive clients; and
both, while pollers, web processes, connections to the database and PostgreSQL itself are killed. At
the end every published item must be stored once. Ends with status 1 if anything was lost, doubled,
polled by two at once, or answered with an error once a fault was over.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

import click
import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.measure import BenchmarkError
from benchmarks.processes import tree_cpu_s
from benchmarks.scale_installation import (
    Installation,
    Scale,
    installation,
    start_clients,
    wait_for,
)
from benchmarks.web_load import Tally

# Between a fault and the next.
_FAULT_GAP_S = 6.0
# What a request may fail with during the faults: it was in flight, or came before reconnecting.
_PAUSE_S = 3.0
# After each fault, clients ask for as long.
_CHECK_S = 3.0


@dataclass(frozen=True)
class Polling:
    """What some pollers did: per second, and CPU ms of a poll."""

    pollers: int
    polls_per_s: float
    cpu_ms: float
    overlapping: int
    longest_gap_s: float
    unpolled: int


def measure_pollers(site: Installation, pollers: int, seconds: float) -> Polling:
    """Poll with so many processes for a while."""
    processes = [site.start("poll") for _ in range(pollers)]
    site.ask_publisher("/begin", "POST")
    wait_for(lambda: site.ask_publisher("/report")["polls"] > site.scale.feeds, "the first polls")
    site.ask_publisher("/begin", "POST")
    before = tree_cpu_s([each.pid for each in processes])
    began = time.monotonic()
    time.sleep(seconds)
    lasted = time.monotonic() - began
    cpu_s = tree_cpu_s([each.pid for each in processes]) - before
    report = site.ask_publisher("/report")
    site.stop(*processes)
    return Polling(
        pollers=pollers,
        polls_per_s=report["polls"] / lasted,
        cpu_ms=1000 * cpu_s / max(1, report["polls"]),
        overlapping=report["overlapping"],
        longest_gap_s=max(report["gaps"], default=0.0),
        unpolled=report["unpolled"],
    )


@dataclass(frozen=True)
class Serving:
    """What some web processes answered; times in ms."""

    workers: int
    clients: int
    requests_per_s: float
    p50: float
    p99: float
    errors: int


def measure_web(site: Installation, workers: int, clients: int, seconds: float) -> Serving:
    """Ask so many processes for pages for a while."""
    process, port = site.start_web(workers)
    start_clients(port, clients, 3)()  # what each loads with its first pages is not counted
    tally = start_clients(port, clients, seconds)()
    site.stop(process)
    times = sorted(ms for _, ms in tally.latencies) or [0.0, 0.0]
    return Serving(
        workers=workers,
        clients=clients,
        requests_per_s=len(tally.latencies) / seconds,
        p50=median(times),
        p99=quantiles(times, n=100)[98] if len(times) > 1 else times[0],
        errors=tally.errors.total(),
    )


@dataclass(frozen=True)
class Fault:
    """A fault, and what clients saw once it should have been over."""

    name: str
    answered: int
    errors: dict[str, int]


def break_things(site: Installation) -> tuple[list[Fault], float]:
    """Break one thing after the other beside two pollers and two web processes.

    The faults, and the longest time for which a feed was not polled.
    """
    pollers = [site.start("poll") for _ in range(2)]
    web, port = site.start_web(2)
    site.ask_publisher("/begin", "POST")
    faults = {
        "kill -9 a poller": lambda: _replace_poller(site, pollers),
        "kill -9 a web process": lambda: _kill_worker(web.pid),
        "cut all connections": site.proxy.cut,
        "crash PostgreSQL": site.restart_postgresql,
    }
    seen = [_try_fault(name, fault, port) for name, fault in faults.items()]
    time.sleep(_FAULT_GAP_S)
    gaps = site.ask_publisher("/report")["gaps"]
    site.stop(web, *pollers)
    return seen, max(gaps, default=0.0)


def _try_fault(name: str, fault: Callable[[], object], port: int) -> Fault:
    during = start_clients(port, 4, _PAUSE_S)
    time.sleep(_PAUSE_S / 3)
    fault()
    during()  # may fail: in flight
    tally: Tally = start_clients(port, 4, _CHECK_S)()
    return Fault(name, len(tally.latencies), dict(tally.errors))


def _replace_poller(site: Installation, pollers: list["subprocess.Popen[bytes]"]) -> None:
    victim = pollers.pop(0)
    os.killpg(victim.pid, signal.SIGKILL)
    victim.wait()
    pollers.append(site.start("poll"))


def _kill_worker(supervisor: int) -> None:
    workers = psutil.Process(supervisor).children()
    workers[0].kill()


def check_entries(site: Installation) -> tuple[int, int, int]:
    """Published, stored and different items, once everything published has been polled."""
    site.ask_publisher("/freeze", "POST")
    site.ask_publisher("/begin", "POST")
    poller = site.start("poll")
    wait_for(lambda: site.ask_publisher("/report")["unpolled"] == 0, "a poll of every feed")
    published = site.ask_publisher("/report")["published"]
    with suppress(BenchmarkError):  # what is missing is told below
        wait_for(lambda: site.stored()[1] >= published, "what was published", 60)
    site.stop(poller)
    return published, *site.stored()


def polling_table(results: Sequence[Polling], due_per_s: float) -> Table:
    """A line for each number of pollers."""
    table = Table(title=f"Polling; {due_per_s:.0f} polls/s are due")
    for name in ("pollers", "polls/s", "CPU ms/poll", "two at once", "longest gap s", "unpolled"):
        table.add_column(name, justify="right")
    for each in results:
        table.add_row(
            str(each.pollers), f"{each.polls_per_s:.0f}", f"{each.cpu_ms:.1f}",
            str(each.overlapping), f"{each.longest_gap_s:.1f}", str(each.unpolled),
        )  # fmt: skip
    return table


def serving_table(results: Sequence[Serving]) -> Table:
    """A line for each number of processes and clients."""
    table = Table(title="Pages of visitors")
    for name in ("web processes", "clients", "requests/s", "p50 ms", "p99 ms", "errors"):
        table.add_column(name, justify="right")
    for each in results:
        table.add_row(
            str(each.workers), str(each.clients), f"{each.requests_per_s:.0f}",
            f"{each.p50:.0f}", f"{each.p99:.0f}", str(each.errors),
        )  # fmt: skip
    return table


def fault_table(faults: Sequence[Fault]) -> Table:
    """A line for each fault."""
    table = Table(title=f"Faults; what clients saw from {_PAUSE_S:g} s after each")
    for name in ("fault", "answered", "errors"):
        table.add_column(name, justify="left" if name == "fault" else "right")
    for each in faults:
        errors = ", ".join(f"{count} {kind}" for kind, count in each.errors.items())
        table.add_row(each.name, str(each.answered), errors or "0")
    return table


@click.command()
@click.option("--feeds", type=click.IntRange(min=1), default=200, show_default=True)
@click.option("--entries", type=int, default=20_000, show_default=True, help="Stored before.")
@click.option("--interval", type=int, default=1, show_default=True, help="Between polls; s.")
@click.option("--calm", type=int, default=10, show_default=True, help="The same during faults.")
@click.option("--every", type=float, default=10, show_default=True, help="Between items; s.")
@click.option("--pollers", type=int, multiple=True, default=(1, 2, 4), show_default=True)
@click.option("--workers", type=int, multiple=True, default=(1, 2, 4), show_default=True)
@click.option("--clients", type=int, multiple=True, default=(8,), show_default=True)
@click.option("--seconds", type=float, default=8, show_default=True, help="For each measurement.")
def main(
    feeds: int,
    entries: int,
    interval: int,
    calm: int,
    every: float,
    pollers: Sequence[int],
    workers: Sequence[int],
    clients: Sequence[int],
    seconds: float,
) -> None:
    """Measure throughput by number of processes, then survive faults."""
    scale, console = Scale(feeds, entries, interval, every), Console(width=100)
    with TemporaryDirectory(prefix="marsad-scale-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL may run as another user
        with installation(Path(folder), scale) as site:
            polled = [measure_pollers(site, count, seconds) for count in pollers]
            console.print(polling_table(polled, feeds / interval))
            served = [
                measure_web(site, count, many, seconds) for count in workers for many in clients
            ]
            console.print(serving_table(served))
            site.scale = replace(scale, interval_s=calm)
            faults, gap = break_things(site)
            console.print(fault_table(faults))
            published, stored, different = check_entries(site)
    console.print(
        f"Longest time without a poll of a feed, all faults: {gap:.1f} s"
        f" (twice its interval: {2 * calm} s)"
    )
    console.print(f"Published {published}, stored {stored}, different {different}")
    overlapping = sum(each.overlapping for each in polled)
    failed = [fault for fault in faults if fault.errors or not fault.answered]
    whole = published == stored == different
    sound = whole and not overlapping and not failed and gap <= 2 * calm
    sys.exit(0 if sound else 1)


if __name__ == "__main__":
    main()

"""What more processes on one PostgreSQL give, and what is left of it when they are killed.

    python -m benchmarks.scale                                   two minutes, 200 feeds
    python -m benchmarks.scale --feeds 5000 --entries 1000000 --clients 8 --clients 64 --calm 60
    python -m benchmarks.scale --pgbouncer /usr/sbin/pgbouncer   PgBouncer in transaction mode

Starts PostgreSQL (a server of its own) and a publisher that knows what it has published. Then, in
turn: 1, 2 and 4 pollers; 1, 2 and 4 web processes behind one port, asked by keep-alive clients; and
both, with a streaming standby that visitors read from, while pollers, web processes, connections to
the database, PostgreSQL and the standby are killed, and the standby takes over in the end. Every
published item must then be stored once. Prints what has passed; ends with status 1 if anything was
lost, doubled, polled by two at once, not polled within twice its interval, or answered with an
error once a fault was over.

`--data FOLDER` keeps the filled database for the next run.
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
    Place,
    Scale,
    installation,
    start_clients,
    wait_for,
)
from benchmarks.standby import standby
from benchmarks.web_load import Tally

# After the last fault, at least.
_FAULT_GAP_S = 6.0
# Intervals between polls for which the pollers are watched at least.
_WATCHED_INTERVALS = 2.5
# What a request may fail with during the faults: it was in flight, or came before reconnecting.
_PAUSE_S = 3.0
# What the first polls of all feeds, or the latest items of all, may take.
_POLLED_S = 600.0
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
    wait_for(
        lambda: site.ask_publisher("/report")["polls"] > site.scale.feeds, "first polls", _POLLED_S
    )
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


@dataclass(frozen=True)
class Broken:
    """The faults, and what the publisher saw of the pollers meanwhile."""

    faults: list[Fault]
    longest_gap_s: float
    unpolled: int
    overlapping: int


def break_things(site: Installation) -> Broken:
    """Break one thing after the other beside two pollers and two web processes.

    In the end the standby has taken over.
    """
    pollers = [site.start("poll") for _ in range(2)]
    web, port = site.start_web(2)
    site.ask_publisher("/begin", "POST")
    wait_for(lambda: site.ask_publisher("/report")["unpolled"] == 0, "a poll of each", _POLLED_S)
    site.ask_publisher("/begin", "POST")
    began = time.monotonic()
    faults = {
        "kill -9 a poller": lambda: _replace_poller(site, pollers),
        "kill -9 a web process": lambda: _kill_worker(web.pid),
        "cut all connections": site.proxy.cut,
        "crash PostgreSQL": site.restart_postgresql,
        "crash the standby": site.restart_standby,
        "fail over to the standby": site.fail_over,
    }
    seen = [_try_fault(name, fault, port) for name, fault in faults.items()]
    lasted = time.monotonic() - began
    # A feed that is not polled any more would show only now.
    time.sleep(max(_FAULT_GAP_S, _WATCHED_INTERVALS * site.scale.interval_s - lasted))
    report = site.ask_publisher("/report")
    site.stop(web, *pollers)
    gap = max(report["gaps"], default=0.0)
    return Broken(seen, gap, report["unpolled"], report["overlapping"])


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
    wait_for(lambda: site.ask_publisher("/report")["unpolled"] == 0, "a poll of each", _POLLED_S)
    published = site.ask_publisher("/report")["published"]
    with suppress(BenchmarkError):  # what is missing is told below
        wait_for(lambda: site.stored()[1] >= published, "what was published", _POLLED_S)
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


def verdicts(
    polled: Sequence[Polling], broken: Broken, entries: tuple[int, int, int], calm: int
) -> dict[str, bool]:
    """What was to be shown, and whether it was."""
    published, stored, different = entries
    overlapping = sum(each.overlapping for each in polled) + broken.overlapping
    failed = [fault for fault in broken.faults if fault.errors or not fault.answered]
    return {
        f"no feed was polled by two at once ({overlapping} were)": overlapping == 0,
        f"each feed was polled within twice its interval, during faults"
        f" ({broken.longest_gap_s:.1f} of {2 * calm} s; {broken.unpolled} not at all)": (
            broken.longest_gap_s <= 2 * calm and not broken.unpolled
        ),
        f"no request failed once a fault was over ({len(failed)} faults)": not failed,
        f"no entry was lost ({published} published, {different} stored)": different == published,
        f"no entry was stored twice ({stored} rows)": stored == different,
    }


@click.command()
@click.option("--feeds", type=click.IntRange(min=1), default=200, show_default=True)
@click.option("--entries", type=int, default=20_000, show_default=True, help="Stored before.")
@click.option("--interval", type=int, default=1, show_default=True, help="Between polls; s.")
@click.option("--calm", type=int, default=20, show_default=True, help="The same during faults.")
@click.option("--every", type=float, default=10, show_default=True, help="Between items; s.")
@click.option("--pollers", type=int, multiple=True, default=(1, 2, 4), show_default=True)
@click.option("--workers", type=int, multiple=True, default=(1, 2, 4), show_default=True)
@click.option("--clients", type=int, multiple=True, default=(8,), show_default=True)
@click.option("--seconds", type=float, default=8, show_default=True, help="For each measurement.")
@click.option("--data", type=click.Path(path_type=Path), help="Folder for PostgreSQL's data.")
@click.option("--pgbouncer", default="", help="Program to put before PostgreSQL.")
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
    data: Path | None,
    pgbouncer: str,
) -> None:
    """Measure throughput by number of processes, then survive faults."""
    scale, console = Scale(feeds, entries, interval, every), Console(width=100)
    with TemporaryDirectory(prefix="marsad-scale-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL may run as another user
        with installation(Place(Path(folder), data, pgbouncer), scale) as site:
            polled = [measure_pollers(site, count, seconds) for count in pollers]
            console.print(polling_table(polled, feeds / interval))
            served = [
                measure_web(site, count, many, seconds) for count in workers for many in clients
            ]
            console.print(serving_table(served))
            site.scale = replace(scale, interval_s=calm)
            with standby(site.pgdata) as copy:
                site.follow(copy)
                broken = break_things(site)
                console.print(fault_table(broken.faults))
                shown = verdicts(polled, broken, check_entries(site), calm)
    for what, passed in shown.items():
        console.print(f"{'PASS' if passed else 'FAIL'}  {what}", markup=False)
    sys.exit(0 if all(shown.values()) else 1)


if __name__ == "__main__":
    main()

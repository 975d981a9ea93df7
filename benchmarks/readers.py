"""How long readers of a large newsroom wait, and what they cost.

    python -m benchmarks.readers
    python -m benchmarks.readers --database postgresql --keep /var/tmp/marsad-readers

See README.md in this folder.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

import click
from rich.console import Console
from rich.table import Table

from benchmarks.measure import BenchmarkError
from benchmarks.processes import is_supported, tree_cpu_s
from benchmarks.readers_pages import EXTREMES, MINE, PAGES, Page, People, people, person, requests
from benchmarks.readers_rows import Size
from benchmarks.readers_site import Site, polling, running
from benchmarks.web_load import HttpRequest, Tally

_ROOT = Path(__file__).resolve().parent.parent
_WARM_UP_S = 1.0
MAX_CPU_MS = 8.0
# Maximum p99 with eight clients beside a running poll.
MAX_P99_MS = 50.0


@dataclass(frozen=True)
class Load:
    """How a page is requested."""

    clients: int
    seconds: float
    pause_ms: float
    polled: bool = False


@dataclass(frozen=True)
class Result:
    """One page under one load. Times in ms; CPU of the web server and of the database's own."""

    page: str
    load: Load
    p50: float
    p99: float
    cpu_ms: float
    database_ms: float
    per_s: float
    size: float
    errors: int

    def misses_target(self) -> bool:
        """Whether this is worse than the project's target."""
        slow = self.load.polled and self.load.clients >= 8 and self.p99 >= MAX_P99_MS
        return slow or self.cpu_ms + self.database_ms > MAX_CPU_MS or bool(self.errors)


def measure(site: Site, name: str, asks: Iterable[HttpRequest], load: Load) -> Result:
    """Request a page of the running site repeatedly."""
    lines = "\n".join(ask.line() for ask in asks)
    _ask(site.port, lines, load, _WARM_UP_S)
    web, database = tree_cpu_s([site.web]), tree_cpu_s(site.database)
    tally = _ask(site.port, lines, load, load.seconds)
    web, database = tree_cpu_s([site.web]) - web, tree_cpu_s(site.database) - database
    times = [ms for _kind, ms in tally.latencies]
    if len(times) < 2:
        raise BenchmarkError(f"{name}: no answers, {dict(tally.errors)}")
    return Result(
        page=name,
        load=load,
        p50=median(times),
        p99=quantiles(times, n=100, method="inclusive")[98],
        cpu_ms=web * 1000 / len(times),
        database_ms=0.0 if load.polled else database * 1000 / len(times),  # the poller's too
        per_s=len(times) / load.seconds,
        size=tally.received / len(times),
        errors=tally.errors.total(),
    )


def _ask(port: int, lines: str, load: Load, seconds: float) -> Tally:
    options = {"port": port, "clients": load.clients, "seconds": seconds, "pause": load.pause_ms}
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "benchmarks.web_load",
            *(f"--{name}={value}" for name, value in options.items()),
        ],
        cwd=_ROOT,
        input=lines,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return Tally.parse(done.stdout)


# --- what is measured ------------------------------------------------------------------------


@dataclass(frozen=True)
class Bench:
    """A running site with its readers."""

    site: Site
    people: People
    tell: Callable[[Result], None]

    def pages(self, pages: Sequence[Page], load: Load) -> list[Result]:
        """Every page, one after the other."""
        return [self._page(page, self.people, load) for page in pages]

    def extremes(self, load: Load) -> list[Result]:
        """Extreme readers, each alone."""
        return [
            self._page(
                page, {"reader": [person(self.site.port, number)]}, load, f"{page.name}: {who}"
            )
            for number, who in EXTREMES.items()
            for page in MINE
        ]

    def _page(self, page: Page, who: People, load: Load, name: str | None = None) -> Result:
        asks = requests(page, who[page.role], self.site.samples)
        result = measure(self.site, name or page.name, asks, load)
        self.tell(result)
        return result


@dataclass(frozen=True)
class Plan:
    """Which pages are measured, and how."""

    pages: Sequence[Page]
    seconds: float
    pause_ms: float
    alone: bool
    """Whether only one client requests, and only each page."""


def _measured(kind: str, folder: Path, size: Size, plan: Plan, tell: Console) -> list[Result]:
    def say(result: Result) -> None:
        polled = ", polled" if result.load.polled else ""
        tell.print(
            f"{kind}: {result.page}, {result.load.clients} clients{polled}:"
            f" {result.cpu_ms + result.database_ms:.1f} ms of CPU, p99 {result.p99:.0f} ms"
        )

    with running(kind, folder, size) as site:
        bench = Bench(site, people(site.port, size), say)
        one, eight = Load(1, plan.seconds, 0), Load(8, plan.seconds, plan.pause_ms)
        results = bench.pages(plan.pages, one)
        if plan.alone:
            return results
        results += bench.pages(plan.pages, eight)
        with polling(site):
            results += bench.pages(plan.pages, replace(eight, polled=True))
        return results + bench.extremes(one)


def table(results: Sequence[Result], heading: str) -> Table:
    """The report; figures that miss a target are red."""
    shown = Table(title=heading, title_justify="left")
    shown.add_column("page")
    titles = ("clients", "p50 ms", "p99 ms", "CPU ms", "database ms", "pages/s", "kB", "errors")
    for title in titles:
        shown.add_column(title, justify="right")
    before = results[0].load
    for each in results:
        if each.load != before:
            shown.add_section()
        before = each.load
        cells = (
            f"{each.load.clients}{' + poll' if each.load.polled else ''}",
            f"{each.p50:.1f}",
            f"{each.p99:.1f}",
            f"{each.cpu_ms:.1f}",
            f"{each.database_ms:.1f}" if each.database_ms else "",
            f"{each.per_s:.0f}",
            f"{each.size / 1000:.1f}",
            str(each.errors or ""),
        )
        shown.add_row(each.page, *cells, style="red" if each.misses_target() else None)
    return shown


@click.command()
@click.option("--database", "kinds", multiple=True, help="sqlite or postgresql; default: both.")
@click.option("--entries", default=1_000_000, show_default=True)
@click.option("--sources", default=200, show_default=True)
@click.option("--readers", default=1000, show_default=True)
@click.option("--seconds", default=5.0, show_default=True, help="For each figure.")
@click.option(
    "--pause", default=300.0, show_default=True, help="Mean wait of each of 8 clients; ms."
)
@click.option("--keep", type=click.Path(path_type=Path), help="Folder of databases to keep.")
@click.option("--page", "parts", multiple=True, help="Only pages with this in their names.")
@click.option("--alone", is_flag=True, help="One client only, without the poller.")
def main(
    kinds: tuple[str, ...],
    entries: int,
    sources: int,
    readers: int,
    seconds: float,
    pause: float,
    keep: Path | None,
    parts: tuple[str, ...],
    alone: bool,
) -> None:
    """Read a large newsroom, and print what it took."""
    if not is_supported():
        raise click.ClickException("This benchmark reads /proc: it needs Linux.")
    size = Size(entries, sources, readers, 1)
    chosen = [page for page in PAGES if not parts or any(part in page.name for part in parts)]
    plan = Plan(chosen, seconds, pause, alone)
    tell = Console(stderr=True, highlight=False)
    with ExitStack() as stack:
        folder = keep or Path(stack.enter_context(TemporaryDirectory(prefix="marsad-benchmark-")))
        folder.mkdir(parents=True, exist_ok=True)
        for kind in kinds or ("sqlite", "postgresql"):
            load = os.getloadavg()[0]
            try:
                results = _measured(kind, folder, size, plan, tell)
            except BenchmarkError as error:
                raise click.ClickException(str(error)) from error
            heading = (
                f"{kind}: {entries:,} entries, {sources} sources, {readers} readers;"
                f" {os.cpu_count()} CPUs, load {load:.1f} before"
            )
            Console(width=None if sys.stdout.isatty() else 120).print(table(results, heading))


if __name__ == "__main__":
    main()

"""The polling benchmark: what it costs to poll many feeds.

    python -m benchmarks.polling --peer reader --repeat 3

See README.md in this folder.
"""

import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.databases import server
from benchmarks.feeds import ROUNDS, Round
from benchmarks.measure import BenchmarkError
from benchmarks.processes import is_supported
from benchmarks.publishing import run_publisher
from benchmarks.report import as_json, tables
from benchmarks.series import Measurement, Series, validation_errors, with_median_startup
from benchmarks.system_marsad import Marsad
from benchmarks.system_reader import Reader, install_reader
from benchmarks.systems import System

_WIDTH_IN_A_FILE = 120
# Maximum load average of an idle machine.
_QUIET_LOAD = 0.7


@click.command()
@click.option("--feeds", type=click.IntRange(min=10), default=200, show_default=True)
@click.option("--entries", type=click.IntRange(min=10), default=30, show_default=True)
@click.option("--rounds", default=",".join(ROUNDS), show_default=True, help="A beginning of these.")
@click.option("--repeat", type=click.IntRange(min=1), default=1, show_default=True)
@click.option("--peer", type=click.Choice(["reader"]), help="Compare with it, taking turns.")
@click.option("--only", type=click.Choice(["marsad", "reader"]), help="Measure nothing else.")
@click.option(
    "--database",
    default="sqlite",
    show_default=True,
    help="Marsad's: sqlite, postgresql (a server started for the benchmark) or a server's URL.",
)
@click.option("--workers", default=64, show_default=True, help="Threads of the peer.")
@click.option("--peer-search", is_flag=True, help="Let the peer update its search index too.")
@click.option("--latency", type=(int, int), default=(50, 300), show_default=True, help="In ms.")
@click.option("--seed", default=1, show_default=True, help="Of texts and delays.")
@click.option("--timeout", default=900.0, show_default=True, help="For one poll of all feeds, s.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write all figures.")
def main(
    feeds: int,
    entries: int,
    rounds: str,
    repeat: int,
    peer: str | None,
    only: str | None,
    database: str,
    workers: int,
    peer_search: bool,
    latency: tuple[int, int],
    seed: int,
    timeout: float,
    json_file: Path | None,
) -> None:
    """Poll FEEDS feeds served on loopback and print what it cost."""
    if not is_supported():
        raise click.ClickException("This benchmark reads /proc/PID/smaps_rollup: it needs Linux.")
    chosen_rounds = _rounds(rounds)
    load = os.getloadavg()[0]
    console = Console(width=None if sys.stdout.isatty() else _WIDTH_IN_A_FILE)
    try:
        with ExitStack() as stack:
            systems: list[System] = []
            if only != "reader":
                systems.append(Marsad(stack.enter_context(server(database)), timeout))
            if peer == "reader" or only == "reader":
                install_reader()
                systems.append(Reader(workers, peer_search, timeout))
            heading = _heading(systems, feeds, entries, latency, load)
            publishing = stack.enter_context(run_publisher(feeds, entries, seed, latency))
            series = Series(publishing, systems, chosen_rounds, repeat)
            measurements = _measured(series)
    except BenchmarkError as error:
        raise click.ClickException(str(error)) from error
    console.print(tables(measurements, heading))
    if load > _QUIET_LOAD:
        console.print(
            f"The machine was busy before the start (load {load:.1f}): do not trust wall time"
            " and entries/s; CPU time holds within some 10 %.",
            style="yellow",
        )
    for fault in (fault for m in measurements for fault in validation_errors(m, entries)):
        console.print(f"Not the same work: {fault}", style="bold red")
    if json_file is not None:
        json_file.write_text(as_json(measurements, heading), encoding="utf-8")


def _rounds(text: str) -> Sequence[Round]:
    names = text.split(",")
    if not names or names != list(ROUNDS[: len(names)]):
        raise click.BadParameter(f"a beginning of {','.join(ROUNDS)}", param_hint="--rounds")
    return ROUNDS[: len(names)]


def _heading(
    systems: Sequence[System], feeds: int, entries: int, latency: tuple[int, int], load: float
) -> str:
    named = "; ".join(system.describe() for system in systems)
    return (
        f"{feeds} feeds of {entries} entries, latency {latency[0]}–{latency[1]} ms."
        f" {named}. {os.cpu_count()} CPUs, load {load:.1f}"
    )


def _measured(series: Series) -> list[Measurement]:
    """Run the series with a progress bar, or a line per poll if there is no terminal."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    )  # fmt: skip
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=series.steps, completed=-1)

        def tell(what: str) -> None:
            progress.update(task, advance=1, description=what)
            if not console.is_terminal:
                console.print(what)

        measurements = with_median_startup(list(series.measurements(tell)))
        progress.update(task, advance=1, description="done")
    return measurements


if __name__ == "__main__":
    main()

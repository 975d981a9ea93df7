"""A newsroom's day through `marsad run`: CPU, memory, and how long an entry takes to the page.

    python -m benchmarks.day                        1,000 feeds, 20,000 new entries, in 5 minutes
    python -m benchmarks.day --peer reader          and lemon24/reader with its search
    python -m benchmarks.day --peer bare            and Marsad without search, stories and topics

See README.md in this folder.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmarks.day_plan import plan_day
from benchmarks.day_systems import DayOptions, DayResult, play_marsad, play_reader
from benchmarks.measure import BenchmarkError
from benchmarks.processes import is_supported
from benchmarks.system_reader import install_reader

_DAY_MINUTES = 1_440
_WIDTH_IN_A_FILE = 120
# Rounds of the peer if Marsad is not measured: one in forty minutes of the day.
_POLLS_A_FEED = 36.0


@click.command()
@click.option("--feeds", type=click.IntRange(min=10), default=1_000, show_default=True)
@click.option("--entries", type=click.IntRange(min=0), default=20_000, show_default=True)
@click.option("--backlog", type=click.IntRange(1, 30), default=10, show_default=True)
@click.option("--minutes", type=float, default=5.0, show_default=True, help="Of the day played.")
@click.option("--quiet", default=30.0, show_default=True, help="Seconds without news before it.")
@click.option("--pace", default=60.0, show_default=True, help="Seconds at the pace of a real day.")
@click.option("--seed", default=1, show_default=True)
@click.option("--peer", "peers", type=click.Choice(["reader", "bare"]), multiple=True)
@click.option("--only", type=click.Choice(["marsad", "reader", "bare"]), help="Nothing else.")
def main(
    feeds: int,
    entries: int,
    backlog: int,
    minutes: float,
    quiet: float,
    pace: float,
    seed: int,
    peers: tuple[str, ...],
    only: str | None,
) -> None:
    """Play a day of FEEDS feeds with ENTRIES new entries."""
    if not is_supported():
        raise click.ClickException("This benchmark reads /proc/PID/smaps_rollup: it needs Linux.")
    languages = [feed.language for feed in plan_day(seed, feeds, entries, backlog).feeds]
    factor = _DAY_MINUTES / minutes
    options = DayOptions(feeds, entries, backlog, factor, seed, quiet, pace, languages)
    console = Console(width=None if sys.stdout.isatty() else _WIDTH_IN_A_FILE)
    load = os.getloadavg()[0]
    chosen = [only] if only else ["marsad", *peers]
    try:
        results = _results(chosen, options)
    except BenchmarkError as error:
        raise click.ClickException(str(error)) from error
    title = (
        f"A day of {feeds:,} feeds and {entries:,} new entries in {minutes:g} minutes."
        f" {os.cpu_count()} CPUs, load {load:.1f}"
    )
    console.print(_table(results, title, entries))
    for result in results:
        console.print(Text(f"{result.system}: {_remarks(result)}"))


def _results(chosen: Sequence[str], options: DayOptions) -> list[DayResult]:
    results: list[DayResult] = []
    for name in chosen:
        if name == "reader":
            install_reader()
            polls = results[0].polls / options.feeds if results else _POLLS_A_FEED
            every_s = _DAY_MINUTES * 60 / options.factor / max(polls, 1)
            results.append(play_reader(options, every_s, _tell))
        else:
            results.append(play_marsad(options, _tell, bare=name == "bare"))
    return results


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def _table(results: Sequence[DayResult], title: str, entries: int) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for result in results:
        table.add_column(result.system, justify="right")
    for name, cells in _rows(results, entries):
        table.add_row(name, *cells)
    return table


def _rows(results: Sequence[DayResult], entries: int) -> list[tuple[str, list[str]]]:
    count = max(entries, 1)

    def row(name: str, cell: object) -> tuple[str, list[str]]:
        assert callable(cell)
        return name, [cell(result) for result in results]

    return [
        row("entries stored", lambda r: f"{r.stored:,}"),
        row("polls", lambda r: f"{r.polls:,}"),
        row("CPU of the day, s", lambda r: f"{r.total_s:.1f}"),
        row("  poller, s", lambda r: f"{_alone(r):.1f}"),
        row("  workers, s", lambda r: f"{r.cpu.get('workers', 0.0):.1f}"),
        row("CPU per poll with nothing new, ms", lambda r: f"{r.per_poll_s() * 1e3:.2f}"),
        row("CPU per new entry, ms", lambda r: f"{r.total_s / count * 1e3:.2f}"),
        row(
            "  less the polls, ms",
            lambda r: f"{(r.total_s - r.polls * r.per_poll_s()) / count * 1e3:.2f}",
        ),
        row("  less the polls and workers, ms", lambda r: f"{_unparsed_ms(r, count):.2f}"),
        row("publication -> poll, minutes of the day: p50, p99", lambda r: _wait(r)),
        row("answer -> page, real s: p50, p99", lambda r: _quantiles(r.seen_after_s, 2)),
        row("CPU per second at a day's pace, ms", _pace),
        row("memory at midnight, noon, the end, MB", _memory),
    ]


def _alone(result: DayResult) -> float:
    return result.total_s - result.cpu.get("workers", 0.0)


def _unparsed_ms(result: DayResult, count: int) -> float:
    spared = result.polls * result.per_poll_s() + result.cpu.get("workers", 0.0)
    return (result.total_s - spared) / count * 1e3


def _wait(result: DayResult) -> str:
    return _quantiles([waited / 60 for waited in result.waited_s], 0)


def _pace(result: DayResult) -> str:
    if result.pace_cpu_s is None:
        return "–"
    return f"{result.pace_cpu_s * 1e3:.2f} ({result.pace_polls:.2f} polls)"


def _memory(result: DayResult) -> str:
    chosen = [result.memory[index] for index in (0, 12, -1)]
    return ", ".join(f"{_without_web(pss) / 1e6:.0f}" for pss in chosen)


def _without_web(pss: Mapping[str, int]) -> int:
    return sum(size for role, size in pss.items() if role != "web")


def _quantiles(values: Sequence[float], digits: int) -> str:
    if not values:
        return "–"
    ordered = sorted(values)
    middle, last = (
        ordered[len(ordered) // 2],
        ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)],
    )
    return f"{middle:.{digits}f}, {last:.{digits}f}"


def _remarks(result: DayResult) -> str:
    hours = " ".join(f"{_without_web(pss) / 1e6:.0f}" for pss in result.memory)
    first = ", ".join(f"{role} {cpu:.1f}" for role, cpu in result.first_cpu.items())
    parts = [f"first poll {first} s of CPU", f"MB by the hour {hours}"]
    if "web" in result.cpu:
        parts.append(f"the site, requested by the benchmark, {result.cpu['web']:.1f} s")
    return "; ".join([*parts, *filter(None, [result.remark])])


if __name__ == "__main__":
    main()

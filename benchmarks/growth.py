"""Cost against size: the other benchmarks at 100,000 and 1,000,000 entries, in one table.

    python -m benchmarks.growth --keep /var/tmp/growth
    python -m benchmarks.growth --database postgresql --sizes 1000000,5000000 --keep /var/tmp/growth

Runs `benchmarks.readers` and `benchmarks.search` at each size and reads their tables: the CPU of
each page for one client at the median, of each kind of query at p99, in ms, PostgreSQL's included.
The exponent is 0 for what does not depend on the size and 1 for what grows with it, as a scan does.
Filling takes three minutes a million; `--keep` leaves the databases for the next run.
"""

from __future__ import annotations

import math
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from rich.console import Console
from rich.table import Table

from benchmarks.measure import BenchmarkError
from benchmarks.readers_site import database_in
from benchmarks.systems import environment

_ROOT = Path(__file__).resolve().parent.parent
# Between the cells of a printed table.
_BORDER = re.compile("[│┃|]")
_FIGURE = re.compile(r"\d[\d,]*(?:\.\d+)?")


@click.command()
@click.option("--sizes", default="100000,1000000", show_default=True, help="Entries.")
@click.option("--keep", type=click.Path(path_type=Path), help="Folder of the SQLite databases.")
@click.option("--database", "kind", default="sqlite", type=click.Choice(["sqlite", "postgresql"]))
def main(sizes: str, keep: Path | None, kind: str) -> None:
    """Print each figure at each size, and its growth."""
    numbers = [int(size) for size in sizes.split(",")]
    with TemporaryDirectory(prefix="marsad-growth-") as folder:
        try:
            figures = {
                size: _figures(kind, (keep or Path(folder)) / f"{kind}-{size}", size)
                for size in numbers
            }
        except BenchmarkError as error:
            raise click.ClickException(str(error)) from error
    Console(width=110).print(_table(figures))


def _figures(kind: str, folder: Path, size: int) -> dict[str, float]:
    folder.mkdir(parents=True, exist_ok=True)
    options = (f"--database={kind}", f"--entries={size}", f"--keep={folder}")
    printed = _run("benchmarks.readers", *options, "--seconds=2", "--alone")
    pages = read_column(printed, "CPU ms")
    for page, ms in read_column(printed, "database ms").items():
        pages[page] = round(pages[page] + ms, 1)
    with database_in(kind, folder) as (url, _):
        found = _run("benchmarks.search", f"--database={url}")
    return pages | read_column(found, "CPU p99")


def read_column(printed: str, title: str) -> dict[str, float]:
    """The figures below `title` in printed tables, by the words that begin their rows.

    The first row counts where several begin alike.
    """
    found: dict[str, float] = {}
    position: int | None = None
    for line in printed.splitlines():
        cells = [cell.strip() for cell in _BORDER.split(line)[1:-1]]
        if title in cells:
            position = cells.index(title)
        elif position is not None and position < len(cells):
            name = " ".join(cell for cell in cells[:position] if not _FIGURE.fullmatch(cell))
            if _FIGURE.fullmatch(cells[position]):
                found.setdefault(name, float(cells[position].replace(",", "")))
    return found


def _run(module: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=_ROOT,
        env={**environment(), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise BenchmarkError("\n".join([f"{module} failed.", *done.stderr.splitlines()[-8:]]))
    return done.stdout


def growth(small: float, large: float, times: float) -> float:
    """The exponent of the growth: 0 does not grow, 1 grows with the size."""
    return math.log(large / small) / math.log(times) if small > 0 and large > 0 else math.nan


def _table(figures: Mapping[int, Mapping[str, float]]) -> Table:
    sizes: Sequence[int] = sorted(figures)
    table = Table("Figure", *(f"{size:,}" for size in sizes), "exponent")
    first, last = sizes[0], sizes[-1]
    for name in figures[first]:
        cells = [figures[size].get(name, math.nan) for size in sizes]
        exponent = growth(cells[0], cells[-1], last / first) if last > first else math.nan
        table.add_row(name, *(f"{cell:g}" for cell in cells), f"{exponent:.2f}")
    return table


if __name__ == "__main__":
    main()

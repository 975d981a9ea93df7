"""How long it takes from an empty clone to the first page and the first news.

    python -m benchmarks.set_up                 with uv, if it is installed
    python -m benchmarks.set_up --with pip

Clones the committed state into a temporary folder, sets it up with its Makefile and starts
`marsad demo`, which does what `marsad run` does and needs no network for its news. Packages come
from the installer's cache if it has them: run it twice and count the second time.
"""

from __future__ import annotations

import http.client
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from rich.console import Console
from rich.table import Table

from benchmarks import processes
from benchmarks.measure import BenchmarkError, Command, Usage, run
from benchmarks.systems import environment
from benchmarks.web_ports import free_port, is_responding

_ROOT = Path(__file__).resolve().parent.parent
_TIMEOUT_S = 600.0
_LOOK_EVERY_S = 0.02


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its name, seconds by the clock, CPU seconds of all its processes."""

    name: str
    wall_s: float
    cpu_s: float


@click.command()
@click.option(
    "--with", "installer", type=click.Choice(["uv", "pip"]), help="Default: as make does."
)
def main(installer: str | None) -> None:
    """Set up a clone and print what each step took."""
    try:
        with TemporaryDirectory(prefix="marsad-set-up-") as folder:
            steps = _steps(Path(folder), installer)
    except BenchmarkError as error:
        raise click.ClickException(str(error)) from error
    table = Table("Step", title=f"From an empty clone, load {os.getloadavg()[0]:.1f}")
    for name in ("s", "s so far", "CPU s"):
        table.add_column(name, justify="right")
    passed_s = 0.0
    for step in steps:
        passed_s += step.wall_s
        table.add_row(step.name, *(f"{it:.1f}" for it in (step.wall_s, passed_s, step.cpu_s)))
    Console().print(table)


def _steps(folder: Path, installer: str | None) -> Sequence[Step]:
    clone = folder / "marsad"
    subprocess.run(["git", "clone", "--quiet", str(_ROOT), str(clone)], check=True)
    choice = {"pip": ["UV="], "uv": ["UV=uv"], None: []}[installer]
    made = [
        _made(clone, name, ["make", *choice, target])
        for name, target in (
            ("virtual environment", ".venv/bin/python"),
            ("packages", ".venv/installed"),
        )
    ]
    return [*made, *_started(clone)]


def _made(clone: Path, name: str, command: Sequence[str]) -> Step:
    usage: Usage = run(Command(command, environment(), clone, _TIMEOUT_S))
    return Step(name, usage.wall_s, usage.cpu_s)


def _started(clone: Path) -> Iterator[Step]:
    """Start the demo; the steps to the first page and to the first entry."""
    port = free_port()
    with _demo(clone, port) as pid:
        for name, has_come in (
            ("first page", lambda: is_responding(port)),
            ("first news", lambda: _has_news(port)),
        ):
            yield _waited(name, pid, has_come)


def _waited(name: str, pid: int, has_come: Callable[[], bool]) -> Step:
    started, before_s = time.monotonic(), processes.tree_cpu_s([pid])
    while not has_come():
        if time.monotonic() - started > _TIMEOUT_S:
            raise BenchmarkError(f"The demo has no {name}.")
        time.sleep(_LOOK_EVERY_S)
    return Step(name, time.monotonic() - started, processes.tree_cpu_s([pid]) - before_s)


@contextmanager
def _demo(clone: Path, port: int) -> Iterator[int]:
    process = subprocess.Popen(
        [str(clone / ".venv/bin/marsad"), "demo", f"--port={port}"],
        cwd=clone,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(30)


def _has_news(port: int) -> bool:
    """Whether the list of entries has one."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/api/v1/entries?limit=1")
        return b'"guid"' in connection.getresponse().read()
    finally:
        connection.close()


if __name__ == "__main__":
    main()

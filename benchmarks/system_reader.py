"""lemon24/reader in a virtual environment of its own, driven by its Python API."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import venvs
from benchmarks.measure import Command, Usage, run
from benchmarks.systems import environment

_ARGUMENTS = ("-P", str(Path(__file__).resolve().parent / "peer_reader.py"))
# The peer; -P: this folder's modules must not stand in for its own.
PEER = (venvs.python_of("reader"), *_ARGUMENTS)
# reader 3.26 carries a copy of feedparser that imports sgmllib. It used to come with feedparser,
# which no longer brings it as of 6.0.13.
_REQUIREMENTS = ("reader", "sgmllib3k")


@dataclass(frozen=True)
class Reader:
    """lemon24/reader with its defaults; `workers` threads get feeds at the same time."""

    workers: int
    search: bool
    timeout_s: float
    name: str = "reader"

    def describe(self) -> str:
        """Version and settings."""
        number = self._do("version").strip()
        search = ", search index" if self.search else ""
        return f"reader {number} on SQLite, {self.workers} workers{search}"

    def set_up(self, folder: Path, addresses: Sequence[str]) -> "ReaderPolls":
        """Add the feeds. This part of its work is not measured, in its favour."""
        database = str(folder / "reader.db")
        self._do("add", database, given="\n".join(addresses))
        search = ["--search"] if self.search else []
        arguments = [*PEER, "update", database, "--workers", str(self.workers), *search]
        command = Command(arguments, environment(), folder, self.timeout_s)
        return ReaderPolls(command, lambda: int(self._do("count", database)))

    def _do(self, *arguments: str, given: str = "") -> str:
        return venvs.checked([*PEER, *arguments], "The peer reader failed.", given)


@dataclass(frozen=True)
class ReaderPolls:
    """reader with its database."""

    command: Command
    count: Callable[[], int]

    def poll(self) -> Usage:
        """Update every feed once, scheduled or not."""
        return run(self.command)

    def count_entries(self) -> int:
        """Entries by its own count."""
        return self.count()

    def close(self) -> None:
        """Nothing: its database is in the folder."""


def install_reader() -> None:
    """Install lemon24/reader from the registry into a virtual environment of its own."""
    venvs.install("reader", _REQUIREMENTS, (*_ARGUMENTS, "version"))

"""lemon24/reader in a virtual environment of its own, driven by its Python API."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import BenchmarkError, Command, Usage, run
from benchmarks.systems import environment

_HERE = Path(__file__).resolve().parent
_VENV = _HERE / ".venvs" / "reader"
# -P: this folder's modules must not stand in for the peer's.
_PEER = (str(_VENV / "bin" / "python"), "-P", str(_HERE / "peer_reader.py"))
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
        arguments = [*_PEER, "update", database, "--workers", str(self.workers), *search]
        command = Command(arguments, environment(), folder, self.timeout_s)
        return ReaderPolls(command, lambda: int(self._do("count", database)))

    def _do(self, *arguments: str, given: str = "") -> str:
        return _checked([*_PEER, *arguments], "The peer reader failed.", given)


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
    if _is_installed():
        return
    failed = "The peer reader could not be installed."
    _checked([sys.executable, "-m", "venv", "--clear", str(_VENV)], failed)
    pip = [_PEER[0], "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _checked([*pip, *_REQUIREMENTS], failed)


def _is_installed() -> bool:
    try:
        return subprocess.run([*_PEER, "version"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def _checked(arguments: Sequence[str], failed: str, given: str = "") -> str:
    done = subprocess.run(arguments, input=given, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = (done.stdout + done.stderr).splitlines()[-12:]
        raise BenchmarkError("\n".join([failed, *lines]))
    return done.stdout

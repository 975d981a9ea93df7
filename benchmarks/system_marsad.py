"""Marsad, driven by the command its operators run."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.databases import Database, Server
from benchmarks.measure import Command, Usage, run
from benchmarks.systems import environment

_ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Marsad:
    """Marsad as it stands in this checkout: `python -m aggregator poll --once`."""

    server: Server
    timeout_s: float
    name: str = "Marsad"

    def describe(self) -> str:
        """Version and database."""
        try:
            number = version("marsad")
        except PackageNotFoundError:
            number = "(this checkout)"
        return f"Marsad {number} on {self.server.name}"

    def set_up(self, folder: Path, addresses: Sequence[str]) -> "MarsadPolls":
        """Write its configuration; the first poll migrates the database and loads the sources."""
        database = self.server.fresh(folder)
        config = folder / "config.toml"
        config.write_text(_config(database.url, addresses), encoding="utf-8")
        arguments = [sys.executable, "-m", "aggregator", "--config", str(config), "poll", "--once"]
        variables = {**environment(), "PYTHONPATH": str(_ROOT)}
        command = Command(arguments, variables, folder, self.timeout_s, self.server.pids)
        return MarsadPolls(command, database)


@dataclass(frozen=True)
class MarsadPolls:
    """Marsad with its database."""

    command: Command
    database: Database

    def poll(self) -> Usage:
        """Poll every feed once, due or not."""
        return run(self.command)

    def count_entries(self) -> int:
        """Rows of the table `entries`."""
        return self.database.count_entries()

    def close(self) -> None:
        """Drop the database."""
        self.database.drop()


def _config(database_url: str, addresses: Sequence[str]) -> str:
    """A config.toml with one source per feed. JSON strings are TOML strings."""
    head = f"""\
[database]
url = {json.dumps(database_url)}
[polling]
concurrency = 64
per_host = 64
per_host_gap = "0s"
allow_networks = ["127.0.0.0/8"]
"""
    return head + "".join(_source(number, url) for number, url in enumerate(addresses, start=1))


def _source(number: int, url: str) -> str:
    name = f"Publisher {number}"
    return f"""
[[source]]
slug = "publisher-{number}"
name = {{ ar = "ناشر {number}", fr = "{name}", en = "{name}" }}
country = "MA"
language = "ar"
ownership = "private"
timezone = "Africa/Casablanca"
site = "{url.partition("/feed/")[0]}/site/{number}"
feeds = [ {{ url = "{url}", section = "general" }} ]
"""

"""Start and steer `benchmarks.day_publisher` from another process."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measure import BenchmarkError

_ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class DayPublisher:
    """A running publisher. `new_words`: the share of words in the day's texts that are new then."""

    port: int
    new_words: float

    def begin(self) -> None:
        """Make it midnight."""
        self._ask("POST", "/day")

    def state(self) -> dict[str, Any]:
        """What was requested since midnight (`day_publisher`)."""
        state: dict[str, Any] = json.loads(self._ask("GET", "/state"))
        return state

    def samples(self, after: int) -> list[tuple[int, str, float]]:
        """Feed, guid and real time of sampled entries once their feeds were answered with them."""
        found = json.loads(self._ask("GET", f"/samples?after={after}"))
        return [(feed, guid, at) for feed, guid, at in found]

    def _ask(self, method: str, path: str) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path)
            return connection.getresponse().read()
        finally:
            connection.close()


@contextmanager
def run_day_publisher(
    *, feeds: int, entries: int, backlog: int, factor: float, seed: int
) -> Iterator[DayPublisher]:
    """Run a publisher while the block runs."""
    options = {
        "feeds": feeds, "entries": entries, "backlog": backlog, "factor": factor, "seed": seed,
    }  # fmt: skip
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "benchmarks.day_publisher",
            *(f"--{name}={value}" for name, value in options.items()),
        ],
        cwd=_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    with process:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise BenchmarkError("The publisher of the day did not start.")
        yield DayPublisher(**json.loads(line))

"""Start, steer and stop the publisher (`benchmarks.publisher`) from another process."""

import http.client
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.feeds import Round
from benchmarks.measure import BenchmarkError

_ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class PublisherProcess:
    """A running publisher of `feeds` feeds with `entries` entries each; latency in ms."""

    port: int
    feeds: int
    entries: int

    def addresses(self, feeds: int) -> list[str]:
        """The addresses of the first `feeds` feeds."""
        return [f"http://127.0.0.1:{self.port}/feed/{n}.xml" for n in range(1, feeds + 1)]

    def set_round(self, round_: Round) -> None:
        """Go to `round_` and reset the counts."""
        self._ask("POST", f"/round/{round_}")

    def answers(self) -> Mapping[str, int]:
        """Responses since the round began: by status ("200", "304"), and "bytes" of bodies."""
        counts: dict[str, int] = json.loads(self._ask("GET", "/counts"))
        return counts

    def _ask(self, method: str, path: str) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path)
            return connection.getresponse().read()
        finally:
            connection.close()


@contextmanager
def run_publisher(
    feeds: int, entries: int, seed: int, latency_ms: tuple[int, int]
) -> Iterator[PublisherProcess]:
    """Run a publisher while the block runs."""
    options = {"feeds": feeds, "entries": entries, "seed": seed}
    arguments = [f"--{name}={value}" for name, value in options.items()]
    shortest, longest = map(str, latency_ms)
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.publisher", *arguments, "--latency", shortest, longest],
        cwd=_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    with process:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise BenchmarkError("The benchmark's publisher did not start.")
        yield PublisherProcess(json.loads(line)["port"], feeds, entries)

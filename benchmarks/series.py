"""The order of a comparison: fresh databases, systems in turn, every poll measured."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.feeds import NEW_ENTRIES, Round, changed_feeds
from benchmarks.measure import Usage
from benchmarks.publishing import PublisherProcess
from benchmarks.systems import Polls, System


@dataclass(frozen=True, slots=True)
class Measurement:
    """One poll of all feeds by one system, in the `repeat`-th repetition (from 1).

    `start_cpu_s` is the CPU of the same poll with a single feed: what the process costs before
    it has many feeds to poll. `answers` are the publisher's, by status.
    """

    repeat: int
    round: Round
    system: str
    feeds: int
    usage: Usage
    start_cpu_s: float
    stored: int
    answers: Mapping[str, int]

    @property
    def cpu_ms(self) -> float:
        """CPU ms per feed of the whole process, its start-up spread over the feeds."""
        return self.usage.cpu_s * 1000 / self.feeds

    @property
    def cpu_ms_without_start(self) -> float:
        """CPU ms each further feed costs, as in a process that runs on: (all - one) / (n - 1)."""
        return (self.usage.cpu_s - self.start_cpu_s) * 1000 / (self.feeds - 1)

    @property
    def entries_per_s(self) -> float:
        """Entries stored by this poll per second of the clock, start-up included."""
        return self.stored / self.usage.wall_s


@dataclass(frozen=True)
class Series:
    """`repeat` repetitions of `rounds`, the systems taking turns within each round."""

    publishing: PublisherProcess
    systems: Sequence[System]
    rounds: Sequence[Round]
    repeat: int

    @property
    def steps(self) -> int:
        """How many polls `measurements` runs, the warm-up and the single-feed ones included."""
        return len(self.systems) * (1 + 2 * self.repeat * len(self.rounds))

    def measurements(self, tell: Callable[[str], None]) -> Iterator[Measurement]:
        """Every measurement once it is made; `tell` hears of each poll before it starts."""
        self._warm_up(tell)
        for repeat in range(1, self.repeat + 1):
            prefix = f"{repeat}/{self.repeat} "
            starts: dict[tuple[Round, str], float] = {}
            with _begun(self.systems, self.publishing.addresses(1)) as runs:
                for round_, name in self._turns():
                    tell(f"{prefix}{name}: {round_}, a single feed")
                    self.publishing.set_round(round_)
                    starts[round_, name] = runs[name].poll().cpu_s
            with _begun(self.systems, self.publishing.addresses(self.publishing.feeds)) as runs:
                for round_, name in self._turns():
                    tell(f"{prefix}{name}: {round_}, {self.publishing.feeds} feeds")
                    yield self._measured(repeat, round_, name, runs[name], starts[round_, name])

    def _turns(self) -> Iterator[tuple[Round, str]]:
        return ((round_, system.name) for round_ in self.rounds for system in self.systems)

    def _warm_up(self, tell: Callable[[str], None]) -> None:
        """One poll nobody counts: Python compiles its modules, the disk's cache fills."""
        with _begun(self.systems, self.publishing.addresses(1)) as runs:
            for name, polls in runs.items():
                tell(f"{name}: warm-up")
                self.publishing.set_round("first")
                polls.poll()

    def _measured(
        self, repeat: int, round_: Round, system: str, polls: Polls, start_cpu_s: float
    ) -> Measurement:
        before = polls.count_entries() if round_ != "first" else 0
        self.publishing.set_round(round_)
        usage = polls.poll()
        answers = self.publishing.answers()
        stored = polls.count_entries() - before
        return Measurement(
            repeat, round_, system, self.publishing.feeds, usage, start_cpu_s, stored, answers
        )


def with_median_startup(measurements: Sequence[Measurement]) -> list[Measurement]:
    """The same with one start-up per round and system, the median of its repetitions.

    Where a poll is cheap, start-up is most of it, and one run's noise would drown the rest.
    """
    starts: dict[tuple[Round, str], list[float]] = defaultdict(list)
    for m in measurements:
        starts[m.round, m.system].append(m.start_cpu_s)
    return [replace(m, start_cpu_s=median(starts[m.round, m.system])) for m in measurements]


def validation_errors(measurement: Measurement, entries: int) -> list[str]:
    """How the work done differs from the work asked for; nothing if the figures can be compared.

    `entries` is the number in each feed.
    """
    feeds, changed = measurement.feeds, changed_feeds(measurement.feeds)
    read, gained = {
        "first": (feeds, feeds * entries),
        "unchanged": (0, 0),
        "changed": (changed, changed * NEW_ENTRIES),
    }[measurement.round]
    wanted = {"read in full": read, "unchanged (304)": feeds - read, "entries stored": gained}
    found = {
        "read in full": measurement.answers.get("200", 0),
        "unchanged (304)": measurement.answers.get("304", 0),
        "entries stored": measurement.stored,
    }
    where = f"{measurement.system}, {measurement.round}, repetition {measurement.repeat}"
    return [
        f"{where}: {what}: {found[what]} instead of {number}"
        for what, number in wanted.items()
        if found[what] != number
    ]


@contextmanager
def _begun(systems: Sequence[System], addresses: Sequence[str]) -> Iterator[Mapping[str, Polls]]:
    """All systems set up with fresh databases in temporary folders, by name."""
    with TemporaryDirectory(prefix="marsad-benchmark-") as root, ExitStack() as stack:
        runs: dict[str, Polls] = {}
        for system in systems:
            folder = Path(root) / system.name
            folder.mkdir()
            runs[system.name] = stack.enter_context(closing(system.set_up(folder, addresses)))
        yield runs

"""Tables of a comparison, and the same figures as JSON."""

import json
import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from statistics import median

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from benchmarks.feeds import ROUNDS, Round
from benchmarks.series import Measurement

Figure = Callable[[Measurement], float]

_CAPTION = (
    "Without start-up: less the same poll of a single feed, per further feed. PSS: memory of all"
    " processes at the highest moment, shared pages counted once; in brackets RSS, which counts"
    " them in each process. Several repetitions: median [lowest–highest]."
)
# Maximum peak memory of all processes together, in 10^6 bytes.
PEAK_MB = 300


@dataclass(frozen=True, slots=True)
class Target:
    """A bound on the ratio of Marsad's figure to the peer's in one round."""

    what: str
    round: Round
    figure: Figure
    bound: float
    at_least: bool = False

    def is_reached(self, ratio: float) -> bool:
        """Whether `ratio` is within the bound."""
        return ratio >= self.bound if self.at_least else ratio <= self.bound


_WITH_START: Figure = lambda m: m.cpu_ms  # noqa: E731
_WITHOUT_START: Figure = lambda m: m.cpu_ms_without_start  # noqa: E731
_TARGETS = (
    Target("CPU per feed, first poll", "first", _WITH_START, 1.20),
    Target("  the same without start-up", "first", _WITHOUT_START, 1.20),
    Target(
        "entries per second, first poll", "first", lambda m: m.entries_per_s, 1.5, at_least=True
    ),
    Target("CPU per feed, unchanged poll", "unchanged", _WITH_START, 0.90),
    Target("  the same without start-up", "unchanged", _WITHOUT_START, 0.35),
)


def tables(measurements: Sequence[Measurement], heading: str) -> Group:
    """The measurements and, with a peer, the ratios and targets."""
    parts: list[RenderableType] = [_figures(measurements, heading), Text()]
    if len({measurement.system for measurement in measurements}) > 1:
        parts.append(_ratios(measurements))
    return Group(*parts)


def as_json(measurements: Sequence[Measurement], heading: str) -> str:
    """All measurements: seconds, bytes, counts."""
    machine = {"python": platform.python_version(), "system": platform.platform()}
    polls = [asdict(measurement) for measurement in measurements]
    return json.dumps({"heading": heading, **machine, "polls": polls}, indent=2)


def _figures(measurements: Sequence[Measurement], heading: str) -> Table:
    table = Table(
        title=Text(heading), caption=Text(_CAPTION), title_justify="left", caption_justify="left"
    )
    table.add_column("Round")
    table.add_column("System")
    for name in ("CPU ms/feed", "without start-up", "entries/s", "wall s", "peak MB PSS (RSS)"):
        table.add_column(name, justify="right")
    for round_ in ROUNDS:
        for system, polls in _by_system(measurements, round_):
            stored = any(poll.stored for poll in polls)
            table.add_row(
                round_,
                system,
                _spread(polls, _WITH_START, 2),
                _spread(polls, _WITHOUT_START, 2),
                _spread(polls, lambda m: m.entries_per_s, 0) if stored else "–",
                _spread(polls, lambda m: m.usage.wall_s, 2),
                _memory(polls),
            )
        table.add_section()
    return table


def _ratios(measurements: Sequence[Measurement]) -> Table:
    table = Table(title="Marsad : reader, pair by pair", title_justify="left")
    for name in ("Aim", "bound", "measured", "reached"):
        table.add_column(name)
    for target in _TARGETS:
        ratios = sorted(_pairs(measurements, target))
        if ratios:
            middle = median(ratios)
            sign = "≥" if target.at_least else "≤"
            table.add_row(
                target.what,
                f"{sign} {target.bound:.2f}",
                _span(middle, ratios, 2),
                _verdict(target.is_reached(middle)),
            )
    peak = max(m.usage.pss for m in measurements if m.system == "Marsad") / 1e6
    verdict = _verdict(peak < PEAK_MB)
    table.add_row("all processes of Marsad together", f"< {PEAK_MB} MB", f"{peak:.0f} MB", verdict)
    return table


def _pairs(measurements: Sequence[Measurement], target: Target) -> Iterator[float]:
    """The ratio in each repetition, of two consecutive polls."""
    figures = {
        (m.repeat, m.system): target.figure(m) for m in measurements if m.round == target.round
    }
    for repeat in {repeat for repeat, _system in figures}:
        ours, theirs = figures.get((repeat, "Marsad")), figures.get((repeat, "reader"))
        if ours is not None and theirs:
            yield ours / theirs


def _by_system(
    measurements: Sequence[Measurement], round_: Round
) -> Iterator[tuple[str, list[Measurement]]]:
    chosen = [measurement for measurement in measurements if measurement.round == round_]
    for system in dict.fromkeys(measurement.system for measurement in chosen):
        yield system, [measurement for measurement in chosen if measurement.system == system]


def _spread(polls: Sequence[Measurement], figure: Figure, digits: int) -> str:
    values = sorted(map(figure, polls))
    return _span(median(values), values, digits)


def _span(middle: float, values: Sequence[float], digits: int) -> str:
    """The median, with the lowest and highest of several sorted values."""
    if len(values) == 1:
        return f"{middle:.{digits}f}"
    return f"{middle:.{digits}f} [{values[0]:.{digits}f}–{values[-1]:.{digits}f}]"


def _memory(polls: Sequence[Measurement]) -> str:
    """The highest of all repetitions."""
    pss = max(poll.usage.pss for poll in polls) / 1e6
    rss = max(poll.usage.rss for poll in polls) / 1e6
    return f"{pss:.0f} ({rss:.0f})"


def _verdict(reached: bool) -> Text:
    return Text("reached", style="green") if reached else Text("missed", style="bold red")

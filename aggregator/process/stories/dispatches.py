"""What became of agency dispatches: how a print differs from one, and sums over many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from statistics import median
from typing import Literal, NamedTuple, get_args

from aggregator.process.stories.reprints import MIN_WORDS, shingles

# Minimum share of the dispatch's text in a print to call it whole, and of the print's text in the
# dispatch to call it cut: a dateline, a lead or a name may change.
MIN_WHOLE = 0.85
# The longest delay that is kept, in minutes.
MAX_DELAY = 65_535
_MINUTE = timedelta(minutes=1)


class PrintForm(StrEnum):
    """What a source made of a dispatch."""

    WHOLE = "whole"
    CUT = "cut"
    REWRITTEN = "rewritten"


AgencyFigure = Literal["volume", "taken_up", "prints", "credited", "uncredited"]
# Figures of an agency: its dispatches, those that were printed, and prints.
AGENCY_FIGURES: tuple[AgencyFigure, ...] = get_args(AgencyFigure)
# Figures that count prints, by whether these credit an agency; None for either.
PRINT_CREDIT: dict[AgencyFigure, bool | None] = {
    "prints": None, "credited": True, "uncredited": False,
}  # fmt: skip


class PrintRow(NamedTuple):
    """A dispatch with one of its prints; the last four are None for a dispatch without prints."""

    id: int
    agency: str
    day: date
    own: bool
    published_at: datetime
    print_id: int | None
    print_source_id: int | None
    printed_at: datetime | None
    credited: bool | None


@dataclass(slots=True)
class SourceSums:
    """How often a source printed dispatches, and how often without credit."""

    prints: int = 0
    uncredited: int = 0

    @property
    def credited(self) -> int:
        """Prints that name an agency."""
        return self.prints - self.uncredited


@dataclass(slots=True)
class AgencySums:
    """The dispatches of an agency over some time, and what became of them."""

    dispatches: int = 0
    taken_up: int = 0
    """Dispatches that at least one source printed."""
    delays: list[int] = field(default_factory=list)
    """Minutes from dispatch to print, of each print of the agency's own entries."""
    by_source: dict[int, SourceSums] = field(default_factory=dict)

    def add(self, other: AgencySums) -> None:
        """Add the sums of another time."""
        self.dispatches += other.dispatches
        self.taken_up += other.taken_up
        self.delays += other.delays
        for source_id, sums in other.by_source.items():
            mine = self.by_source.setdefault(source_id, SourceSums())
            mine.prints += sums.prints
            mine.uncredited += sums.uncredited

    @property
    def prints(self) -> int:
        """Prints by all sources."""
        return sum(sums.prints for sums in self.by_source.values())

    @property
    def uncredited(self) -> int:
        """Prints that name no agency."""
        return sum(sums.uncredited for sums in self.by_source.values())

    @property
    def credited(self) -> int:
        """Prints that name an agency."""
        return self.prints - self.uncredited

    @property
    def uptake(self) -> float | None:
        """Share of the dispatches that a source printed, 0 to 1; None without dispatches."""
        return self.taken_up / self.dispatches if self.dispatches else None

    @property
    def median_delay(self) -> int | None:
        """Median minutes from dispatch to print; None if unknown."""
        return round(median(self.delays)) if self.delays else None


def compare_texts(
    dispatch: Sequence[str], printed: Sequence[str]
) -> tuple[PrintForm, float] | None:
    """Return what was made of a dispatch, and the share of its text in the print (0 to 1).

    Both are folded words. None if either is too short to tell.
    """
    if min(len(dispatch), len(printed)) < MIN_WORDS:
        return None
    here, there = shingles(dispatch), shingles(printed)
    shared = len(here & there)
    share = shared / len(here)
    if share >= MIN_WHOLE:
        return PrintForm.WHOLE, share
    return (PrintForm.CUT if shared / len(there) >= MIN_WHOLE else PrintForm.REWRITTEN), share


def first_prints(rows: Iterable[PrintRow]) -> list[PrintRow]:
    """Return the first print of each dispatch by each source."""
    found: dict[tuple[int, int], PrintRow] = {}
    for row in rows:
        if row.print_source_id is not None:
            found.setdefault((row.id, row.print_source_id), row)
    return list(found.values())


def is_counted(row: PrintRow, figure: AgencyFigure, source_id: int | None) -> bool:
    """Whether a figure of prints, of one source or of all, counts this print."""
    credit = PRINT_CREDIT[figure]
    of_source = source_id is None or row.print_source_id == source_id
    return of_source and (credit is None or row.credited == credit)


def sum_days(rows: Sequence[PrintRow]) -> dict[tuple[str, date], AgencySums]:
    """Sum up dispatches by agency and day; prints count on the day of their dispatch."""
    found: dict[tuple[str, date], AgencySums] = {}
    for _, agency, day in {(row.id, row.agency, row.day) for row in rows}:
        found.setdefault((agency, day), AgencySums()).dispatches += 1
    taken_up = set()
    for row in first_prints(rows):
        sums = found[row.agency, row.day]
        taken_up.add((row.id, row.agency, row.day))
        source = sums.by_source.setdefault(row.print_source_id or 0, SourceSums())
        source.prints += 1
        source.uncredited += not row.credited
        if row.own and row.printed_at is not None:
            sums.delays.append(delay_minutes(row.published_at, row.printed_at))
    for _, agency, day in taken_up:
        found[agency, day].taken_up += 1
    return found


def delay_minutes(published_at: datetime, printed_at: datetime) -> int:
    """Return the whole minutes from dispatch to print; 0 if the print was dated earlier."""
    return min(max((printed_at - published_at) // _MINUTE, 0), MAX_DELAY)

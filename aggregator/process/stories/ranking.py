"""Rank the stories of the front page by how many sources report them at present."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

# Halve the weight of a report after this long.
HALF_LIFE = timedelta(hours=6)
# Ignore reports older than this.
REPORT_LIFETIME = timedelta(hours=24)
# Weight of a source that reprints, relative to one that wrote its own text.
REPRINT_WEIGHT = 0.25
# Minimum sources with a text of their own: a dispatch that all reprint is one voice.
MIN_OWN_SOURCES = 2


@dataclass(frozen=True, slots=True)
class SourceReport:
    """A source's report of a story; `own` if in its own words."""

    source: int
    at: datetime
    own: bool


def prominence(reports: Iterable[SourceReport], now: datetime) -> float:
    """Return how prominent a story is; 0 if too few report it in their own words.

    Each source counts once, from its first report within a day: 1, halved every six hours, and a
    quarter of that for a reprint. All decay alike, so that the order of two stories changes only
    with a new report.
    """
    first: dict[tuple[bool, int], datetime] = {}
    for each in sorted(reports, key=lambda each: each.at):
        if now - each.at <= REPORT_LIFETIME:
            first.setdefault((each.own, each.source), each.at)
    own = {source for is_own, source in first if is_own}
    if len(own) < MIN_OWN_SOURCES:
        return 0.0
    return sum(
        (1 if is_own else REPRINT_WEIGHT) * decay(now - at)
        for (is_own, source), at in first.items()
        if is_own or source not in own
    )


def decay(age: timedelta) -> float:
    """Return the weight of a report of this age: 1, halved every six hours."""
    return float(0.5 ** (max(age, timedelta()) / HALF_LIFE))

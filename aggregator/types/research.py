"""Series of matches over time, as researchers ask for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

PeriodUnit = Literal["hour", "day", "week"]
Grouping = Literal["source", "language", "country", "section"]


@dataclass(frozen=True, slots=True)
class Period:
    """A span of time: from `start` to before `end`, both in the time zone of the site."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class ResearchScope:
    """The entries that shares refer to; empty fields restrict nothing."""

    sources: tuple[str, ...] = ()
    """Slugs."""
    country: str | None = None
    language: str | None = None
    section: str | None = None
    """The section of a feed, or the publisher's own word."""


@dataclass(frozen=True, slots=True)
class AskedAt:
    """When a series was asked for: entries that arrived later do not count."""

    moment: datetime
    last_entry_id: int
    """Id of the last entry that had arrived."""


@dataclass(frozen=True, slots=True)
class Series:
    """Matches of one query in each period."""

    query: str
    counts: Sequence[int]
    unknown: tuple[str, ...] = ()
    """Names of sources and owners in the query that do not exist."""

    @property
    def total(self) -> int:
        """All matches."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class GroupCount:
    """Matches within one source, language, country or section."""

    group: str
    """A slug, a code, or the name of a section."""
    published: int
    """All entries of the group within the scope."""
    counts: tuple[int, ...]
    """Matches of each query."""


@dataclass(frozen=True, slots=True)
class Findings:
    """The answer to a request: series over the same periods."""

    asked: AskedAt
    first_day: date
    last_day: date
    unit: PeriodUnit
    periods: Sequence[Period]
    published: Sequence[int]
    """Entries in the scope, in each period."""
    series: tuple[Series, ...]
    grouping: Grouping | None = None
    groups: tuple[GroupCount, ...] = ()
    """By the matches of all queries, the most first."""
    unknown: tuple[str, ...] = ()
    """Sources of the scope that do not exist."""
    indexed: float = 1.0
    """Fraction of entries indexed so far, from 0 to 1."""


def share(count: int, published: int) -> float | None:
    """The fraction of `published` that `count` is; None if nothing was published."""
    return count / published if published else None

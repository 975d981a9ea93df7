"""What is looked for, what the index holds, and what is found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from aggregator.types.entries import EntrySummary
from aggregator.types.names import SourceRef

SAVED_COUNT_CAP = 100
"""What is new in a saved search is counted up to here."""
SearchOrder = Literal["newest", "relevance"]


class SearchDocument(NamedTuple):
    """An entry as the index holds it: words with a space between them, as `text.tokens` gives."""

    title: str
    text: str
    title_stems: str
    text_stems: str
    facets: str
    """What is no word of the text: `process.entrywords` says how they are written."""

    @property
    def length(self) -> int:
        """How many tokens that is."""
        return sum([piece.count(" ") + 1 for piece in self if piece])


EMPTY_DOCUMENT = SearchDocument("", "", "", "", "")
"""Of an entry that nobody has read yet: what was read has facets, whatever it says."""


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a text; `marked` where it is what was looked for."""

    text: str
    marked: bool = False


MarkedText = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class SearchHit:
    """An entry that was found, and why."""

    entry: EntrySummary
    title: MarkedText
    snippet: MarkedText
    """The piece of the text around what was looked for, on one line."""


@dataclass(frozen=True, slots=True)
class SearchCounts:
    """How what was found spreads, over all of it or its newest part."""

    total: int
    complete: bool
    """False: there is more, and only the newest `total` were counted."""
    sources: tuple[tuple[SourceRef, int], ...] = ()
    languages: tuple[tuple[str, int], ...] = ()
    days: tuple[tuple[date, int], ...] = ()
    """The newest first; days without any are left out."""


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One screenful of what was found."""

    hits: tuple[SearchHit, ...]
    next_cursor: str | None = None
    partial: tuple[SearchHit, ...] = ()
    """Below a line: what has only some of the words, the best first; on the last page alone."""
    suggestion: str | None = None
    """The query with a word that occurs nowhere written as one that does."""
    unknown: tuple[str, ...] = ()
    """Sources that the query names and nobody knows."""
    counts: SearchCounts | None = None
    """Where it was asked for."""
    mutes: int = 0
    """How many sources the reader mutes, where these would be found too."""
    indexed: float = 1.0
    """Which part of the entries the index holds by now, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A query that a reader keeps and comes back to."""

    id: int
    name: str
    query: str
    seen_up_to: int = 0
    """The entry that was the last to arrive when the reader last looked."""


@dataclass(frozen=True, slots=True)
class FollowedSearch:
    """A saved search and how much of what it finds is new to the reader."""

    search: SavedSearch
    new_count: int

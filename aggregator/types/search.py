"""Search documents, positions and results."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:  # workers and pollers create search documents, and never show entries
    from aggregator.types.entries import EntrySummary
    from aggregator.types.names import SourceRef

# Maximum new matches of a saved search to count.
SAVED_COUNT_CAP = 100
# "blend" is relevance with a strong preference for recent entries.
SearchOrder = Literal["blend", "newest", "relevance"]


class SearchDocument(NamedTuple):
    """An entry as the index holds it: in each field, tokens of `text.tokens` between spaces."""

    title: str
    text: str
    title_stems: str
    text_stems: str
    facets: str
    """Tokens for author, language, section and the like; see `process.analysis.search_document`."""

    @property
    def length(self) -> int:
        """Number of tokens."""
        return sum([field.count(" ") + 1 for field in self if field])


# Stands for an entry that is not analyzed yet; an analyzed one always has facets.
EMPTY_DOCUMENT = SearchDocument("", "", "", "", "")


@dataclass(frozen=True, slots=True)
class SearchPosition:
    """Where one page of search results ends and the next begins. Numbers are of documents."""

    as_of: int
    """Upper bound, fixed on the first page: later documents are left out."""
    oldest_candidate: int | None
    """By relevance: oldest document of those ranked; None to rank the ones before `as_of` next."""
    doc_id: int
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a text; `marked` if it matches the query."""

    text: str
    marked: bool = False


MarkedText = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A matching entry with the words of the query marked."""

    entry: EntrySummary
    title: MarkedText
    snippet: MarkedText
    """The passage with the most words of the query, on one line."""


@dataclass(frozen=True, slots=True)
class SearchCounts:
    """Full matches by source, language and day."""

    total: int
    complete: bool
    """False if there are more matches and only the newest `total` were counted."""
    copies: int = 0
    """How many of `total` are folded into others, and so are not listed."""
    sources: tuple[tuple[SourceRef, int], ...] = ()
    languages: tuple[tuple[str, int], ...] = ()
    """Without folded copies; `sources` has them, as a search in one source lists them."""
    days: tuple[tuple[date, int], ...] = ()
    """Newest first; days without matches, and folded copies, are left out."""


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of search results."""

    hits: tuple[SearchHit, ...]
    next_position: SearchPosition | None = None
    """None on the last page."""
    partial: tuple[SearchHit, ...] = ()
    """Entries with only some of the words, best first; on the last page only."""
    suggestion: str | None = None
    """The query with unknown words corrected."""
    unknown: tuple[str, ...] = ()
    """Source names in the query that match no source."""
    unknown_owners: tuple[str, ...] = ()
    """Owner names in the query that match no owner."""
    counts: SearchCounts | None = None
    """None unless requested."""
    mutes: int = 0
    """Number of the reader's muted sources, whether left out or included."""
    indexed: float = 1.0
    """Fraction of entries indexed so far, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A query that a reader keeps."""

    id: int
    name: str
    query: str
    seen_up_to: int = 0
    """Id of the latest entry when the reader last looked."""


@dataclass(frozen=True, slots=True)
class FollowedSearch:
    """A saved search and the number of its new matches."""

    search: SavedSearch
    new_count: int

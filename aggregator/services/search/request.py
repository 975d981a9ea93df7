"""A search as a service takes it: the parsed query, its scope, and who searches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from aggregator.query import Tree, iter_fields
from aggregator.storage.search.compile import QueryContext
from aggregator.types import EntryFilter, SearchOrder, SearchPosition, User

PAGE_SIZE = 30
EVERYWHERE = EntryFilter()
_SOURCE_FIELDS = ("source", "owner", "country")


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A query and how to show its matches.

    Made at the edge, where the text is parsed once: what reads it below only walks the tree.
    """

    tree: Tree
    scope: EntryFilter = EVERYWHERE
    """Filters beside the query; their values are not highlighted."""
    order: SearchOrder = "newest"
    position: SearchPosition | None = None
    """The end of the previous page; None for the first page."""
    limit: int = PAGE_SIZE
    language: str = "en"
    """Language of the field names in a suggested query."""
    fold: bool = True
    """Drop duplicates, unless the search names sources: then their copies are the answer."""
    count: bool = False
    """Count the full matches by source, language and day."""
    partial: bool = True
    """After the last full match, add entries with only some of the words."""
    include_muted: bool = False
    """Include sources that the reader mutes. A search that names sources always does."""
    first_day: date | None = None
    last_day: date | None = None
    """Both inclusive, in the time zone of the context."""

    @property
    def folds_duplicates(self) -> bool:
        """Whether to drop duplicates from the matches."""
        scope = self.scope
        names_sources = (
            scope.source
            or scope.owner
            or scope.country
            or scope.feed_id
            or scope.following
            or any(field.name in _SOURCE_FIELDS for field in iter_fields(self.tree))
        )
        return self.fold and not names_sources

    @property
    def overrides_mutes(self) -> bool:
        """Whether the query names a source, a tag or the stars: mutes do not apply to those."""
        return any(
            field.name in ("source", "tag") or field.value == "starred"
            for field in iter_fields(self.tree)
        )


@dataclass(frozen=True, slots=True)
class SearchContext:
    """Who searches, when, and in which time zone days begin."""

    reader: User | None
    now: datetime
    zone: tzinfo

    @property
    def reader_id(self) -> int | None:
        """The reader's id; None for an anonymous visitor."""
        return self.reader.id if self.reader else None

    @property
    def query_context(self) -> QueryContext:
        """The context for compiling a query."""
        return QueryContext(self.reader_id, self.now.astimezone(self.zone).date(), self.zone)

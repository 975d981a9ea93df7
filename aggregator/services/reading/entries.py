"""What readers open: lists of entries, one entry, sources."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from aggregator.errors import InvalidInput, NotFound
from aggregator.services.reading import tagging
from aggregator.storage.feeds import overview
from aggregator.storage.listing import summaries as store
from aggregator.storage.readers.tags import find_tag
from aggregator.types import (
    EntryDetail,
    EntryFilter,
    EntryPage,
    EntrySummary,
    FeedHealth,
    FilterOptions,
    SourceOverview,
    User,
)

PAGE_SIZE = 50
NO_FILTER = EntryFilter()


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry with the context that its page shows."""

    entry: EntryDetail
    tag_suggestions: tuple[str, ...]
    newer: EntrySummary | None
    older: EntrySummary | None


def list_entries(
    session: Session,
    reader: User | None,
    chosen: EntryFilter,
    cursor: str | None = None,
    limit: int = PAGE_SIZE,
) -> EntryPage:
    """A page of entries. Raises NotFound for what the filter names, InvalidInput."""
    return store.list_entries(
        session, chosen, reader=reader.id if reader else None, cursor=cursor, limit=limit
    )


def get_entry_view(
    session: Session, reader: User | None, entry_id: int, chosen: EntryFilter = NO_FILTER
) -> EntryView:
    """An entry, its neighbours in the list `chosen`, and tags to suggest.

    Raises NotFound for the entry; in a list that no longer exists it has no neighbours.
    """
    entry = find_entry(session, reader, entry_id)
    suggestions = tagging.suggest_tags(session, reader, entry.summary.tags) if reader else ()
    try:
        newer, older = store.neighbours(
            session, entry.summary, chosen, reader.id if reader else None
        )
    except (NotFound, InvalidInput):
        newer = older = None
    return EntryView(entry, suggestions, newer, older)


def find_entry(session: Session, reader: User | None, entry_id: int) -> EntryDetail:
    """An entry in full. Raises NotFound."""
    return store.find_entry(session, entry_id, reader=reader.id if reader else None)


def filter_options(session: Session) -> FilterOptions:
    """The sources, countries and languages that lists can be filtered by."""
    return overview.filter_options(session)


def list_sources(session: Session) -> tuple[SourceOverview, ...]:
    """All sources with their feeds."""
    return overview.list_sources(session)


def find_source(session: Session, slug: str) -> SourceOverview:
    """A source with its feeds. Raises NotFound."""
    return overview.find_source(session, slug)


def get_source_view(
    session: Session, reader: User | None, chosen: EntryFilter, cursor: str | None = None
) -> tuple[SourceOverview, EntryPage]:
    """The source that `chosen` names and its entries. Raises NotFound."""
    source = find_source(session, chosen.source or "")
    return source, list_entries(session, reader, chosen, cursor)


def get_tag_view(
    session: Session,
    reader: User,
    name: str,
    cursor: str | None = None,
    *,
    unread: bool = False,
) -> tuple[str, EntryPage]:
    """One of the reader's tags, as it was first written, and its entries. Raises NotFound."""
    tag = find_tag(session, reader.id, tagging.clean_tag(name))
    return tag, list_entries(session, reader, EntryFilter(tag=tag, unread=unread), cursor)


def list_feeds(session: Session) -> tuple[FeedHealth, ...]:
    """The health of all feeds."""
    return overview.list_feeds(session)

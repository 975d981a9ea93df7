"""The matches of a search in full, as feeds need them."""

from __future__ import annotations

from sqlalchemy.orm import Session

from aggregator.services.search.request import SearchContext, SearchRequest
from aggregator.services.search.search import search
from aggregator.storage.listing.summaries import find_details
from aggregator.types import EntryDetail


def find_matches(
    session: Session, context: SearchContext, request: SearchRequest
) -> tuple[EntryDetail, ...]:
    """The first page of full matches. Raises PermissionDenied as `search` does."""
    found = search(session, context, request)
    return find_details(session, [hit.entry.id for hit in found.hits])

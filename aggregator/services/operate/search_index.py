"""How far the search index has come, for operators."""

from __future__ import annotations

from sqlalchemy.orm import Session

from aggregator.storage.search import indexing


def index_progress(session: Session) -> float:
    """Return the fraction of older entries that are indexed as this version does, from 0 to 1."""
    return indexing.indexing_progress(session)

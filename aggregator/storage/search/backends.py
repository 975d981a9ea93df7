"""The interface of the two indexes, and which of them a session uses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy.orm import Session

from aggregator.storage.search import postgresql, sqlite
from aggregator.storage.search.expressions import Expression
from aggregator.storage.search.index_query import Batch, IndexQuery, Limits
from aggregator.storage.sql.dialects import dialect_of
from aggregator.types import SearchDocument


class SearchBackend(Protocol):
    """A full-text index; the modules `sqlite` and `postgresql` implement it.

    Documents are numbered by `doc_ids`; the newest has the highest number.
    """

    MAX_CANDIDATES: int
    MAX_PARTIAL_MATCHES: int

    def insert(self, session: Session, rows: Sequence[tuple[int, SearchDocument]]) -> None:
        """Add documents, in ascending order of their numbers."""

    def delete(self, session: Session, rows: Sequence[tuple[int, SearchDocument]]) -> None:
        """Remove documents; the words must equal those inserted."""

    def clear(self, session: Session) -> None:
        """Remove every document."""

    def prepare(self, session: Session) -> None:
        """Set up the session for searching; called before any other query."""

    def newest(self, session: Session, query: IndexQuery, limits: Limits) -> Batch:
        """Return the newest matches, newest first, without scores."""

    def newest_scored(self, session: Session, query: IndexQuery, limits: Limits) -> Batch:
        """Return what `newest` does, with scores."""

    def document_counts(
        self, session: Session, expressions: Sequence[Expression], enough: int
    ) -> list[int]:
        """Count the documents matching each expression, up to `enough` + 1."""


def backend_of(session: Session) -> SearchBackend:
    """Return SQLite's index or PostgreSQL's, whichever the session is on."""
    return sqlite if dialect_of(session) == "sqlite" else postgresql

"""The entries behind a series, page by page: a list of any length in constant memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy.orm import Session

from aggregator.services.research.request import (
    Question,
    ResearchRequest,
    compile_within,
    scope_tree,
)
from aggregator.services.search.cursors import decode_cursor, encode_cursor
from aggregator.storage.engine import Database
from aggregator.storage.listing.research import EntryRow, load_rows
from aggregator.storage.listing.summaries import summaries_by_id
from aggregator.storage.search import retrieval
from aggregator.storage.search.backends import backend_of
from aggregator.storage.search.counts import count_by_period
from aggregator.storage.search.index_query import IndexQuery, no_early_stop
from aggregator.types import EntryPage, SearchPosition

PAGE = 1000


def export_entries(
    database: Database, request: ResearchRequest, question: Question | None
) -> Iterator[list[EntryRow]]:
    """Yield the matches of a question, or all entries in the scope, newest first, in pages.

    Each page is read in a transaction of its own, and none is open while a page is used. Raises
    PermissionDenied before the first page.
    """
    with database.read() as session:
        rows, rest = _rows(session, request, question, None)
    return _pages(database, request, question, rows, rest)


def list_entries(
    session: Session,
    request: ResearchRequest,
    question: Question | None,
    cursor: str | None,
    limit: int,
) -> EntryPage:
    """One page of what `export_entries` yields, as lists show entries.

    Raises PermissionDenied, and InvalidInput for a malformed cursor.
    """
    below = decode_cursor(cursor, "newest").doc_id if cursor else None
    ids, rest = _matching_ids(session, request, question, below, limit)
    reader = request.reader.id if request.reader else None
    found = summaries_by_id(session, ids, reader, copies=False)
    following = None if rest is None else encode_cursor("newest", SearchPosition(0, 0, rest))
    return EntryPage(tuple(found[id_] for id_ in ids if id_ in found), following)


def count_entries(session: Session, request: ResearchRequest, question: Question | None) -> int:
    """Count what `list_entries` lists on all of its pages. Raises PermissionDenied."""
    query = _compile(session, request, question)
    return sum(count_by_period(session, query, [query.start, max(query.start, query.end)]))


def _matching_ids(
    session: Session,
    request: ResearchRequest,
    question: Question | None,
    below: int | None,
    limit: int,
) -> tuple[list[int], int | None]:
    """The newest matches numbered below `below`, and the number below which to go on, if any."""
    query = _compile(session, request, question)
    if below is not None:
        query = replace(query, end=min(query.end, below))
    batch = backend_of(session).newest(session, query, no_early_stop(limit))
    return [match.entry_id for match in batch.found], batch.rest


def _compile(session: Session, request: ResearchRequest, question: Question | None) -> IndexQuery:
    retrieval.prepare(session)
    trees = [scope_tree(request.scope)]
    if question is not None:
        trees.insert(0, question.tree)
    return compile_within(session, request, trees).index_query


def _rows(
    session: Session, request: ResearchRequest, question: Question | None, below: int | None
) -> tuple[list[EntryRow], int | None]:
    ids, rest = _matching_ids(session, request, question, below, PAGE)
    return load_rows(session, ids), rest


def _pages(
    database: Database,
    request: ResearchRequest,
    question: Question | None,
    rows: list[EntryRow],
    rest: int | None,
) -> Iterator[list[EntryRow]]:
    yield rows
    while rest is not None:
        with database.read() as session:
            rows, rest = _rows(session, request, question, rest)
        yield rows

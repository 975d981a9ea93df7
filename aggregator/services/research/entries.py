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
from aggregator.storage.engine import Database
from aggregator.storage.listing.research import EntryRow, load_rows
from aggregator.storage.search import retrieval
from aggregator.storage.search.backends import backend_of
from aggregator.storage.search.index_query import no_early_stop

PAGE = 1000


def export_entries(
    database: Database, request: ResearchRequest, question: Question | None
) -> Iterator[list[EntryRow]]:
    """Yield the matches of a question, or all entries in the scope, newest first, in pages.

    Each page is read in a transaction of its own, and none is open while a page is used. Raises
    PermissionDenied before the first page.
    """
    with database.read() as session:
        rows, rest = matching_rows(session, request, question, None, PAGE)
    return _pages(database, request, question, rows, rest)


def matching_rows(
    session: Session,
    request: ResearchRequest,
    question: Question | None,
    below: int | None,
    limit: int,
) -> tuple[list[EntryRow], int | None]:
    """One page of matches, newest first, from the documents numbered below `below`.

    With it comes the document below which the next page begins; None on the last page.
    """
    retrieval.prepare(session)
    trees = (
        [scope_tree(request.scope)]
        if question is None
        else [question.tree, scope_tree(request.scope)]
    )
    query = compile_within(session, request, trees).index_query
    if below is not None:
        query = replace(query, end=min(query.end, below))
    batch = backend_of(session).newest(session, query, no_early_stop(limit))
    return load_rows(session, [match.entry_id for match in batch.found]), batch.rest


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
            rows, rest = matching_rows(session, request, question, rest, PAGE)
        yield rows

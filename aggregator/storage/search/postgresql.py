"""The index in PostgreSQL: documents and queries as `lexemes` writes them.

A GIN index has no order: it would return all documents of a word to find the newest. So each
document has its day among its facets ("/d" and a number), and a search for the newest asks for as
many of the last days as are likely to hold enough.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import text
from sqlalchemy.orm import Session

from aggregator.storage.search import frequencies
from aggregator.storage.search.bm25 import scores
from aggregator.storage.search.doc_ids import day_of, first_doc_of_day
from aggregator.storage.search.expressions import (
    MATCH_ALL,
    And,
    Expression,
    Not,
    Or,
    PrefixTerm,
    conjunction,
    terms_of,
)
from aggregator.storage.search.index_query import (
    Batch,
    IndexQuery,
    Limits,
    Match,
    SqlBuilder,
    exhausted_batch,
)
from aggregator.storage.search.lexemes import days_query, tsquery, tsvector_literal
from aggregator.storage.search.scan_window import (
    CostEstimate,
    first_window,
    next_window,
    prefers_sequential_scan,
    sequential_window,
)
from aggregator.storage.search.word_pairs import drop_pairs
from aggregator.types import SearchDocument

# Maximum candidates to rank by relevance; each takes up to 20 µs to fetch and 10 to rank.
MAX_CANDIDATES = 700
# Maximum partial matches to rank; each costs as much.
MAX_PARTIAL_MATCHES = 1000
# Maximum documents to count by fetching them.
_FEW = 10
# Maximum candidates to score by bm25: the best by ts_rank, which is fast but crude.
MAX_BM25_SCORED = 150
# Maximum documents to count off when measuring how many a day has.
_MAX_SAMPLE = 20_000
_MAX_WINDOWS = 3

_INSERT = text(
    "INSERT INTO search_index (doc, length, terms) VALUES (:doc, :length, CAST(:terms AS tsvector))"
)
_NTH_NEWEST = text(
    "SELECT doc FROM search_index WHERE doc >= :start AND doc < :end"
    " ORDER BY doc DESC OFFSET :ahead LIMIT 1"
)
_RANK = text(
    "SELECT doc FROM search_index WHERE doc = ANY(CAST(:docs AS bigint[]))"
    " ORDER BY ts_rank('{0.5, 0, 0, 1}', terms, CAST(:query AS tsquery), 1) DESC, doc DESC"
    " LIMIT :limit"
)
# A word in a third of a million documents takes a bitmap of 100,000 pages. In the default of 4 MB,
# PostgreSQL would keep pages without their rows, and so read every document instead.
_ALLOW_LARGE_BITMAPS = text("SET LOCAL work_mem = '32MB'")
_FIRST_AND_LAST = text("SELECT min(doc), max(doc) FROM search_docs")
# `doc + 0` and OFFSET 0 keep PostgreSQL from scanning in the order of numbers instead.
_INDEX_SCAN = (
    "SELECT doc, terms FROM search_index WHERE terms @@ CAST(:query AS tsquery)"
    " AND doc + 0 >= :start AND doc + 0 < :end OFFSET 0"
)
_ORDERED_SCAN = "SELECT doc, terms FROM search_index WHERE doc >= :start AND doc < :end"


# --- writing -----------------------------------------------------------------------------------


def insert(session: Session, rows: Sequence[tuple[int, SearchDocument]]) -> None:
    """Add documents."""
    session.connection().execute(
        _INSERT,
        [
            {"doc": doc, "length": words.length, "terms": tsvector_literal(doc, words)}
            for doc, words in rows
        ],
    )


def delete(session: Session, rows: Sequence[tuple[int, SearchDocument]]) -> None:
    """Do nothing: a document is removed with its row of `search_docs`."""


def clear(session: Session) -> None:
    """Remove every document."""
    session.execute(text("DELETE FROM search_index"))


# --- searching ---------------------------------------------------------------------------------


def prepare(session: Session) -> None:
    """Have each statement planned for its own words: a generic plan scans everything."""
    session.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
    session.execute(text("SET LOCAL jit = off"))


def newest(session: Session, query: IndexQuery, limits: Limits) -> Batch:
    """Return the newest matches, newest first.

    Searches windows of the last days, each as long as is likely to hold enough matches.
    """
    most, enough, minimum = limits
    if query.expression == MATCH_ALL:
        return exhausted_batch(_find(session, query, most), most)
    indexed = _index_part(query.expression, frequencies.document_count(session), enough)
    estimate = frequencies.estimate(session, query.expression, indexed)
    if indexed == MATCH_ALL and estimate.found:
        return _newest_sequential(session, query, limits, estimate)
    window = first_window(estimate, limits)
    found: list[Match] = []
    for _ in range(_MAX_WINDOWS):
        if not window:
            break
        start = _window_start(session, query, window)
        days = days_query(day_of(start), _last_day(session, query))
        more = _find(session, replace(query, start=start), most - len(found), indexed, days)
        found += more
        if start <= query.start:
            return exhausted_batch(found, most)
        searched, window = window, next_window(estimate, window, len(more), enough - len(found))
        expensive = estimate.is_expensive(window)
        if len(found) >= (minimum if expensive else enough):
            return Batch(found, found[-1].doc if len(found) >= most else start)
        if expensive:
            window = next_window(estimate, searched, len(more), minimum - len(found))
        query = replace(query, end=start)
    found += _find(session, query, most - len(found), indexed)
    return exhausted_batch(found, most)


def _newest_sequential(
    session: Session, query: IndexQuery, limits: Limits, estimate: CostEstimate
) -> Batch:
    """Scan documents in order, newest first, for as long as that is likely to be enough."""
    window = round(sequential_window(estimate.found, limits))
    start = _nth_newest(session, query, window) or query.start
    found = _find(session, replace(query, start=start), limits.most, MATCH_ALL)
    if start > query.start and len(found) >= limits.enough:
        return Batch(found, found[-1].doc if len(found) >= limits.most else start)
    if start > query.start:
        found += _find(session, replace(query, end=start), limits.most - len(found))
    return exhausted_batch(found, limits.most)


def _index_part(expression: Expression, documents: int, enough: int) -> Expression:
    """The part of `expression` to look up in the index; `MATCH_ALL` if that would not help.

    Leaves out prefixes of very many documents; the documents found are rechecked for those.
    """
    if isinstance(expression, PrefixTerm):
        scans = prefers_sequential_scan(expression.entries, documents, enough)
        return MATCH_ALL if scans else expression
    if isinstance(expression, And):
        return conjunction(*(_index_part(part, documents, enough) for part in expression.parts))
    if isinstance(expression, Or):
        parts = tuple(_index_part(part, documents, enough) for part in expression.parts)
        return MATCH_ALL if MATCH_ALL in parts else Or(parts)
    if isinstance(expression, Not):
        inner = _index_part(expression.part, documents, enough)
        return expression if inner == expression.part else MATCH_ALL
    return expression


def _window_start(session: Session, query: IndexQuery, window: float) -> int:
    """The first document of the day in which a window of the newest documents begins.

    Extrapolates from the last days for a large window. Never before the query's own start.
    """
    ahead = round(min(window, _MAX_SAMPLE))
    sample_start = _nth_newest(session, query, ahead)
    if sample_start is None:
        return query.start
    last_day = _last_day(session, query)
    days = (last_day - day_of(sample_start) + 1) * window / ahead
    first_day = max(last_day - math.ceil(days) + 1, 0)
    return max(first_doc_of_day(first_day), query.start)


def _nth_newest(session: Session, query: IndexQuery, ahead: int) -> int | None:
    """The document with `ahead` newer ones; None if there are fewer."""
    bounds = {"start": query.start, "end": query.end, "ahead": ahead}
    doc: int | None = session.execute(_NTH_NEWEST, bounds).scalar_one_or_none()
    return doc


def _last_day(session: Session, query: IndexQuery) -> int:
    latest = session.execute(text("SELECT max(doc) FROM search_index")).scalar_one()
    return day_of(min(query.end - 1, latest or 0))


def _find(
    session: Session,
    query: IndexQuery,
    limit: int,
    indexed: Expression | None = None,
    days: str = "",
) -> list[Match]:
    """The newest matches among the documents of `indexed` (by default all of it) in `days`."""
    whole = query.expression
    if query.without is not None:
        whole = conjunction(whole, Not(query.without))
    sql = SqlBuilder(_match, start=query.start, end=query.end, limit=limit)
    source = "search_docs d WHERE true"
    if query.expression != MATCH_ALL:
        if indexed is None or indexed == query.expression:
            indexed = whole
        documents = _documents(sql, whole, indexed, days)
        if not query.conditions:  # then only the newest need a row of search_docs
            documents = f"SELECT doc FROM ({documents}) matching ORDER BY doc DESC LIMIT :limit"
        source = f"({documents}) i JOIN search_docs d ON d.doc = i.doc WHERE true"
    statement = (
        "SELECT d.doc, d.entry_id, CAST(0 AS double precision), d.source_id, d.language"
        f" FROM {source} AND d.doc >= :start AND d.doc < :end{sql.conditions(query)}"
        " ORDER BY d.doc DESC LIMIT :limit"
    )
    return list(map(Match._make, session.execute(text(statement), sql.values)))


def _documents(sql: SqlBuilder, whole: Expression, indexed: Expression, days: str) -> str:
    """SQL for the documents that match `whole`; the index looks up `indexed`."""
    if indexed == MATCH_ALL:
        scan = _ORDERED_SCAN
    else:
        lookup = tsquery(indexed)
        sql.values["query"] = f"({lookup} & {days})" if days else lookup
        scan = _INDEX_SCAN
    if indexed == whole:
        return scan
    recheck = sql.bind(tsquery(whole))
    return f"SELECT doc FROM ({scan}) looked_up WHERE terms @@ CAST({recheck} AS tsquery)"


def all_matches(
    session: Session,
    query: IndexQuery,
    *,
    rows: bool,
    first: str = ":start",
    after: str = ":end",
) -> tuple[str, SqlBuilder]:
    """SQL, from its FROM on, for all matches as `d`.

    With `rows`, `d` is the row of each in `search_docs`; without, it has nothing but `doc`. Of a
    query that everything matches, those numbered from `first` to before `after`.
    """
    session.execute(_ALLOW_LARGE_BITMAPS)
    sql = SqlBuilder(_match, start=query.start, end=query.end)
    if query.expression == MATCH_ALL:
        source = f"search_docs d WHERE d.doc >= {first} AND d.doc < {after}"
    else:
        days = _days_worth_merging(session, query)
        source = f"({_documents(sql, query.expression, query.expression, days)})"
        joined = rows or query.conditions
        source += " i JOIN search_docs d ON d.doc = i.doc" if joined else " d"
        source += " WHERE true"
    return source + sql.conditions(query), sql


def _days_worth_merging(session: Session, query: IndexQuery) -> str:
    """The days of a query's range as a tsquery; "" if it is cheaper to fetch all documents."""
    first, last = session.execute(_FIRST_AND_LAST).one()
    if first is None:
        return ""
    first_day, last_day = max(day_of(query.start), day_of(first)), _last_day(session, query)
    share = max(last_day - first_day + 1, 0) / (day_of(last) - day_of(first) + 1)
    estimate = frequencies.estimate(session, query.expression, query.expression)
    window = estimate.documents * share
    if not 0 < share < 1 or estimate.cost(window) >= estimate.cost(0):
        return ""
    return days_query(first_day, last_day)


def _match(sql: SqlBuilder, expression: Expression) -> str:
    query = sql.bind(tsquery(expression))
    return (
        "EXISTS (SELECT 1 FROM search_index m WHERE m.doc = d.doc"
        f" AND m.terms @@ CAST({query} AS tsquery))"
    )


def newest_scored(session: Session, query: IndexQuery, limits: Limits) -> Batch:
    """Return what `newest` does, with scores for the best `MAX_BM25_SCORED`; the others have 0."""
    batch = newest(session, query, limits)
    terms = {term: tsquery(term) for term in terms_of(query.expression)}
    if not terms:
        return batch
    docs = [match.doc for match in batch.found]
    if len(docs) > MAX_BM25_SCORED:
        parameters = {
            "docs": docs,
            "query": tsquery(drop_pairs(query.expression)),
            "limit": MAX_BM25_SCORED,
        }
        docs = list(session.execute(_RANK, parameters).scalars())
    by_doc = scores(session, terms, docs)
    return batch._replace(
        found=[match._replace(score=by_doc.get(match.doc, 0.0)) for match in batch.found]
    )


def document_counts(session: Session, expressions: Sequence[Expression], enough: int) -> list[int]:
    """Count the documents matching each expression, up to `enough` + 1; large counts are rough."""
    return [min(_document_count(session, each, enough), enough + 1) for each in expressions]


def _document_count(session: Session, expression: Expression, enough: int) -> int:
    query = tsquery(expression)
    if enough < _FEW and not frequencies.is_common(session, expression):
        return frequencies.count_documents(session, query, enough + 1)
    return frequencies.document_frequency(session, expression, query)

"""The index in PostgreSQL's tsvector, under our own tokens.

Lexemes: a stem as it is, a folded word behind "=", a facet behind "/". The title has weight A. The
positions are those of the words, so that phrases can be query for.

A GIN index knows no order: it would bring all documents of a word to give the newest. So each has
its day among its facets ("/d" and a number), and the newest are query for by as many of the last
days as are likely to hold enough.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import text
from sqlalchemy.orm import Session

from aggregator.storage.search import frequencies
from aggregator.storage.search.bm25 import scores
from aggregator.storage.search.doc_ids import day_of, first_doc_of_day
from aggregator.storage.search.expressions import (
    MATCH_ALL,
    And,
    ExactPhrase,
    Expression,
    Facet,
    Not,
    Or,
    PrefixTerm,
    StemPhrase,
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
from aggregator.storage.search.scan_window import (
    CostEstimate,
    first_window,
    next_window,
    prefers_sequential_scan,
    sequential_window,
)
from aggregator.types import SearchDocument

_GAP = 10
"""Between title and text and facets: no phrase runs from one into the other."""
_MOST_POSITIONS = 255
_MAX_SAMPLE = 20_000
"""So far the documents are counted off to see how many a day has."""
_MAX_WINDOWS = 3
MAX_CANDIDATES = 1000
"""By relevance; it takes 10 µs to have one ranked."""
MAX_BM25_SCORED = 150
"""So many of the candidates are scored by bm25, the first by ts_rank, which is poor but quick."""

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


# --- filling -----------------------------------------------------------------------------------


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
    """Nothing to do: what is indexed goes with its row of `search_docs`."""


def clear(session: Session) -> None:
    """Take everything out."""
    session.execute(text("DELETE FROM search_index"))


def tsvector_literal(doc: int, words: SearchDocument) -> str:
    """A document as a tsvector is written."""
    lexemes: dict[str, list[str]] = {}
    place = _append_lexemes(lexemes, "=", words.title, 1, "A")
    _append_lexemes(lexemes, "", words.title_stems, 1, "A")
    after = _append_lexemes(lexemes, "=", words.text, place + _GAP, "")
    _append_lexemes(lexemes, "", words.text_stems, place + _GAP, "")
    _append_lexemes(lexemes, "/", f"{words.facets} d{day_of(doc)}", after + _GAP, "")
    return " ".join(
        f"'{lexeme}':{','.join(places[:_MOST_POSITIONS])}" for lexeme, places in lexemes.items()
    )


def _append_lexemes(
    lexemes: dict[str, list[str]], kind: str, words: str, first: int, weight: str
) -> int:
    """Add words from the position `first` on; the position after the last."""
    place = first
    for place, word in enumerate(words.split(), first):
        lexemes.setdefault(kind + word, []).append(f"{place}{weight}")
    return place + 1


# --- finding -----------------------------------------------------------------------------------


def prepare(session: Session) -> None:
    """Plan each statement for its own words: a plan for any words reads everything."""
    session.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
    session.execute(text("SET LOCAL jit = off"))


def newest(session: Session, query: IndexQuery, limits: Limits) -> Batch:
    """The newest documents, the newest first.

    The last days are query for first, as many as are likely to hold as many as are wanted.
    """
    most, enough, few = limits
    if query.expression == MATCH_ALL:
        return exhausted_batch(_find(session, query, most), most)
    indexed = _index_part(query.expression, frequencies.document_count(session), enough)
    likely = frequencies.estimate(session, query.expression, indexed)
    if indexed == MATCH_ALL and likely.found:
        return _newest_sequential(session, query, limits, likely)
    stretch = first_window(likely, limits)
    found: list[Match] = []
    for _ in range(_MAX_WINDOWS):
        if not stretch:
            break
        bound = _window_start(session, query, stretch)
        days = days_query(day_of(bound), _last_day(session, query))
        more = _find(session, replace(query, start=bound), most - len(found), indexed, days)
        found += more
        if bound <= query.start:
            return exhausted_batch(found, most)
        back, stretch = stretch, next_window(likely, stretch, len(more), enough - len(found))
        dear = likely.is_expensive(stretch)
        if len(found) >= (few if dear else enough):
            return Batch(found, found[-1].doc if len(found) >= most else bound)
        if dear:
            stretch = next_window(likely, back, len(more), few - len(found))
        query = replace(query, end=bound)
    found += _find(session, query, most - len(found), indexed)
    return exhausted_batch(found, most)


def _newest_sequential(
    session: Session, query: IndexQuery, limits: Limits, likely: CostEstimate
) -> Batch:
    """As `newest`, one document after the other for as long as that is likely to be enough."""
    bound = (
        _nth_newest(session, query, round(sequential_window(likely.found, limits))) or query.start
    )
    found = _find(session, replace(query, start=bound), limits.most, MATCH_ALL)
    if bound > query.start and len(found) >= limits.enough:
        return Batch(found, found[-1].doc if len(found) >= limits.most else bound)
    if bound > query.start:
        found += _find(session, replace(query, end=bound), limits.most - len(found))
    return exhausted_batch(found, limits.most)


def _index_part(expression: Expression, documents: int, enough: int) -> Expression:
    """What of `expression` the index is query; `MATCH_ALL` where it is no help.

    What it brings is looked at by itself for beginnings that very many documents have.
    """
    if isinstance(expression, PrefixTerm):
        dear = prefers_sequential_scan(expression.entries, documents, enough)
        return MATCH_ALL if dear else expression
    if isinstance(expression, And):
        return conjunction(*(_index_part(part, documents, enough) for part in expression.parts))
    if isinstance(expression, Or):
        parts = tuple(_index_part(part, documents, enough) for part in expression.parts)
        return MATCH_ALL if MATCH_ALL in parts else Or(parts)
    if isinstance(expression, Not):
        inner = _index_part(expression.part, documents, enough)
        return expression if inner == expression.part else MATCH_ALL
    return expression


def _window_start(session: Session, query: IndexQuery, back: float) -> int:
    """The first document of the day in which the one is that comes so far behind the newest.

    Far away it is reckoned by how many documents the last days have. Never before `query` begins.
    """
    ahead = round(min(back, _MAX_SAMPLE))
    there = _nth_newest(session, query, ahead)
    if there is None:
        return query.start
    days = (_last_day(session, query) - day_of(there) + 1) * back / ahead
    first = first_doc_of_day(max(_last_day(session, query) - math.ceil(days) + 1, 0))
    return max(first, query.start)


def _nth_newest(session: Session, query: IndexQuery, many: int) -> int | None:
    """The document that comes so many behind the newest; None where there are fewer."""
    bounds = {"start": query.start, "end": query.end, "ahead": many}
    there: int | None = session.execute(_NTH_NEWEST, bounds).scalar_one_or_none()
    return there


def _last_day(session: Session, query: IndexQuery) -> int:
    latest = session.execute(text("SELECT max(doc) FROM search_index")).scalar_one()
    return day_of(min(query.end - 1, latest or 0))


def days_query(first: int, last: int) -> str:
    """The days from `first` to `last` as a tsquery of few words: ten that begin alike are one.

    Days of long ago may begin so too: the numbers of documents leave them out.
    """
    words = []
    day = first
    while day <= last:
        step = 1
        while day and day % (10 * step) == 0 and day + 10 * step - 1 <= last:
            step *= 10
        words.append(f"'/d{day}'" if step == 1 else f"'/d{day // step}':*")
        day += step
    return f"({' | '.join(words)})"


_INDEX_SCAN = (
    "SELECT doc, terms FROM search_index WHERE terms @@ CAST(:query AS tsquery)"
    " AND doc + 0 >= :start AND doc + 0 < :end OFFSET 0"
)
"""Nothing is added, at an offset of nothing: or PostgreSQL would read in the order of numbers."""
_ORDERED_SCAN = "SELECT doc, terms FROM search_index WHERE doc >= :start AND doc < :end"


def _find(
    session: Session,
    query: IndexQuery,
    limit: int,
    indexed: Expression | None = None,
    days: str = "",
) -> list[Match]:
    """What `query` finds among what the index has of `indexed` (else of all of it) in `days`."""
    whole = query.expression
    if query.without is not None:
        whole = conjunction(whole, Not(query.without))
    writing = SqlBuilder(_match, start=query.start, end=query.end, limit=limit)
    source = "search_docs d WHERE true"
    if query.expression != MATCH_ALL:
        documents = _documents(
            writing, whole, whole if indexed in (None, query.expression) else indexed, days
        )
        if not query.conditions:  # then only the newest are looked up beside the index
            documents = f"SELECT doc FROM ({documents}) matching ORDER BY doc DESC LIMIT :limit"
        source = f"({documents}) i JOIN search_docs d ON d.doc = i.doc WHERE true"
    statement = (
        "SELECT d.doc, d.entry_id, CAST(0 AS double precision), d.source_id, d.language"
        f" FROM {source} AND d.doc >= :start AND d.doc < :end{writing.conditions(query)}"
        " ORDER BY d.doc DESC LIMIT :limit"
    )
    return list(map(Match._make, session.execute(text(statement), writing.values)))


def _documents(writing: SqlBuilder, whole: Expression, indexed: Expression, days: str) -> str:
    """The numbers of the documents that match `whole`; `indexed` is what the index is query."""
    if indexed == MATCH_ALL:
        looked_up = _ORDERED_SCAN
    else:
        query = tsquery(indexed)
        writing.values["query"] = f"({query} & {days})" if days else query
        looked_up = _INDEX_SCAN
    if indexed == whole:
        return looked_up
    place = writing.bind(tsquery(whole))
    return f"SELECT doc FROM ({looked_up}) looked_up WHERE terms @@ CAST({place} AS tsquery)"


def _match(writing: SqlBuilder, expression: Expression) -> str:
    place = writing.bind(tsquery(expression))
    return (
        "EXISTS (SELECT 1 FROM search_index m WHERE m.doc = d.doc"
        f" AND m.terms @@ CAST({place} AS tsquery))"
    )


def newest_scored(session: Session, query: IndexQuery, limits: Limits) -> Batch:
    """As `newest`; those that rank first have their scores, the others 0."""
    walked = newest(session, query, limits)
    found = walked.found
    if not terms_of(query.expression):
        return walked
    docs = [each.doc for each in found]
    if len(found) > MAX_BM25_SCORED:
        best = session.execute(
            _RANK,
            {
                "docs": docs,
                "query": tsquery(query.expression),
                "limit": MAX_BM25_SCORED,
            },
        )
        docs = list(best.scalars())
    terms = {term: tsquery(term) for term in terms_of(query.expression)}
    known = scores(session, terms, docs)
    return walked._replace(found=[each._replace(score=known.get(each.doc, 0.0)) for each in found])


def document_counts(session: Session, expressions: Sequence[Expression], enough: int) -> list[int]:
    """In how many documents each of `expressions` occurs; beyond `enough` about how many."""
    return [
        min(frequencies.document_frequency(session, each, tsquery(each)), enough + 1)
        for each in expressions
    ]


# --- PostgreSQL's own language -------------------------------------------------------------------


def tsquery(expression: Expression) -> str:
    """`expression` as a tsquery is written."""
    if isinstance(expression, StemPhrase):
        return _phrase("", expression.tokens, expression.title_only)
    if isinstance(expression, ExactPhrase):
        return _phrase("=", expression.tokens, expression.title_only)
    if isinstance(expression, PrefixTerm):
        flags = "*A" if expression.title_only else "*"
        return f"('={expression.token}':{flags} | '{expression.token}':{flags})"
    if isinstance(expression, Facet):
        return _phrase("/", expression.tokens, title_only=False)
    if isinstance(expression, Not):
        return f"!{tsquery(expression.part)}"
    operator, empty = (" | ", "'/nothing'") if isinstance(expression, Or) else (" & ", "'/all'")
    return f"({operator.join(map(tsquery, expression.parts)) or empty})"


def _phrase(kind: str, tokens: Iterable[str], title_only: bool) -> str:
    flags = ":A" if title_only else ""
    words = [f"'{kind}{token}'{flags}" for token in tokens]
    return f"({' <-> '.join(words)})"

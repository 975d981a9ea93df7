"""The index in SQLite's FTS5.

The table keeps no text ("contentless"), so to take a row out FTS5 is told what was in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from aggregator.storage.search.bm25 import TITLE_WEIGHT, CorpusStats, corpus_stats, score
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
from aggregator.types import SearchDocument

_COLUMNS = "title, text, title_stems, text_stems, facets"
_VALUES = ":title, :text, :title_stems, :text_stems, :facets"
_INSERT = text(f"INSERT INTO search_index (rowid, {_COLUMNS}) VALUES (:doc, {_VALUES})")
_DELETE = text(
    f"INSERT INTO search_index (search_index, rowid, {_COLUMNS}) VALUES ('delete', :doc, {_VALUES})"
)
_CLEAR = text("INSERT INTO search_index (search_index) VALUES ('delete-all')")

MAX_CANDIDATES = 2000
"""By relevance."""
_SCORED_FACTOR = 3
"""Times as many documents as were found, at most, are scored for the other words of a query."""
_BM25 = f"bm25(search_index, {TITLE_WEIGHT}, 1.0, {TITLE_WEIGHT}, 1.0, 0.0)"


# --- filling -----------------------------------------------------------------------------------


def insert(session: Session, rows: Sequence[tuple[int, SearchDocument]]) -> None:
    """Add documents, in the order of their numbers."""
    session.connection().execute(_INSERT, [_row(*row) for row in rows])


def delete(session: Session, rows: Sequence[tuple[int, SearchDocument]]) -> None:
    """Take documents out; their words have to be the very ones that were put in."""
    session.connection().execute(_DELETE, [_row(*row) for row in rows])


def clear(session: Session) -> None:
    """Take everything out."""
    session.execute(_CLEAR)


def _row(doc: int, words: SearchDocument) -> dict[str, Any]:
    return {
        "doc": doc,
        "title": words.title,
        "text": words.text,
        "title_stems": words.title_stems,
        "text_stems": words.text_stems,
        "facets": words.facets,
    }


# --- finding -----------------------------------------------------------------------------------


def prepare(session: Session) -> None:
    """Nothing to do."""


def newest(session: Session, query: IndexQuery, limits: Limits) -> Batch:
    """The newest documents, the newest first: FTS5 walks its lists from their ends."""
    return exhausted_batch(_find(session, query, "0.0", limits.most), limits.most)


def newest_scored(session: Session, query: IndexQuery, limits: Limits) -> Batch:
    """As `newest`, with their scores."""
    broad = [
        term
        for term in terms_of(query.expression)
        if isinstance(term, PrefixTerm) and term.expansions
    ]
    if not broad:
        return exhausted_batch(_find(session, query, f"-{_BM25}", limits.most), limits.most)
    walked = newest(session, query, limits)
    points = _prefix_scores(session, query, walked.found, broad)
    return walked._replace(found=[each._replace(score=points[each.doc]) for each in walked.found])


def _prefix_scores(
    session: Session, query: IndexQuery, found: Sequence[Match], broad: Sequence[PrefixTerm]
) -> dict[int, float]:
    """Scores where FTS5 would count all documents of hundreds of words: bm25 of the others.

    Of a beginning that very many entries have it counts whether it is there or in the title.
    """
    points: dict[int, float] = defaultdict(float)
    if not found:
        return points
    within = replace(query, start=found[-1].doc, conditions=(), without=None)
    most = _SCORED_FACTOR * len(found)
    rest = _drop_terms(query.expression, broad)
    if rest is not None and terms_of(rest):
        for each in _find(session, replace(within, expression=rest), f"-{_BM25}", most):
            points[each.doc] = each.score
    known = corpus_stats(session)
    for begins in broad:
        in_titles = _find(session, replace(within, expression=_in_title(begins)), "0.0", most)
        titles = {each.doc for each in in_titles}
        there, in_title = (_prefix_score(weight, begins, known) for weight in (1.0, TITLE_WEIGHT))
        for each in found:
            points[each.doc] += in_title if each.doc in titles else there
    return points


def _prefix_score(weight: float, begins: PrefixTerm, known: CorpusStats) -> float:
    """What a beginning that is there once adds, in a document of ordinary length."""
    return score(weight, round(known.mean_length), min(begins.entries, known.documents), known)


def _in_title(begins: PrefixTerm) -> PrefixTerm:
    among = tuple(replace(each, title_only=True) for each in begins.expansions)
    return replace(begins, title_only=True, expansions=among)


def _drop_terms(expression: Expression, broad: Sequence[PrefixTerm]) -> Expression | None:
    """What `expression` asks beside `broad`; None where that is nothing."""
    if isinstance(expression, And | Or):
        parts = [_drop_terms(part, broad) for part in expression.parts]
        kept = tuple(part for part in parts if part is not None)
        return type(expression)(kept) if kept else None
    return None if expression in broad else expression


def document_counts(session: Session, expressions: Sequence[Expression], enough: int) -> list[int]:
    """In how many documents each of `expressions` occurs; beyond `enough` it is not counted on."""
    counted = text(
        "SELECT count(*) FROM"
        " (SELECT 1 FROM search_index WHERE search_index MATCH :match LIMIT :enough)"
    )
    return [
        session.execute(counted, {"match": fts5(each), "enough": enough + 1}).scalar_one()
        for each in expressions
    ]


def _find(session: Session, query: IndexQuery, score: str, limit: int) -> list[Match]:
    writing = SqlBuilder(_match, start=query.start, end=query.end, limit=limit)
    if query.expression == MATCH_ALL:
        score, number, source = "0.0", "d.doc", "search_docs d WHERE true"
    else:
        number = "search_index.rowid"
        source = (
            "search_index CROSS JOIN search_docs d ON d.doc = search_index.rowid"
            f" WHERE search_index MATCH {writing.bind(fts5(query.expression))}"
        )
    if query.without is not None:
        source += f" AND NOT {writing.match(query.without)}"
    statement = (
        f"SELECT d.doc, d.entry_id, {score}, d.source_id, d.language FROM {source}"
        f" AND {number} >= :start AND {number} < :end{writing.conditions(query)}"
        f" ORDER BY {number} DESC LIMIT :limit"
    )
    return list(map(Match._make, session.execute(text(statement), writing.values)))


def _match(writing: SqlBuilder, expression: Expression) -> str:
    place = writing.bind(fts5(expression))
    return f"d.doc IN (SELECT rowid FROM search_index WHERE search_index MATCH {place})"


# --- FTS5's own language -------------------------------------------------------------------------


def fts5(expression: Expression) -> str:
    """`expression` as FTS5 reads it."""
    if isinstance(expression, StemPhrase):
        return _columns("stems", expression.title_only) + _phrase(expression.tokens)
    if isinstance(expression, ExactPhrase):
        return _columns("", expression.title_only) + _phrase(expression.tokens)
    if isinstance(expression, PrefixTerm):
        if expression.expansions:
            return f"({' OR '.join(map(fts5, expression.expansions))})"
        columns = "title title_stems" + ("" if expression.title_only else " text text_stems")
        return f"{{{columns}}} : {_phrase((expression.token,))} *"
    if isinstance(expression, Facet):
        return f"facets : {_phrase(expression.tokens)}"
    if isinstance(expression, Or):
        return "(" + (" OR ".join(map(fts5, expression.parts)) or 'facets : "nothing"') + ")"
    if isinstance(expression, Not):
        return _all((expression,))
    return _all(expression.parts)


def _all(parts: Sequence[Expression]) -> str:
    """FTS5 has no negation but "this and not that"."""
    included = [fts5(each) for each in parts if not isinstance(each, Not)] or ['facets : "all"']
    excluded = [fts5(each.part) for each in parts if isinstance(each, Not)]
    found = "(" + " AND ".join(included) + ")"
    return f"({found} NOT ({' OR '.join(excluded)}))" if excluded else found


def _columns(kind: str, title_only: bool) -> str:
    title, body = ("title_stems", "text_stems") if kind else ("title", "text")
    return f"{title} : " if title_only else f"{{{title} {body}}} : "


def _phrase(tokens: Sequence[str]) -> str:
    return '"' + " ".join(tokens).replace('"', '""') + '"'

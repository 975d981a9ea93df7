"""The index in SQLite's FTS5.

The FTS5 table is contentless: it does not keep the text, so removing a row takes the words that
were inserted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

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
    Term,
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
from aggregator.storage.search.title_scores import score_by_titles
from aggregator.types import SearchDocument

# Maximum candidates to rank by relevance.
MAX_CANDIDATES = 2000
# Maximum partial matches to rank; each takes 8 µs.
MAX_PARTIAL_MATCHES = 3000
# Maximum documents to score beside an expanded prefix, as a multiple of those found.
_SCORED_FACTOR = 3
# Maximum documents for bm25 to count, of more than two terms together: 40 ms.
_MAX_COUNTED = 600_000
# Number of the newest documents in which the frequency of a term is estimated.
_SAMPLE = 20_000
# Maximum candidates to rank by their titles; each takes 25 µs.
_MAX_TITLES = 700

_COLUMNS = "title, text, title_stems, text_stems, facets"
_VALUES = ":title, :text, :title_stems, :text_stems, :facets"
_INSERT = text(f"INSERT INTO search_index (rowid, {_COLUMNS}) VALUES (:doc, {_VALUES})")
_DELETE = text(
    f"INSERT INTO search_index (search_index, rowid, {_COLUMNS}) VALUES ('delete', :doc, {_VALUES})"
)
_CLEAR = text("INSERT INTO search_index (search_index) VALUES ('delete-all')")
_COUNT = text(
    "SELECT count(*) FROM"
    " (SELECT 1 FROM search_index WHERE search_index MATCH :match LIMIT :enough)"
)
_SAMPLE_START = text("SELECT doc FROM search_docs ORDER BY doc DESC LIMIT 1 OFFSET :size")
_COUNT_SAMPLE = text(
    "SELECT count(*) FROM search_index WHERE search_index MATCH :match AND rowid > :start"
)
_BM25 = f"bm25(search_index, {TITLE_WEIGHT}, 1.0, {TITLE_WEIGHT}, 1.0, 0.0)"
_UNSCORED = "0.0"


# --- writing -----------------------------------------------------------------------------------


def insert(session: Session, rows: Sequence[tuple[int, SearchDocument]]) -> None:
    """Add documents, in ascending order of their numbers."""
    session.connection().execute(_INSERT, [_row(*row) for row in rows])


def delete(session: Session, rows: Sequence[tuple[int, SearchDocument]]) -> None:
    """Remove documents; the words must equal those inserted."""
    session.connection().execute(_DELETE, [_row(*row) for row in rows])


def clear(session: Session) -> None:
    """Remove every document."""
    session.execute(_CLEAR)


def _row(doc: int, words: SearchDocument) -> dict[str, int | str]:
    return {"doc": doc, **words._asdict()}


# --- searching ---------------------------------------------------------------------------------


def prepare(session: Session) -> None:
    """Do nothing: FTS5 needs no preparation."""


def newest(session: Session, query: IndexQuery, limits: Limits) -> Batch:
    """Return the newest matches, newest first: FTS5 walks its lists from the end."""
    return exhausted_batch(_find(session, query, _UNSCORED, limits.most), limits.most)


def newest_scored(session: Session, query: IndexQuery, limits: Limits) -> Batch:
    """Return what `newest` does, with scores."""
    expanded = [
        term
        for term in terms_of(query.expression)
        if isinstance(term, PrefixTerm) and term.expansions
    ]
    if not expanded:
        frequent = _frequencies_beyond_counting(session, query)
        if frequent:
            batch = newest(session, query, limits._replace(most=min(limits.most, _MAX_TITLES)))
            found = score_by_titles(session, batch.found, frequent, corpus_stats(session))
            return batch._replace(found=found)
        return exhausted_batch(_find(session, query, f"-{_BM25}", limits.most), limits.most)
    batch = newest(session, query, limits)
    points = _scores_beside_prefixes(session, query, batch.found, expanded)
    return batch._replace(found=[match._replace(score=points[match.doc]) for match in batch.found])


def _frequencies_beyond_counting(session: Session, query: IndexQuery) -> dict[Term, int]:
    """Estimate the documents of each term, if together they are too many for bm25 to count.

    Only for queries that require all of their terms.
    """
    terms = terms_of(query.expression)
    documents = corpus_stats(session).documents
    required = all(isinstance(part, Facet | Not | Term) for part in _conjuncts(query.expression))
    if len(terms) < 3 or documents < _MAX_COUNTED / len(terms) or not required:
        return {}
    size = min(_SAMPLE, documents)
    start = session.execute(_SAMPLE_START, {"size": size}).scalar_one_or_none() or 0
    counted = {
        term: session.execute(_COUNT_SAMPLE, {"match": fts5(term), "start": start}).scalar_one()
        for term in terms
    }
    estimated = {term: round(count * documents / size) for term, count in counted.items()}
    return estimated if sum(estimated.values()) > _MAX_COUNTED else {}


def _conjuncts(expression: Expression) -> Sequence[Expression]:
    return expression.parts if isinstance(expression, And) else (expression,)


def _scores_beside_prefixes(
    session: Session, query: IndexQuery, found: Sequence[Match], expanded: Sequence[PrefixTerm]
) -> dict[int, float]:
    """Scores of a query with expanded prefixes, by document.

    FTS5 would count all documents of hundreds of words. So its bm25 scores only the other terms,
    and an expanded prefix counts once, as in the title if it is there.
    """
    points: dict[int, float] = defaultdict(float)
    if not found:
        return points
    found_range = replace(query, start=found[-1].doc, conditions=(), without=None)
    most = _SCORED_FACTOR * len(found)
    others = _drop_terms(query.expression, expanded)
    if others is not None and terms_of(others):
        for match in _find(session, replace(found_range, expression=others), f"-{_BM25}", most):
            points[match.doc] = match.score
    corpus = corpus_stats(session)
    for prefix in expanded:
        in_title = replace(found_range, expression=_title_only(prefix))
        titles = {match.doc for match in _find(session, in_title, _UNSCORED, most)}
        body_score = _prefix_score(1.0, prefix, corpus)
        title_score = _prefix_score(TITLE_WEIGHT, prefix, corpus)
        for match in found:
            points[match.doc] += title_score if match.doc in titles else body_score
    return points


def _prefix_score(term_frequency: float, prefix: PrefixTerm, corpus: CorpusStats) -> float:
    """The score of a prefix in a document of mean length."""
    return score(term_frequency, round(corpus.mean_length), prefix.entries, corpus)


def _title_only(prefix: PrefixTerm) -> PrefixTerm:
    expansions = tuple(replace(term, title_only=True) for term in prefix.expansions)
    return replace(prefix, title_only=True, expansions=expansions)


def _drop_terms(expression: Expression, terms: Sequence[PrefixTerm]) -> Expression | None:
    """`expression` without `terms`; None if nothing is left."""
    if isinstance(expression, And | Or):
        parts = [_drop_terms(part, terms) for part in expression.parts]
        kept = tuple(part for part in parts if part is not None)
        return type(expression)(kept) if kept else None
    return None if expression in terms else expression


def document_counts(session: Session, expressions: Sequence[Expression], enough: int) -> list[int]:
    """Count the documents matching each expression, up to `enough` + 1."""
    return [
        session.execute(_COUNT, {"match": fts5(expression), "enough": enough + 1}).scalar_one()
        for expression in expressions
    ]


def _find(session: Session, query: IndexQuery, score: str, limit: int) -> list[Match]:
    """The newest matches; `score` is an SQL expression."""
    sql = SqlBuilder(_match, start=query.start, end=query.end, limit=limit)
    if query.expression == MATCH_ALL:
        score, number, source = _UNSCORED, "d.doc", "search_docs d WHERE true"
    else:
        number = "search_index.rowid"
        source = (
            "search_index CROSS JOIN search_docs d ON d.doc = search_index.rowid"
            f" WHERE search_index MATCH {sql.bind(fts5(query.expression))}"
        )
    if query.without is not None:
        source += f" AND NOT {sql.match(query.without)}"
    statement = (
        f"SELECT d.doc, d.entry_id, {score}, d.source_id, d.language FROM {source}"
        f" AND {number} >= :start AND {number} < :end{sql.conditions(query)}"
        f" ORDER BY {number} DESC LIMIT :limit"
    )
    return list(map(Match._make, session.execute(text(statement), sql.values)))


def _match(sql: SqlBuilder, expression: Expression) -> str:
    match = sql.bind(fts5(expression))
    return f"d.doc IN (SELECT rowid FROM search_index WHERE search_index MATCH {match})"


# --- counting ----------------------------------------------------------------------------------


def all_matches(
    query: IndexQuery,
    *,
    rows: bool,
    first: str = ":start",
    after: str = ":end",
    match: str | None = None,
) -> tuple[str, SqlBuilder]:
    """SQL, from its FROM on, for the matches numbered from `first` to before `after`.

    With `rows`, `d` is the row of each in `search_docs`. `match` is SQL for an FTS5 query, instead
    of that of `query`.
    """
    sql = SqlBuilder(_match, start=query.start, end=query.end)
    if match is None and query.expression != MATCH_ALL:
        match = sql.bind(fts5(query.expression))
    if match is None:
        number, source = "d.doc", "search_docs d WHERE true"
    else:
        number = "search_index.rowid"
        joined = f" CROSS JOIN search_docs d ON d.doc = {number}"
        source = f"search_index{joined if rows or query.conditions else ''}"
        source += f" WHERE search_index MATCH {match}"
    source += f" AND {number} >= {first} AND {number} < {after}{sql.conditions(query)}"
    return source, sql


# --- FTS5's query language ---------------------------------------------------------------------


def fts5(expression: Expression) -> str:
    """Write `expression` as an FTS5 query."""
    if isinstance(expression, StemPhrase):
        return _columns("_stems", expression.title_only) + _phrase(expression.tokens)
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
    """Join by AND. FTS5 has only a binary NOT, so negations follow at the end."""
    included = [fts5(part) for part in parts if not isinstance(part, Not)] or ['facets : "all"']
    excluded = [fts5(part.part) for part in parts if isinstance(part, Not)]
    matches = "(" + " AND ".join(included) + ")"
    return f"({matches} NOT ({' OR '.join(excluded)}))" if excluded else matches


def _columns(suffix: str, title_only: bool) -> str:
    title, body = f"title{suffix}", f"text{suffix}"
    return f"{title} : " if title_only else f"{{{title} {body}}} : "


def _phrase(tokens: Sequence[str]) -> str:
    return '"' + " ".join(tokens).replace('"', '""') + '"'

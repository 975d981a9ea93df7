"""Document frequencies on PostgreSQL, from its own statistics where it has them.

Counting the documents of a word in a third of a million takes a second; counting those of a word
that ANALYZE did not list as common takes milliseconds.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from math import prod
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from aggregator.storage.models import SearchState
from aggregator.storage.search.expressions import (
    And,
    ExactPhrase,
    Expression,
    Facet,
    Not,
    Or,
    PrefixTerm,
    StemPhrase,
)
from aggregator.storage.search.scan_window import CostEstimate

_CACHE_TTL_S = 300.0
# Assumed fraction of the documents with all words of a phrase that have the phrase.
_PHRASE_SELECTIVITY = 0.05
# Maximum documents with all words of a phrase to count the phrase in; beyond, it is estimated.
_MAX_PHRASE_CANDIDATES = 3000
# Maximum documents of a term to count, once there are statistics.
_EXACT_COUNT_LIMIT = 1000

_STATISTICS = text(
    "SELECT CAST(CAST(most_common_elems AS text) AS text[]) AS elements,"
    " most_common_elem_freqs AS shares FROM pg_stats WHERE schemaname = current_schema()"
    " AND tablename = 'search_index' AND attname = 'terms' AND most_common_elems IS NOT NULL"
)
_COUNT = text(
    "SELECT count(*) FROM (SELECT 1 FROM search_index"
    " WHERE terms @@ CAST(:query AS tsquery) LIMIT CAST(:enough AS bigint)) counted"
)


@dataclass(frozen=True, slots=True)
class _Statistics:
    """What ANALYZE last found in the index."""

    shares: dict[str, float]
    """Fraction of documents that have each of the most common lexemes."""
    documents: int
    read_at: float
    """By the monotonic clock."""


_statistics_cache: WeakKeyDictionary[Engine, _Statistics] = WeakKeyDictionary()


def clear_cache() -> None:
    """Forget the statistics; they are read again when next needed."""
    _statistics_cache.clear()


def estimate(session: Session, expression: Expression, indexed: Expression) -> CostEstimate:
    """Estimate the matches of `expression` among the documents that match `indexed`."""
    statistics = _statistics(session)
    found = _selectivity(expression, statistics, _PHRASE_SELECTIVITY)
    candidate_share = max(found, _selectivity(indexed, statistics, 1.0))
    return CostEstimate(statistics.documents, found, candidate_share)


def document_count(session: Session) -> int:
    """Return about how many documents the index has."""
    return _statistics(session).documents


def document_frequency(session: Session, expression: Expression, query: str) -> int:
    """Return how many documents match, estimated if there are many; `query` is the tsquery."""
    if isinstance(expression, PrefixTerm) and expression.expansions:
        return expression.entries
    statistics = _statistics(session)
    if not statistics.shares:
        return int(session.execute(_COUNT, {"query": query, "enough": None}).scalar_one())
    share = 0.0
    if isinstance(expression, StemPhrase | ExactPhrase):
        candidates = _selectivity(expression, statistics, 1.0) * statistics.documents
        if len(expression.tokens) == 1 or candidates > _MAX_PHRASE_CANDIDATES:
            share = _selectivity(expression, statistics, _PHRASE_SELECTIVITY)
    if not share:
        parameters = {"query": query, "enough": _EXACT_COUNT_LIMIT}
        counted = int(session.execute(_COUNT, parameters).scalar_one())
        if counted < _EXACT_COUNT_LIMIT:
            return counted
        share = min(statistics.shares.values()) / 2  # rarer than any listed lexeme
    return max(round(share * statistics.documents), 1)


def _selectivity(expression: Expression, statistics: _Statistics, phrase: float) -> float:
    """The fraction of documents that match.

    `phrase` is the fraction to assume of the documents with all words of a phrase.
    """
    if isinstance(expression, And):
        return prod(_selectivity(part, statistics, phrase) for part in expression.parts)
    if isinstance(expression, Or):
        return min(1.0, sum(_selectivity(part, statistics, phrase) for part in expression.parts))
    if isinstance(expression, Not):
        return 1.0 - _selectivity(expression.part, statistics, phrase)
    if isinstance(expression, PrefixTerm):
        return _prefix_selectivity(expression, statistics)
    kind = {StemPhrase: "", ExactPhrase: "=", Facet: "/"}[type(expression)]
    share = prod(statistics.shares.get(f"{kind}{token}", 0.0) for token in expression.tokens)
    return share if len(expression.tokens) == 1 else min(1.0, share * phrase)


def _prefix_selectivity(prefix: PrefixTerm, statistics: _Statistics) -> float:
    if prefix.expansions:
        return min(1.0, prefix.entries / max(statistics.documents, 1))
    starts = (f"={prefix.token}", prefix.token)
    shares = statistics.shares.items()
    return max((share for lexeme, share in shares if lexeme.startswith(starts)), default=0)


def _statistics(session: Session) -> _Statistics:
    engine = session.get_bind().engine
    cached = _statistics_cache.get(engine)
    if cached is not None and time.monotonic() - cached.read_at <= _CACHE_TTL_S:
        return cached
    row = session.execute(_STATISTICS).one_or_none()
    shares = dict(zip(row.elements, row.shares, strict=False)) if row else {}
    documents = session.execute(select(SearchState.documents)).scalar_one_or_none() or 0
    statistics = _statistics_cache[engine] = _Statistics(shares, documents, time.monotonic())
    return statistics

"""How frequent words are on PostgreSQL: of the most common ones its own statistics know.

Counting the documents of a word that is in a third of a million takes a second; of one that
ANALYZE did not find common it takes milliseconds.
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
_PHRASE_SELECTIVITY = 0.05
"""How many of the documents with all words of a phrase have it, for want of knowledge."""

_STATISTICS = text(
    "SELECT CAST(CAST(most_common_elems AS text) AS text[]) AS elements,"
    " most_common_elem_freqs AS shares FROM pg_stats WHERE schemaname = current_schema()"
    " AND tablename = 'search_index' AND attname = 'terms' AND most_common_elems IS NOT NULL"
)
_COUNT = text(
    "SELECT count(*) FROM (SELECT 1 FROM search_index"
    " WHERE terms @@ CAST(:query AS tsquery) LIMIT CAST(:enough AS bigint)) counted"
)
_MAX_PHRASE_CANDIDATES = 3000
"""Documents with all words of a phrase; of more it is not counted how many have the phrase."""
_EXACT_COUNT_LIMIT = 1000
"""Documents of a word that are counted one by one, once there are statistics."""


@dataclass(frozen=True, slots=True)
class _Statistics:
    """What PostgreSQL found when it last analysed the index."""

    of: dict[str, float]
    """The share of documents that each of the most common lexemes is in."""
    documents: int
    read_at: float


_statistics_cache: WeakKeyDictionary[Engine, _Statistics] = WeakKeyDictionary()


def clear_cache() -> None:
    """Read the statistics anew when they are next needed."""
    _statistics_cache.clear()


def estimate(session: Session, expression: Expression, indexed: Expression) -> CostEstimate:
    """What `expression` finds, looked for in what the index has of `indexed`."""
    known = _statistics(session)
    found = _selectivity(expression, known, _PHRASE_SELECTIVITY)
    return CostEstimate(known.documents, found, max(found, _selectivity(indexed, known, 1.0)))


def document_count(session: Session) -> int:
    """About how many documents there are."""
    return _statistics(session).documents


def document_frequency(session: Session, expression: Expression, query: str) -> int:
    """How many documents match; about how many, where these are too many to count."""
    if isinstance(expression, PrefixTerm) and expression.expansions:
        return expression.entries
    known = _statistics(session)
    shares = known.of
    if not shares:
        return int(session.execute(_COUNT, {"query": query, "enough": None}).scalar_one())
    share = 0.0
    if isinstance(expression, StemPhrase | ExactPhrase):
        together = _selectivity(expression, known, 1.0) * known.documents
        if len(expression.tokens) == 1 or together > _MAX_PHRASE_CANDIDATES:
            share = _selectivity(expression, known, _PHRASE_SELECTIVITY)
    if not share:
        asked = {"query": query, "enough": _EXACT_COUNT_LIMIT}
        counted = int(session.execute(_COUNT, asked).scalar_one())
        if counted < _EXACT_COUNT_LIMIT:
            return counted
        share = min(shares.values()) / 2  # rarer than what the statistics name
    return max(round(share * known.documents), 1)


def _selectivity(expression: Expression, known: _Statistics, phrase: float) -> float:
    """`phrase` is how many of the documents with all words of a phrase are to be counted."""
    if isinstance(expression, And):
        return prod(_selectivity(part, known, phrase) for part in expression.parts)
    if isinstance(expression, Or):
        return min(1.0, sum(_selectivity(part, known, phrase) for part in expression.parts))
    if isinstance(expression, Not):
        return 1.0 - _selectivity(expression.part, known, phrase)
    if isinstance(expression, PrefixTerm):
        return _prefix_selectivity(expression, known)
    kind = {StemPhrase: "", ExactPhrase: "=", Facet: "/"}[type(expression)]
    share = prod(known.of.get(f"{kind}{token}", 0.0) for token in expression.tokens)
    return share if len(expression.tokens) == 1 else min(1.0, share * phrase)


def _prefix_selectivity(begins: PrefixTerm, known: _Statistics) -> float:
    if begins.expansions:
        return min(1.0, begins.entries / max(known.documents, 1))
    starts = (f"={begins.token}", begins.token)
    return max((share for each, share in known.of.items() if each.startswith(starts)), default=0)


def _statistics(session: Session) -> _Statistics:
    engine = session.get_bind().engine
    known = _statistics_cache.get(engine)
    if known is None or time.monotonic() - known.read_at > _CACHE_TTL_S:
        row = session.execute(_STATISTICS).one_or_none()
        pairs = zip(row.elements, row.shares, strict=False) if row else ()
        documents = session.execute(select(SearchState.documents)).scalar_one_or_none() or 0
        known = _statistics_cache[engine] = _Statistics(dict(pairs), documents, time.monotonic())
    return known

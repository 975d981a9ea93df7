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
    Begins,
    Exact,
    Expression,
    Facet,
    Not,
    Or,
    Stems,
)

_KEPT_S = 300.0
_PHRASE = 0.05
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
_ENOUGH = 1000
"""Documents of a word that are counted one by one, once there are statistics."""


@dataclass(frozen=True, slots=True)
class _Shares:
    """The share of documents that each of the most common lexemes is in."""

    of: dict[str, float]
    read_at: float


_known: WeakKeyDictionary[Engine, _Shares] = WeakKeyDictionary()


def forget() -> None:
    """Read the statistics anew when they are next needed."""
    _known.clear()


def share_of(session: Session, expression: Expression) -> float:
    """About which part of the documents match, from 0 to 1; 0 for anything rare."""
    return _share(expression, _shares(session))


def documents_with(session: Session, expression: Expression, query: str) -> int:
    """How many documents match; about how many, where these are too many to count."""
    shares = _shares(session)
    if not shares:
        return int(session.execute(_COUNT, {"query": query, "enough": None}).scalar_one())
    share = 0.0
    if isinstance(expression, Stems | Exact) and len(expression.tokens) == 1:
        share = _share(expression, shares)
    if not share:
        asked = {"query": query, "enough": _ENOUGH}
        counted = int(session.execute(_COUNT, asked).scalar_one())
        if counted < _ENOUGH:
            return counted
        share = min(shares.values()) / 2  # rarer than what the statistics name
    documents = session.execute(select(SearchState.documents)).scalar_one()
    return max(round(share * documents), 1)


def _share(expression: Expression, shares: dict[str, float]) -> float:
    if isinstance(expression, And):
        return prod(_share(part, shares) for part in expression.parts)
    if isinstance(expression, Or):
        return min(1.0, sum(_share(part, shares) for part in expression.parts))
    if isinstance(expression, Not):
        return 1.0 - _share(expression.part, shares)
    if isinstance(expression, Begins):
        starts = (f"={expression.token}", expression.token)
        return max((share for each, share in shares.items() if each.startswith(starts)), default=0)
    kind = {Stems: "", Exact: "=", Facet: "/"}[type(expression)]
    share = prod(shares.get(f"{kind}{token}", 0.0) for token in expression.tokens)
    return share if len(expression.tokens) == 1 else min(1.0, share * _PHRASE)


def _shares(session: Session) -> dict[str, float]:
    engine = session.get_bind().engine
    known = _known.get(engine)
    if known is None or time.monotonic() - known.read_at > _KEPT_S:
        row = session.execute(_STATISTICS).one_or_none()
        pairs = zip(row.elements, row.shares, strict=False) if row else ()
        known = _known[engine] = _Shares(dict(pairs), time.monotonic())
    return known.of

"""bm25 for PostgreSQL, as SQLite's FTS5 has it: the same constants, lengths and weights.

Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009),
with what the documentation of FTS5 says of its `bm25()`.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from aggregator.storage.models import SearchState
from aggregator.storage.search import frequencies
from aggregator.storage.search.expressions import ExactPhrase, PrefixTerm, Term

K1, B = 1.2, 0.75
TITLE_WEIGHT = 2.0
_MIN_IDF = 1e-6
"""For what is in most documents."""

Positions = Mapping[str, Sequence[tuple[int, bool]]]
"""(position, whether in the title) by lexeme, of one document."""

_POSITIONS = text(
    "SELECT i.doc, i.length, u.lexeme, u.positions, u.weights"
    " FROM search_index i LEFT JOIN LATERAL unnest(i.terms) u"
    " ON u.lexeme = ANY(CAST(:lexemes AS text[])) OR u.lexeme ^@ ANY(CAST(:prefixes AS text[]))"
    " WHERE i.doc = ANY(CAST(:docs AS bigint[]))"
)


@dataclass(frozen=True, slots=True)
class CorpusStats:
    """What all documents are like."""

    documents: int
    mean_length: float


def scores(session: Session, terms: Mapping[Term, str], docs: Sequence[int]) -> dict[int, float]:
    """How well each of `docs` fits `terms`, each with its tsquery."""
    if not terms or not docs:
        return {}
    rarity = dict.fromkeys(terms, 0)  # of one term it changes nothing in the order
    if len(terms) > 1:
        for term, query in terms.items():
            rarity[term] = frequencies.document_frequency(session, term, query)
    known = corpus_stats(session)
    lengths, places = _load_positions(session, terms, docs)
    return {
        doc: sum(score(_weight(term, places[doc]), length, rarity[term], known) for term in terms)
        for doc, length in lengths.items()
    }


def score(weight: float, length: int, documents: int, known: CorpusStats) -> float:
    """What one term adds: `weight` is how often it is there, `documents` in how many it is."""
    if not weight:
        return 0.0
    idf = math.log((known.documents - documents + 0.5) / (documents + 0.5))
    norm = K1 * (1 - B + B * length / known.mean_length)
    return max(idf, _MIN_IDF) * weight * (K1 + 1) / (weight + norm)


def corpus_stats(session: Session) -> CorpusStats:
    """What is known of all documents."""
    row = session.execute(select(SearchState.documents, SearchState.tokens)).one()
    return CorpusStats(max(row.documents, 1), max(row.tokens / max(row.documents, 1), 1.0))


def _load_positions(
    session: Session, terms: Iterable[Term], docs: Sequence[int]
) -> tuple[dict[int, int], dict[int, dict[str, list[tuple[int, bool]]]]]:
    lexemes: list[str] = []
    prefixes: list[str] = []
    for term in terms:
        (prefixes if isinstance(term, PrefixTerm) else lexemes).extend(lexemes_of(term))
    asked = {"lexemes": lexemes, "prefixes": prefixes, "docs": list(docs)}
    lengths: dict[int, int] = {}
    places: dict[int, dict[str, list[tuple[int, bool]]]] = defaultdict(dict)
    for row in session.execute(_POSITIONS, asked):
        lengths[row.doc] = row.length
        if row.lexeme is not None:
            titles = [weight == "A" for weight in row.weights]
            places[row.doc][row.lexeme] = list(zip(row.positions, titles, strict=True))
    return lengths, places


def lexemes_of(term: Term) -> list[str]:
    """The lexemes of a term, in order; of `PrefixTerm` their beginnings."""
    if isinstance(term, PrefixTerm):
        return [f"={term.token}", term.token]
    return (
        [f"={token}" for token in term.tokens]
        if isinstance(term, ExactPhrase)
        else list(term.tokens)
    )


def _weight(term: Term, places: Positions) -> float:
    """How often a term is in a document, in the title `TITLE_WEIGHT` times."""
    if isinstance(term, PrefixTerm):
        starts = tuple(lexemes_of(term))
        found = [
            each for lexeme, all_ in places.items() if lexeme.startswith(starts) for each in all_
        ]
    else:
        first, *rest = (places.get(lexeme, ()) for lexeme in lexemes_of(term))
        positions = [{position for position, _ in each} for each in rest]
        found = [
            (position, in_title)
            for position, in_title in first
            if all(position + step in some for step, some in enumerate(positions, 1))
        ]
    weights = [TITLE_WEIGHT if in_title else 1.0 for _, in_title in found]
    return TITLE_WEIGHT * sum(w > 1 for w in weights) if term.title_only else sum(weights)

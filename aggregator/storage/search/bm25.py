"""BM25 for PostgreSQL, with the constants, lengths and weights of SQLite's FTS5.

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
# Minimum IDF; that of a term in more than half of all documents would be negative.
_MIN_IDF = 1e-6

# Occurrences of each lexeme in one document: (position, whether in the title).
Positions = Mapping[str, Sequence[tuple[int, bool]]]

_POSITIONS = text(
    "SELECT i.doc, i.length, u.lexeme, u.positions, u.weights"
    " FROM search_index i LEFT JOIN LATERAL unnest(i.terms) u"
    " ON u.lexeme = ANY(CAST(:lexemes AS text[])) OR u.lexeme ^@ ANY(CAST(:prefixes AS text[]))"
    " WHERE i.doc = ANY(CAST(:docs AS bigint[]))"
)


@dataclass(frozen=True, slots=True)
class CorpusStats:
    """Size of the index; lengths are in tokens."""

    documents: int
    mean_length: float


def scores(session: Session, terms: Mapping[Term, str], docs: Sequence[int]) -> dict[int, float]:
    """Score `docs` for `terms`, each given with its tsquery."""
    if not terms or not docs:
        return {}
    frequency = dict.fromkeys(terms, 0)  # for a single term it does not change the order
    if len(terms) > 1:
        for term, query in terms.items():
            frequency[term] = frequencies.document_frequency(session, term, query)
    corpus = corpus_stats(session)
    lengths, positions = _load_positions(session, terms, docs)
    return {
        doc: sum(
            score(_term_frequency(term, positions[doc]), length, frequency[term], corpus)
            for term in terms
        )
        for doc, length in lengths.items()
    }


def score(term_frequency: float, length: int, documents: int, corpus: CorpusStats) -> float:
    """Compute what one term contributes in a document of `length` tokens.

    `documents` is the number of documents that have the term; an estimate may exceed the corpus.
    """
    if not term_frequency:
        return 0.0
    documents = min(documents, corpus.documents)
    idf = math.log((corpus.documents - documents + 0.5) / (documents + 0.5))
    norm = K1 * (1 - B + B * length / corpus.mean_length)
    return max(idf, _MIN_IDF) * term_frequency * (K1 + 1) / (term_frequency + norm)


def corpus_stats(session: Session) -> CorpusStats:
    """Load the size of the index."""
    row = session.execute(select(SearchState.documents, SearchState.tokens)).one()
    return CorpusStats(max(row.documents, 1), max(row.tokens / max(row.documents, 1), 1.0))


def _load_positions(
    session: Session, terms: Iterable[Term], docs: Sequence[int]
) -> tuple[dict[int, int], dict[int, dict[str, list[tuple[int, bool]]]]]:
    """Lengths of documents, and their `Positions`, by document number."""
    lexemes: list[str] = []
    prefixes: list[str] = []
    for term in terms:
        (prefixes if isinstance(term, PrefixTerm) else lexemes).extend(lexemes_of(term))
    parameters = {"lexemes": lexemes, "prefixes": prefixes, "docs": list(docs)}
    lengths: dict[int, int] = {}
    positions: dict[int, dict[str, list[tuple[int, bool]]]] = defaultdict(dict)
    for row in session.execute(_POSITIONS, parameters):
        lengths[row.doc] = row.length
        if row.lexeme is not None:
            in_title = [weight == "A" for weight in row.weights]
            positions[row.doc][row.lexeme] = list(zip(row.positions, in_title, strict=True))
    return lengths, positions


def lexemes_of(term: Term) -> list[str]:
    """Return the lexemes of a term, in order; for a `PrefixTerm`, their prefixes."""
    if isinstance(term, PrefixTerm):
        return [f"={term.token}", term.token]
    if isinstance(term, ExactPhrase):
        return [f"={token}" for token in term.tokens]
    return list(term.tokens)


def _term_frequency(term: Term, positions: Positions) -> float:
    """Count occurrences of a term; one in the title counts `TITLE_WEIGHT` times."""
    if isinstance(term, PrefixTerm):
        starts = tuple(lexemes_of(term))
        found = [
            occurrence
            for lexeme, occurrences in positions.items()
            if lexeme.startswith(starts)
            for occurrence in occurrences
        ]
    else:
        first, *rest = (positions.get(lexeme, ()) for lexeme in lexemes_of(term))
        following = [{position for position, _ in occurrences} for occurrences in rest]
        found = [
            (position, in_title)
            for position, in_title in first
            if all(position + step in places for step, places in enumerate(following, 1))
        ]
    titles = sum(in_title for _, in_title in found)
    bodies = 0 if term.title_only else len(found) - titles
    return TITLE_WEIGHT * titles + bodies

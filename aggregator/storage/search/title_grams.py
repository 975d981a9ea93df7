"""Rank partial matches by how similar their titles are to the query.

Newspapers spell words differently, but most letters agree: titles and query are compared by their
runs of four letters. This needs the titles themselves, so only the best matches are compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from aggregator.storage.models import Entry
from aggregator.storage.models.base import table
from aggregator.storage.search.expressions import Expression, PrefixTerm, terms_of
from aggregator.storage.search.index_query import Match
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import in_list
from aggregator.text.stems import stem
from aggregator.text.tokens import folded_words

# Extra score of a title with exactly the query's n-grams, as a multiple of the score.
TITLE_BOOST = 2.0
_GRAM_LENGTH = 4

_ENTRIES = table(Entry).c


def boost_by_title(
    session: Session, required: Sequence[Expression], matches: Sequence[Match]
) -> list[Match]:
    """Reorder `matches` by score and title similarity, best first."""
    query_grams = ngrams(token for expression in required for token in _tokens(expression))
    among_matches = in_list(_ENTRIES.id, "ids", dialect_of(session))
    rows = session.execute(
        select(_ENTRIES.id, _ENTRIES.title).where(among_matches),
        {"ids": [match.entry_id for match in matches]},
    )
    similar = {row.id: similarity(query_grams, row.title) for row in rows}
    boosted = [
        match._replace(score=match.score * (1 + TITLE_BOOST * similar.get(match.entry_id, 0.0)))
        for match in matches
    ]
    return sorted(boosted, key=lambda match: (match.score, match.doc), reverse=True)


def similarity(query_grams: frozenset[str], title: str) -> float:
    """Compute the Jaccard index of the n-grams of query and title, from 0 to 1."""
    title_grams = ngrams(map(stem, folded_words(title)))
    if not query_grams or not title_grams:
        return 0.0
    return len(query_grams & title_grams) / len(query_grams | title_grams)


def ngrams(words: Iterable[str]) -> frozenset[str]:
    """Return the runs of four letters of `words`; a shorter word counts as one run."""
    return frozenset(
        word[at : at + _GRAM_LENGTH]
        for word in words
        for at in range(max(len(word) - _GRAM_LENGTH + 1, 1))
    )


def _tokens(expression: Expression) -> Iterable[str]:
    for term in terms_of(expression):
        yield from (term.token,) if isinstance(term, PrefixTerm) else map(stem, term.tokens)

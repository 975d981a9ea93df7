"""Pairs of frequent words next to each other, as facets in PostgreSQL's index.

A GIN index does not know positions: for a phrase it returns every document with all of its words,
to be fetched and checked at 10 to 20 µs each. Of two words that a tenth of the documents have, that
is every hundredth document. Documents therefore have a facet for each pair of frequent words, and
a phrase requires its pairs, or is one. Rare words need none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session

from aggregator.process.analysis.search_document import INDEX_VERSION
from aggregator.storage.models import SearchState
from aggregator.storage.search.expressions import And, ExactPhrase, Expression, Not, Or
from aggregator.storage.sql.dialects import dialect_of
from aggregator.text.frequent_words import FREQUENT_WORDS

_NUMBERS = {word: number for number, word in enumerate(FREQUENT_WORDS)}


def pair_facets(words: Sequence[str]) -> Iterator[str]:
    """Yield a facet for each two frequent words next to each other in folded `words`."""
    numbers = map(_NUMBERS.get, words)
    return (f"p{a}.{b}" for a, b in pairwise(numbers) if a is not None and b is not None)


def require_pairs(session: Session, expression: Expression) -> Expression:
    """Have phrases require their pairs, if the session's index has those of all documents."""
    required = _set_pairs(expression, lambda words: tuple(dict.fromkeys(pair_facets(words))))
    if required == expression or dialect_of(session) == "sqlite" or not _has_pairs(session):
        return expression
    return required


def drop_pairs(expression: Expression) -> Expression:
    """Undo `require_pairs`."""
    return _set_pairs(expression, lambda _: ())


def is_pair(phrase: ExactPhrase) -> bool:
    """Whether a document matches just if it has the pair."""
    return len(phrase.tokens) == 2 and bool(phrase.pairs) and not phrase.title_only


def _set_pairs(
    expression: Expression, pairs_of: Callable[[Sequence[str]], tuple[str, ...]]
) -> Expression:
    if isinstance(expression, And | Or):
        return type(expression)(tuple(_set_pairs(part, pairs_of) for part in expression.parts))
    if isinstance(expression, Not):
        return Not(_set_pairs(expression.part, pairs_of))
    if isinstance(expression, ExactPhrase):
        return replace(expression, pairs=pairs_of(expression.tokens))
    return expression


def _has_pairs(session: Session) -> bool:
    """Whether the index is complete and of this version; an older one may lack pairs."""
    state = session.execute(select(SearchState.version, SearchState.next_id)).one_or_none()
    return state is not None and state.version == INDEX_VERSION and not state.next_id

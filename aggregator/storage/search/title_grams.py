"""Titles that say the same in other words: what has only some of the words, by how near they are.

Of two words that newspapers write differently a title often has most letters: runs of four letters
are compared. It takes the titles themselves, so only the best are looked at.
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

TITLE_BOOST = 2.0
"""A title that has all runs and no others counts so many times more, beside once."""
_GRAM_LENGTH = 4

_ENTRIES = table(Entry).c


def boost_by_title(
    session: Session, wanted: Sequence[Expression], found: Sequence[Match]
) -> list[Match]:
    """`found` anew, the best first, by scores and titles together."""
    asked = ngrams(token for each in wanted for token in _tokens(each))
    here = in_list(_ENTRIES.id, "ids", dialect_of(session))
    rows = session.execute(
        select(_ENTRIES.id, _ENTRIES.title).where(here), {"ids": [each.entry_id for each in found]}
    )
    near = {row.id: similarity(asked, row.title) for row in rows}
    lifted = [
        each._replace(score=each.score * (1 + TITLE_BOOST * near.get(each.entry_id, 0.0)))
        for each in found
    ]
    return sorted(lifted, key=lambda each: (each.score, each.doc), reverse=True)


def similarity(asked: frozenset[str], title: str) -> float:
    """How much of the runs of both they have in common, from 0 to 1."""
    there = ngrams(map(stem, folded_words(title)))
    return len(asked & there) / len(asked | there) if asked and there else 0.0


def ngrams(words: Iterable[str]) -> frozenset[str]:
    """The runs of four letters of `words`, a shorter word whole."""
    return frozenset(
        word[at : at + _GRAM_LENGTH]
        for word in words
        for at in range(max(len(word) - _GRAM_LENGTH + 1, 1))
    )


def _tokens(expression: Expression) -> Iterable[str]:
    for term in terms_of(expression):
        yield from (term.token,) if isinstance(term, PrefixTerm) else map(stem, term.tokens)

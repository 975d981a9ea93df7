"""Beginnings of words that very many entries have, spelled out as the words that begin so.

An index has to merge the lists of all words with a beginning before it gives the first entry. Each
list by itself it walks from its newest end, as far as is wanted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from aggregator.storage.search.expressions import And, Begins, Exact, Expression, Not, Or, Stems
from aggregator.text.stems import PROCLITICS, SINGLE, stem

MANY = 20_000
"""Entries. What begins so in fewer is merged in some milliseconds, and nothing is left out."""
MOST_WORDS = 300
_MOST_LOOKED_AT = 20_000
_PROCLITICS = ("", *SINGLE, *PROCLITICS)
"""What stems lose in front; a word may begin behind it."""


def spelled_out(session: Session, expression: Expression) -> Expression:
    """`expression` with each beginning that is in more than `MANY` entries spelled out."""
    if isinstance(expression, And | Or):
        parts = tuple(spelled_out(session, part) for part in expression.parts)
        return type(expression)(parts)
    if isinstance(expression, Not):
        return Not(spelled_out(session, expression.part))
    return _spelled_out(session, expression) if isinstance(expression, Begins) else expression


def _spelled_out(session: Session, begins: Begins) -> Begins:
    counted = _words(session, begins.token)
    total = counted.total()
    if total <= MANY:
        return begins
    words = (
        replace(each, title_only=begins.title_only) for each, _ in counted.most_common(MOST_WORDS)
    )
    return replace(begins, among=tuple(words), entries=total)


def _words(session: Session, token: str) -> Counter[Stems | Exact]:
    """What the index has of words that begin so, and in how many entries it was seen."""
    counted: Counter[Stems | Exact] = Counter()
    starts = [f"{each}{token}" for each in _PROCLITICS] if token[0] > "\u0600" else [token]
    for word, entries in _most_frequent(session, starts):
        stemmed = stem(word)
        if stemmed.startswith(token):
            counted[Stems((stemmed,))] += entries
        elif word.startswith(token):
            counted[Exact((word,))] += entries
    return counted


def _most_frequent(session: Session, starts: Sequence[str]) -> list[tuple[str, int]]:
    """The words of the vocabulary that begin with each of `starts`, and how many entries have."""
    bounds = {f"start_{number}": start for number, start in enumerate(starts)}
    ends = {f"end_{number}": f"{start}\U0010ffff" for number, start in enumerate(starts)}
    rows = session.execute(_frequent(len(starts)), bounds | ends)
    return [(row.word, row.entries) for row in rows]


@cache
def _frequent(starts: int) -> TextClause:
    return text(
        " UNION ALL ".join(
            "SELECT word, entries FROM (SELECT word, entries FROM"
            f" (SELECT word, entries FROM search_words WHERE word >= :start_{number}"
            f" AND word < :end_{number} LIMIT {_MOST_LOOKED_AT}) looked_at_{number}"
            f" ORDER BY entries DESC LIMIT {MOST_WORDS}) frequent_{number}"
            for number in range(starts)
        )
    )

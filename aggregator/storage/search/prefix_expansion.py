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

from aggregator.storage.search.expressions import (
    And,
    ExactPhrase,
    Expression,
    Not,
    Or,
    PrefixTerm,
    StemPhrase,
)
from aggregator.text.stems import PROCLITICS, SINGLE_PROCLITICS, stem

EXPANSION_THRESHOLD = 20_000
"""Entries. What begins so in fewer is merged in some milliseconds, and nothing is left out."""
MAX_EXPANSIONS = 300
_MAX_WORDS_SCANNED = 20_000
_PROCLITICS = ("", *SINGLE_PROCLITICS, *PROCLITICS)
"""What stems lose in front; a word may begin behind it."""


def expand_prefixes(session: Session, expression: Expression) -> Expression:
    """Expand each prefix that more than `EXPANSION_THRESHOLD` entries have into its words."""
    if isinstance(expression, And | Or):
        parts = tuple(expand_prefixes(session, part) for part in expression.parts)
        return type(expression)(parts)
    if isinstance(expression, Not):
        return Not(expand_prefixes(session, expression.part))
    return _expand_prefix(session, expression) if isinstance(expression, PrefixTerm) else expression


def _expand_prefix(session: Session, begins: PrefixTerm) -> PrefixTerm:
    counted = _count_expansions(session, begins.token)
    total = counted.total()
    if total <= EXPANSION_THRESHOLD:
        return begins
    words = (
        replace(each, title_only=begins.title_only)
        for each, _ in counted.most_common(MAX_EXPANSIONS)
    )
    return replace(begins, expansions=tuple(words), entries=total)


def _count_expansions(session: Session, token: str) -> Counter[StemPhrase | ExactPhrase]:
    """What the index has of words that begin so, and in how many entries it was seen."""
    counted: Counter[StemPhrase | ExactPhrase] = Counter()
    starts = [f"{each}{token}" for each in _PROCLITICS] if token[0] > "\u0600" else [token]
    for word, entries in _most_frequent(session, starts):
        stemmed = stem(word)
        if stemmed.startswith(token):
            counted[StemPhrase((stemmed,))] += entries
        elif word.startswith(token):
            counted[ExactPhrase((word,))] += entries
    return counted


def _most_frequent(session: Session, starts: Sequence[str]) -> list[tuple[str, int]]:
    """The words of the vocabulary that begin with each of `starts`, and how many entries have."""
    bounds = {f"start_{number}": start for number, start in enumerate(starts)}
    ends = {f"end_{number}": f"{start}\U0010ffff" for number, start in enumerate(starts)}
    rows = session.execute(_frequent_words_statement(len(starts)), bounds | ends)
    return [(row.word, row.entries) for row in rows]


@cache
def _frequent_words_statement(starts: int) -> TextClause:
    return text(
        " UNION ALL ".join(
            "SELECT word, entries FROM (SELECT word, entries FROM"
            f" (SELECT word, entries FROM search_words WHERE word >= :start_{number}"
            f" AND word < :end_{number} LIMIT {_MAX_WORDS_SCANNED}) looked_at_{number}"
            f" ORDER BY entries DESC LIMIT {MAX_EXPANSIONS}) frequent_{number}"
            for number in range(starts)
        )
    )

"""Expand common prefixes into their most frequent words.

For a prefix an index merges the lists of all its words before it yields the first entry. The list
of a single word it walks from the newest end, only as far as needed.
"""

from __future__ import annotations

from collections import Counter
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
from aggregator.text.arabic_stems import PROCLITICS, SINGLE_PROCLITICS
from aggregator.text.stems import stem

# Maximum entries of a prefix to merge: takes some milliseconds and finds every word.
EXPANSION_THRESHOLD = 20_000
MAX_EXPANSIONS = 300
_MAX_WORDS_SCANNED = 20_000
# What a stem loses in front: the vocabulary has words behind these.
_PROCLITICS = ("", *SINGLE_PROCLITICS, *PROCLITICS)


def expand_prefixes(session: Session, expression: Expression) -> Expression:
    """Expand each prefix that more than `EXPANSION_THRESHOLD` entries have."""
    if isinstance(expression, And | Or):
        parts = tuple(expand_prefixes(session, part) for part in expression.parts)
        return type(expression)(parts)
    if isinstance(expression, Not):
        return Not(expand_prefixes(session, expression.part))
    return _expand_prefix(session, expression) if isinstance(expression, PrefixTerm) else expression


def _expand_prefix(session: Session, prefix: PrefixTerm) -> PrefixTerm:
    counted = _count_expansions(session, prefix.token)
    total = counted.total()
    if total <= EXPANSION_THRESHOLD:
        return prefix
    expansions = (
        replace(term, title_only=prefix.title_only)
        for term, _ in counted.most_common(MAX_EXPANSIONS)
    )
    return replace(prefix, expansions=tuple(expansions), entries=total)


def _count_expansions(session: Session, token: str) -> Counter[StemPhrase | ExactPhrase]:
    """The indexed stems and words with this prefix, and how many entries have each."""
    is_arabic = token[0] > "\u0600"
    prefixes = [f"{proclitic}{token}" for proclitic in _PROCLITICS] if is_arabic else [token]
    starts = {f"start_{number}": prefix for number, prefix in enumerate(prefixes)}
    ends = {f"end_{number}": f"{prefix}\U0010ffff" for number, prefix in enumerate(prefixes)}
    counted: Counter[StemPhrase | ExactPhrase] = Counter()
    for row in session.execute(_frequent_words_statement(len(prefixes)), starts | ends):
        stemmed = stem(row.word)
        if stemmed.startswith(token):
            counted[StemPhrase((stemmed,))] += row.entries
        elif row.word.startswith(token):
            counted[ExactPhrase((row.word,))] += row.entries
    return counted


@cache
def _frequent_words_statement(prefixes: int) -> TextClause:
    """Select the most frequent vocabulary words with each prefix; `prefixes` is their number."""
    return text(
        " UNION ALL ".join(
            "SELECT word, entries FROM (SELECT word, entries FROM"
            f" (SELECT word, entries FROM search_words WHERE word >= :start_{number}"
            f" AND word < :end_{number} LIMIT {_MAX_WORDS_SCANNED}) looked_at_{number}"
            f" ORDER BY entries DESC LIMIT {MAX_EXPANSIONS}) frequent_{number}"
            for number in range(prefixes)
        )
    )

"""Documents and queries as PostgreSQL's tsvector and tsquery, with our own tokens as lexemes.

A stem is a lexeme as it is, a folded word has "=" in front, a facet "/". Words in the title have
weight A. Positions are those of the words, so phrases can be searched; `word_pairs` says how the
index narrows them down.
"""

from __future__ import annotations

from collections.abc import Iterable

from aggregator.storage.search.doc_ids import day_of
from aggregator.storage.search.expressions import (
    ExactPhrase,
    Expression,
    Facet,
    Not,
    Or,
    PrefixTerm,
    StemPhrase,
)
from aggregator.storage.search.word_pairs import is_pair, pair_facets
from aggregator.types import SearchDocument

# Positions between title, text and facets, so that no phrase spans two of them.
_FIELD_GAP = 10
# PostgreSQL keeps at most 256 positions of a lexeme.
_MAX_POSITIONS = 255


# --- documents ---------------------------------------------------------------------------------


def tsvector_literal(doc: int, words: SearchDocument) -> str:
    """Write a document as a tsvector."""
    lexemes: dict[str, list[str]] = {}
    text_start = _append_lexemes(lexemes, "=", words.title, 1, "A") + _FIELD_GAP
    _append_lexemes(lexemes, "", words.title_stems, 1, "A")
    facets_start = _append_lexemes(lexemes, "=", words.text, text_start, "") + _FIELD_GAP
    _append_lexemes(lexemes, "", words.text_stems, text_start, "")
    _append_lexemes(lexemes, "/", f"{words.facets} d{day_of(doc)}", facets_start, "")
    pairs = {*pair_facets(words.title.split()), *pair_facets(words.text.split())}
    return " ".join(
        [
            *(
                f"'{lexeme}':{','.join(positions[:_MAX_POSITIONS])}"
                for lexeme, positions in lexemes.items()
            ),
            *(f"'/{pair}'" for pair in sorted(pairs)),
        ]
    )


def _append_lexemes(
    lexemes: dict[str, list[str]], kind: str, words: str, first: int, weight: str
) -> int:
    """Add words from position `first` on; return the position after the last."""
    position = first
    for position, word in enumerate(words.split(), first):
        lexemes.setdefault(kind + word, []).append(f"{position}{weight}")
    return position + 1


# --- queries -----------------------------------------------------------------------------------


def tsquery(expression: Expression) -> str:
    """Write `expression` as a tsquery."""
    if isinstance(expression, StemPhrase):
        return _phrase("", expression.tokens, expression.title_only)
    if isinstance(expression, ExactPhrase):
        if is_pair(expression):
            return f"('/{expression.pairs[0]}')"
        phrase = _phrase("=", expression.tokens, expression.title_only)
        pairs = [f"'/{pair}'" for pair in expression.pairs]
        return f"({' & '.join([phrase, *pairs])})" if pairs else phrase
    if isinstance(expression, PrefixTerm):
        flags = "*A" if expression.title_only else "*"
        return f"('={expression.token}':{flags} | '{expression.token}':{flags})"
    if isinstance(expression, Facet):
        return _phrase("/", expression.tokens, title_only=False)
    if isinstance(expression, Not):
        return f"!{tsquery(expression.part)}"
    operator, empty = (" | ", "'/nothing'") if isinstance(expression, Or) else (" & ", "'/all'")
    return f"({operator.join(map(tsquery, expression.parts)) or empty})"


def _phrase(kind: str, tokens: Iterable[str], title_only: bool) -> str:
    flags = ":A" if title_only else ""
    words = [f"'{kind}{token}'{flags}" for token in tokens]
    return f"({' <-> '.join(words)})"


def days_query(first: int, last: int) -> str:
    """Write the days from `first` to `last` as a short tsquery: ten days share a prefix.

    The prefix may match days long past as well; the range of document numbers excludes those.
    """
    words = []
    day = first
    while day <= last:
        step = 1
        while day and day % (10 * step) == 0 and day + 10 * step - 1 <= last:
            step *= 10
        words.append(f"'/d{day}'" if step == 1 else f"'/d{day // step}':*")
        day += step
    return f"({' | '.join(words)})"

"""Light stemming for search. Stems are not words to display.

Depends on the script alone, not the language: a query of two words does not reveal its language,
and must meet the stored words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from aggregator.text.arabic_stems import arabic_stem
from aggregator.text.latin_stems import latin_stem

# A letter written three times or more, for emphasis.
_DRAWN_OUT = re.compile(r"([^\W\d_])\1{2,}").sub
_MIN_DRAWN_OUT = 5


def stems(folded: Iterable[str]) -> list[str]:
    """Stem words in order, without caching."""
    return [_stem(word) for word in folded]


@lru_cache(maxsize=10_000)
def stem(folded: str) -> str:
    """Stem a word folded by `normalize.fold_word`; a word that has no other stem is its own."""
    return _stem(folded)


def _stem(folded: str) -> str:
    if len(folded) > _MIN_DRAWN_OUT:
        folded = _DRAWN_OUT(r"\1", folded)
    if "\u0620" <= folded[:1] <= "\u06ff":
        return arabic_stem(folded)
    if folded.isascii() and folded.isalpha():
        return latin_stem(folded)
    return folded

"""Words of a text: the one tokenizer of search, highlights, topics and stories."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain, compress
from typing import NamedTuple

from aggregator.text.normalize import INVISIBLE, LETTERS, MARKS, fold_word, normalize
from aggregator.text.stems import stems

_ARABIC = f"{LETTERS}{MARKS}\ufdfa-\ufdfd"
_ACCENTS = "\u0300-\u036f"
_ELISION = "(?:[ldnsjmctLDNSJMCT]|[qQ][uU]|(?:jus|lors|puis|quoi)qu|(?:Jus|Lors|Puis|Quoi)qu)['’ʼ]"
_WORD = re.compile(
    f"[{LETTERS}][{LETTERS}{MARKS}{INVISIBLE}]*"
    f"|(?:{_ELISION}(?=[^\\W\\d_{_ARABIC}]))?"
    f"([^\\W_{_ARABIC}]+(?:[{_ACCENTS}{INVISIBLE}]+[^\\W_{_ARABIC}]*)*)(?:['’ʼ][sS](?![^\\W_]))?"
)
"""A word of Arabic letters, or of all others, with what French and English hang on to it."""
_ARABIC_WORD = re.compile("[\u0620-\u063f\u0641-\u064a][\u0620-\u065f\u0670-\u06d3]*").fullmatch
"""Certainly a single word, and one that `normalize` knows letter by letter."""
_PUNCTUATION = '.,:;!?…،؛؟"«»“”()[]'


class TextToken(NamedTuple):
    """A word where it stands: `text[start:end]`, without elided articles and possessives."""

    start: int
    end: int
    folded: str


def tokenize(text: str) -> list[TextToken]:
    """All words of `text`, folded, in order. Their numbers in the list are their positions."""
    return list(iter_tokens(text))


def iter_tokens(text: str) -> Iterator[TextToken]:
    """As `tokenize`, for who stops before the end."""
    for match in _WORD.finditer(text):
        group = 1 if match.start(1) >= 0 else 0
        folded = fold_word(match[group])
        if folded:
            yield TextToken(match.start(group), match.end(group), folded)


def folded_words(text: str) -> list[str]:
    """The folded forms of `tokenize(text)`, in a small part of the time."""
    return list(chain.from_iterable(chunk_words(text.split())))


def chunk_words(chunks: Sequence[str]) -> list[tuple[str, ...]]:
    """The folded words of each of `chunks`, which stand between blanks: no word reaches beyond one.

    Most chunks are one Arabic word, and these are folded all at once.
    """
    bare = [chunk.strip(_PUNCTUATION) for chunk in chunks]
    alone = [_ARABIC_WORD(chunk) is not None for chunk in bare]
    folded = iter(normalize(" ".join(compress(bare, alone))).split(" "))
    return [
        (next(folded),) if simple else tuple([word.folded for word in iter_tokens(chunk)])
        for chunk, simple in zip(bare, alone, strict=True)
    ]


def stemmed_words(text: str) -> list[str]:
    """The stems of `tokenize(text)`, in order."""
    return stems(folded_words(text))

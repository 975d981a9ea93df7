"""Split texts into words: the tokenizer of search, highlights, topics and stories."""

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
# 10.000, 10 000 and 10,000 are 10000: groups of three digits, not dates or scores. Between plain
# spaces, "100 200 300" are three numbers, but "12 500" and "100 000" are one.
_GROUPED = (
    "(?<![\\d.,٫٬])[1-9١-٩](?:"
    "\\d{0,2}(?P<separator>[.,٬\u00a0\u202f])\\d{3}(?:(?P=separator)\\d{3})*"
    "|\\d?(?: \\d{3})+|\\d\\d(?: \\d{3})*(?: (?:000|٠٠٠))"
    ")(?![\\d]|[.,٫٬]\\d)"
)
GROUPED_NUMBER = re.compile(_GROUPED)
_SEPARATORS = str.maketrans("", "", ".,٬ \u00a0\u202f")
# White space between two groups of a number.
_INSIDE_NUMBER = re.compile("(?<=\\d)[ \u00a0\u202f](?=\\d{3}(?!\\d))").search
_CHUNK = re.compile(f"(?:(?<!\\S)[^\\w\\s]*{_GROUPED}|\\S)\\S*")
# A grouped number, a word of Arabic letters, or one of any others with French elisions and English
# possessives.
_WORD = re.compile(
    f"(?P<number>{_GROUPED})|[{LETTERS}][{LETTERS}{MARKS}{INVISIBLE}]*"
    f"|(?:{_ELISION}(?=[^\\W\\d_{_ARABIC}]))?"
    f"(?P<word>[^\\W_{_ARABIC}]+(?:[{_ACCENTS}{INVISIBLE}]+[^\\W_{_ARABIC}]*)*)(?:['’ʼ][sS](?![^\\W_]))?"
)
# Certainly a single word, which `normalize` maps letter by letter.
_ARABIC_WORD = re.compile("[\u0620-\u063f\u0641-\u064a][\u0620-\u065f\u0670-\u06d3]*").fullmatch
_PUNCTUATION = '.,:;!?…،؛؟"«»“”()[]'


class TextToken(NamedTuple):
    """A word and its place, `text[start:end]`, without elided articles and possessives."""

    start: int
    end: int
    folded: str


def tokenize(text: str) -> list[TextToken]:
    """List the words of `text` in order. Indexes in the list are word positions."""
    return list(iter_tokens(text))


def iter_tokens(text: str) -> Iterator[TextToken]:
    """Yield what `tokenize` lists, for callers that stop early."""
    for match in _WORD.finditer(text):
        if match["number"]:
            yield TextToken(*match.span(), fold_word(match["number"].translate(_SEPARATORS)))
            continue
        group = "word" if match["word"] else 0
        folded = fold_word(match[group])
        if folded:
            yield TextToken(match.start(group), match.end(group), folded)


def folded_words(text: str) -> list[str]:
    """List the folded forms of `tokenize(text)`, in a fraction of the time."""
    return list(chain.from_iterable(chunk_words(split_chunks(text))))


def split_chunks(text: str) -> list[str]:
    """Split a text at white space, but not inside a number: no word extends across two chunks."""
    if _INSIDE_NUMBER(text):
        return [chunk[0] for chunk in iter_chunks(text)]
    return text.split()


def iter_chunks(text: str) -> Iterator[re.Match[str]]:
    """Find the places of the chunks of `split_chunks`."""
    return _CHUNK.finditer(text)


def chunk_words(chunks: Sequence[str]) -> list[tuple[str, ...]]:
    """Fold the words of each of `chunks`, the pieces of a text between white space.

    Most chunks are a single Arabic word; these are folded all at once.
    """
    bare = [chunk.strip(_PUNCTUATION) for chunk in chunks]
    single = [_ARABIC_WORD(chunk) is not None for chunk in bare]
    folded = iter(normalize(" ".join(compress(bare, single))).split(" "))
    return [
        (next(folded),) if is_single else tuple([word.folded for word in iter_tokens(chunk)])
        for chunk, is_single in zip(bare, single, strict=True)
    ]


def stemmed_words(text: str) -> list[str]:
    """List the stems of `tokenize(text)`."""
    return stems(folded_words(text))

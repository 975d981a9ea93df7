"""Forms of Arabic words with and without proclitics, for matching topic rules. Pure.

A word in a rule matches as written, alone or behind proclitics: what Arabic writes in front of a
word without a space (and, so, with, as, for, the). Stemming would be too crude: it turns بنكيران
into نكير. So each printed word is expanded into what is left when proclitics are removed, and
matching looks up words in a set.
"""

from __future__ import annotations

import re
from functools import lru_cache

from aggregator.text.function_words import is_function_word

_ARTICLES = ("ال", "بال", "كال", "لل", "ب", "ك", "ل", "")
_PROCLITICS = tuple(
    sorted(
        {conjunction + article for conjunction in ("و", "ف", "") for article in _ARTICLES} - {""},
        key=len,
        reverse=True,
    )
)
_FOR_THE = re.compile("[وف]?لل(.{2,})")
_MIN_FORM_LENGTH = 2
# What a phrase may begin with, by whether its first word has the article.
_WITH_ARTICLE = ("ال", "وال", "بال", "لل")
_WITHOUT_ARTICLE = ("", "و", "ب", "ل")


@lru_cache(maxsize=100_000)
def match_forms(folded: str) -> tuple[str, ...]:
    """Return a printed word and what is left without proclitics: وبالمغرب -> المغرب, مغرب, …

    للمغرب (for Morocco) also gives المغرب, whose article is elided in it.
    """
    if not "\u0620" <= folded[:1] <= "\u06ff":
        return (folded,)
    shorter = [
        folded[len(proclitic) :]
        for proclitic in _PROCLITICS
        if folded.startswith(proclitic) and len(folded) - len(proclitic) >= _MIN_FORM_LENGTH
    ]
    elided = _FOR_THE.fullmatch(folded)
    if elided:
        shorter.append("ال" + elided[1])
    return (folded, *shorter)


@lru_cache(maxsize=20_000)
def surface_forms(folded: str) -> tuple[str, ...]:
    """Return the printed words that a rule's word matches: the inverse of `match_forms`."""
    if not "\u0620" <= folded[:1] <= "\u06ff":
        return (folded,)
    longer = [proclitic + folded for proclitic in _PROCLITICS]
    if folded.startswith("ال") and len(folded) - 2 >= _MIN_FORM_LENGTH:
        longer += [f"{conjunction}لل{folded[2:]}" for conjunction in ("", "و", "ف")]
    return (folded, *longer)


@lru_cache(maxsize=5_000)
def phrase_starts(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return how the first of a phrase's words may be printed: alone, or behind usual proclitics.

    A single word stays as it is, and so does one before a function word: an index walks the list
    of the second word for each, and those are the longest.
    """
    first = words[0]
    is_arabic = "\u0620" <= first[:1] <= "\u06ff"
    if not is_arabic or len(words) == 1 or is_function_word(words[1]):
        return (first,)
    if first.startswith("ال") and len(first) - 2 >= _MIN_FORM_LENGTH:
        return tuple(f"{proclitic}{first[2:]}" for proclitic in _WITH_ARTICLE)
    return tuple(f"{proclitic}{first}" for proclitic in _WITHOUT_ARTICLE)

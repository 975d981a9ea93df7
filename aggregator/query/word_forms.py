"""Under which forms a printed word answers to an editor's word. Pure.

An editor's word is matched as it was written, alone or behind what Arabic writes in front of a word
without a space (and, so, with, as, for, the): a stemmer would turn بنكيران into نكير. So of each
printed word all forms are made that are left when proclitics are taken off, and matching is looking
up words in a set.
"""

from __future__ import annotations

import re
from functools import lru_cache

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


@lru_cache(maxsize=100_000)
def match_forms(folded: str) -> tuple[str, ...]:
    """The word itself and what is left of it without proclitics: وبالمغرب -> المغرب, مغرب, …

    للمغرب (for Morocco) also answers to المغرب, whose article it has swallowed.
    """
    if not "\u0620" <= folded[:1] <= "\u06ff":
        return (folded,)
    shorter = [
        folded[len(proclitic) :]
        for proclitic in _PROCLITICS
        if folded.startswith(proclitic) and len(folded) - len(proclitic) >= _MIN_FORM_LENGTH
    ]
    swallowed = _FOR_THE.fullmatch(folded)
    if swallowed:
        shorter.append("ال" + swallowed[1])
    return (folded, *shorter)


@lru_cache(maxsize=20_000)
def surface_forms(folded: str) -> tuple[str, ...]:
    """The words that answer to an editor's word: the other way round."""
    if not "\u0620" <= folded[:1] <= "\u06ff":
        return (folded,)
    longer = [proclitic + folded for proclitic in _PROCLITICS]
    if folded.startswith("ال") and len(folded) - 2 >= _MIN_FORM_LENGTH:
        longer += [f"{conjunction}لل{folded[2:]}" for conjunction in ("", "و", "ف")]
    return (folded, *longer)

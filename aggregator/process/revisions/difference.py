"""Which words differ between two texts.

Words are compared whole: of Arabic without harakat and tatweel, with digits, quotation marks and
dashes of any kind taken as the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import NamedTuple

from aggregator.text.normalize import INVISIBLE, MARKS
from aggregator.text.word_diff import WORD

# Maximum words on a side, between the first and the last difference, to compare one by one: beyond
# them the whole stretch counts as replaced. 1,500 rewritten words take 60 ms.
MAX_COMPARED = 1_500
_TOKEN = re.compile(rf"{WORD}|[^\w\s{INVISIBLE}{MARKS}]")
_SAME = str.maketrans(
    dict.fromkeys("“”„«»″＂", '"')
    | dict.fromkeys("‘’‚‛′ʼ`´", "'")
    | dict.fromkeys("‐‑‒–—−", "-")
    | {"…": "."}
    | {chr(zero + digit): str(digit) for zero in (0x0660, 0x06F0) for digit in range(10)}
)
_SILENT = re.compile(f"[{MARKS}{INVISIBLE}]")


class Replacement(NamedTuple):
    """Words and punctuation that gave way to others; either side may be empty."""

    removed: tuple[str, ...]
    added: tuple[str, ...]
    previous: str = ""
    """The word before them, which stayed."""


def comparison_key(word: str) -> str:
    """Return what a word is compared by."""
    return word if word.isascii() else _key(word)


@lru_cache(10_000)
def _key(word: str) -> str:
    return _SILENT.sub("", word).translate(_SAME)


def split_words(text: str) -> list[str]:
    """Return the keys of the words and of the punctuation of `text`."""
    return [comparison_key(token) for token in _TOKEN.findall(text)]


def replacements(before: Sequence[str], after: Sequence[str]) -> list[Replacement]:
    """Return what differs between two texts, given as `split_words`, in order."""
    start = _common_prefix(before, after)
    end = _common_prefix(before[start:][::-1], after[start:][::-1])
    old, new = before[start : len(before) - end], after[start : len(after) - end]
    if not old and not new:
        return []
    if not old or not new or max(len(old), len(new)) > MAX_COMPARED:
        return [Replacement(tuple(old), tuple(new), before[start - 1] if start else "")]
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return [
        Replacement(tuple(old[a:b]), tuple(new[c:d]), before[start + a - 1] if start + a else "")
        for tag, a, b, c, d in matcher.get_opcodes()
        if tag != "equal"
    ]


def _common_prefix(one: Sequence[str], other: Sequence[str]) -> int:
    for place, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return place
    return min(len(one), len(other))

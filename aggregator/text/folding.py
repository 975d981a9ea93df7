"""Recognizing a word however it is written: harakat, tatweel, hamza seats, accents, capitals."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

_SEATS = str.maketrans({
    "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ؤ": "و", "ئ": "ي", "ى": "ي", "ة": "ه",
    "ک": "ك", "ی": "ي", "گ": "ك", "ڭ": "ك", "ـ": None, "’": "'",
})  # fmt: skip
_PROCLITICS = "(?:[وف]?(?:[بكل]?ال|لل|[بكل])?|س)"
"""What Arabic writes in front of a word without a space: and, so, with, as, for, the."""
_ARABIC = re.compile("[\u0621-\u064a]")


def fold(text: str) -> str:
    """`text` as words are compared: without marks and accents, one form of each letter."""
    spread = unicodedata.normalize("NFKD", text.translate(_SEATS))
    bare = "".join(each for each in spread if not unicodedata.combining(each))
    return bare.translate(_SEATS).casefold()


def finder(words: Iterable[str]) -> Callable[[str], bool] | None:
    """Whether a text has one of `words`, alone or behind Arabic proclitics; None without words."""
    parts = [part for word in words if (part := _pattern(word))]
    if not parts:
        return None
    search = re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)").search
    return lambda text: search(fold(text)) is not None


def _pattern(word: str) -> str:
    folded = " ".join(fold(word).split())
    if not folded:
        return ""
    pattern = r"\s+".join(re.escape(part) for part in folded.split())
    return _PROCLITICS + pattern if _ARABIC.match(folded) else pattern

"""Find words in a text however they are written, without stemming."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from aggregator.text.normalize import normalize

# Proclitics, written in front of a word without a space: and, so, with, as, for, the.
_PROCLITICS = "(?:[وف]?(?:[بكل]?ال|لل|[بكل])?|س)"
_ARABIC = re.compile("[\u0621-\u064a]")


def word_matcher(words: Iterable[str]) -> Callable[[str], bool] | None:
    """Make a test for texts with any of `words`, alone or behind proclitics; None without words."""
    parts = [part for word in words if (part := _pattern(word))]
    if not parts:
        return None
    search = re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)").search
    return lambda text: search(normalize(text)) is not None


def _pattern(word: str) -> str:
    folded = " ".join(normalize(word).split())
    if not folded:
        return ""
    pattern = r"\s+".join(re.escape(part) for part in folded.split())
    return _PROCLITICS + pattern if _ARABIC.match(folded) else pattern

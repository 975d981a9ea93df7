"""Slugs proposed from names, in the letters that addresses are read and typed in. Pure."""

from __future__ import annotations

import re
import unicodedata

# Arabic letters as Moroccan names are commonly written in Latin ones.
_LATIN = str.maketrans(
    {
        "ا": "a", "أ": "a", "إ": "i", "آ": "a", "ٱ": "a", "ى": "a", "ء": "", "ؤ": "ou", "ئ": "i",
        "ب": "b", "پ": "p", "ت": "t", "ث": "th", "ج": "j", "چ": "ch", "ح": "h", "خ": "kh",
        "د": "d", "ذ": "d", "ر": "r", "ز": "z", "ژ": "j", "س": "s", "ش": "ch", "ص": "s", "ض": "d",
        "ط": "t", "ظ": "d", "ع": "a", "غ": "gh", "ف": "f", "ڤ": "v", "ق": "q", "ك": "k", "گ": "g",
        "ڭ": "g", "ل": "l", "م": "m", "ن": "n", "ه": "h", "ة": "a", "و": "ou", "ي": "i",
        "œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "ı": "i",
    }
)  # fmt: skip
_SEPARATORS = re.compile(r"[^a-z0-9]+")


def propose_slug(name: str, max_length: int) -> str:
    """Write `name` as a slug, cut at a word where possible; empty if nothing of it can be."""
    lower = unicodedata.normalize("NFC", name.casefold()).translate(_LATIN)
    plain = "".join(
        str(unicodedata.digit(char, char))
        for char in unicodedata.normalize("NFKD", lower)
        if not unicodedata.combining(char)
    )
    slug = _SEPARATORS.sub("-", plain).strip("-")
    if len(slug) <= max_length:
        return slug
    cut = slug[: max_length + 1].rpartition("-")[0]
    return cut or slug[:max_length]

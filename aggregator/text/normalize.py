"""Normalize letters, so that words compare equal however they were typed.

Arabic: drops harakat, tatweel and invisible characters; unifies presentation forms, seats of hamza,
ta marbuta, and the letters added by Persian and the Maghreb. Latin letters lose accents and case.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Arabic marks inside words that are not letters; for a character class.
MARKS = (
    "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u08ca-\u08e1\u08e3-\u08ff"  # harakat, Quranic
    "\u0640\ufe70-\ufe7f"  # tatweel, harakat in presentation forms
)
# Bidirectional marks, joiners and zero-width spaces; for a character class.
INVISIBLE = "\u00ad\u034f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
# Arabic letters in all encodings; for a character class.
LETTERS = (
    "\u0620-\u063f\u0641-\u064a\u066e\u066f\u0671-\u06d3\u06d5\u06ee\u06ef\u06fa-\u06fc\u06ff"
    "\u0750-\u077f\u0870-\u0887\u0889-\u088e\u08a0-\u08c9\ufb50-\ufbb1\ufbd3-\ufdf9\ufe80-\ufefc"
)

_UNIFIED = {
    "أإآٱٲٳ": "ا",
    "ؤٶٷۇۈۆۉۋ": "و",
    "ئىیےۍې": "ي",
    "ةەہھۀۂۃ": "ه",
    "کگݣڭګڮ": "ك",
    "پ": "ب",
    "ڤڥڢ": "ف",
    "ڧڨ": "ق",
    "چ": "ج",
    "ژ": "ز",
    "’ʼʹ＇": "'",
    "œŒ": "oe",
    "æÆ": "ae",
    "øØ": "o",
    "łŁ": "l",
    "đĐ": "d",
    "ı": "i",
}
_DIGITS = {chr(zero + n): str(n) for zero in (0x0660, 0x06F0) for n in range(10)}


def _members(character_class: str) -> list[str]:
    """List the characters of a class such as "a-cx"."""
    ranges = re.findall("(.)-(.)|(.)", character_class, re.DOTALL)
    return [
        chr(code)
        for first, last, alone in ranges
        for code in range(ord(first or alone), ord(last or alone) + 1)
    ]


_TABLE = str.maketrans(
    dict.fromkeys(_members(MARKS + INVISIBLE), "")
    | {letter: unified for letters, unified in _UNIFIED.items() for letter in letters}
    | _DIGITS
)
_PRESENTATION = re.compile("[\ufb50-\ufdff\ufe80-\ufefc]")
_BEYOND_ARABIC = re.compile(
    "[\u00aa-\u05ff\u1d00-\u24ff\u2c60-\u2c7f\ua720-\ua7ff\ufb00-\ufb4f\uff00-\uffef]"
)
_ACCENTS = re.compile("[\u0300-\u036f]+")


def normalize(text: str) -> str:
    """Normalize a text for comparison: stored text and queries alike.

    May change its length; `tokens.tokenize` keeps the places of words. A hamza without a seat
    stays: without it "water" (ماء) would be "what" (ما). `stems.stem` drops it.
    """
    if text.isascii():
        return text.lower()
    if _PRESENTATION.search(text):
        text = unicodedata.normalize("NFKC", text)
    text = text.translate(_TABLE)
    if _BEYOND_ARABIC.search(text):
        decomposed = unicodedata.normalize("NFKD", text.casefold())
        text = unicodedata.normalize("NFC", _ACCENTS.sub("", decomposed)).translate(_TABLE)
    return text.casefold()


@lru_cache(maxsize=10_000)
def fold_word(word: str) -> str:
    """Normalize one word, cached: newspapers repeat theirs."""
    return "".join(normalize(word).split())

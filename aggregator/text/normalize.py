"""One form for each letter, so that words compare however they were typed.

Arabic first: harakat, tatweel, invisible characters and presentation forms, the seats of hamza,
ta marbuta, the letters that Persian and the Maghreb add. Latin letters lose accents and capitals.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

MARKS = (
    "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u08ca-\u08e1\u08e3-\u08ff"  # harakat, Quranic
    "\u0640\ufe70-\ufe7f"  # tatweel, harakat in presentation forms
)
"""What Arabic writes into words and what is no letter; for a character class."""
INVISIBLE = "\u00ad\u034f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
"""Bidirectional marks, joiners, zero-width spaces; for a character class."""
LETTERS = (
    "\u0620-\u063f\u0641-\u064a\u066e\u066f\u0671-\u06d3\u06d5\u06ee\u06ef\u06fa-\u06fc\u06ff"
    "\u0750-\u077f\u0870-\u0887\u0889-\u088e\u08a0-\u08c9\ufb50-\ufbb1\ufbd3-\ufdf9\ufe80-\ufefc"
)
"""Arabic letters in all their encodings; for a character class."""

_ONE_FORM = {
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
    """The characters of a class such as "a-cx"."""
    ranges = re.findall("(.)-(.)|(.)", character_class, re.DOTALL)
    return [
        chr(code)
        for first, last, alone in ranges
        for code in range(ord(first or alone), ord(last or alone) + 1)
    ]


_TABLE = str.maketrans(
    dict.fromkeys(_members(MARKS + INVISIBLE), "")
    | {each: form for many, form in _ONE_FORM.items() for each in many}
    | _DIGITS
)
_PRESENTATION = re.compile("[\ufb50-\ufdff\ufe80-\ufefc]")
_BEYOND_ARABIC = re.compile(
    "[\u00aa-\u05ff\u1d00-\u24ff\u2c60-\u2c7f\ua720-\ua7ff\ufb00-\ufb4f\uff00-\uffef]"
)
_ACCENTS = re.compile("[\u0300-\u036f]+")


def normalize(text: str) -> str:
    """`text` as words are compared: for what is stored, and the same for what is looked for.

    Its length may change; `tokens.words` knows where words stood. A hamza without a seat stays:
    without it "water" (ماء) is "what" (ما). `stems.stem` drops it.
    """
    if text.isascii():
        return text.lower()
    if _PRESENTATION.search(text):
        text = unicodedata.normalize("NFKC", text)
    text = text.translate(_TABLE)
    if _BEYOND_ARABIC.search(text):
        spread = unicodedata.normalize("NFKD", text.casefold())
        text = unicodedata.normalize("NFC", _ACCENTS.sub("", spread)).translate(_TABLE)
    return text.casefold()


@lru_cache(maxsize=10_000)
def fold_word(word: str) -> str:
    """`normalize` for one word, remembered: newspapers repeat theirs."""
    return "".join(normalize(word).split())

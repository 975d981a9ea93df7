"""Detect the direction of a text from its own letters."""

import re

from aggregator.text.addresses import strip_addresses
from aggregator.types import Direction

_RTL_LETTERS = (
    "\u05d0-\u05f2\u0620-\u063f\u0641-\u064a\u066e\u066f\u0671-\u06d3\u06d5\u06e5\u06e6\u06ee"
    "\u06ef\u06fa-\u06ff\u0710-\u074a\u074d-\u07a5\u07b1\u07ca-\u07ea\u0800-\u0815\u0840-\u0858"
    "\u0860-\u08c9\ufb1d-\ufdfb\ufe70-\ufefc"
)
_RTL = re.compile(f"[{_RTL_LETTERS}]")
_LTR = re.compile(f"[^\\W\\d_{_RTL_LETTERS}\u0640]")
_FIRST_STRONG = re.compile("[^\\W\\d_\u0640]")

_ASCII_LETTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
# First bytes of U+0600–06FF in UTF-8.
_ARABIC_LEADS = bytes(range(0xD8, 0xDC))
_ASCII = bytes(range(128))
_SAMPLE = 400
# Characters to read at most until the sample is full: addresses are no part of it.
_MAX_READ = 1_200
# Bytes of one direction per byte of the other beyond which counting bytes is enough.
_CLEAR_RATIO = 4
_MIN_BYTES = 16


def detect_direction(text: str, fallback: Direction) -> Direction:
    """Detect the direction of most letters of `text`; on a tie, that of the first letter.

    Addresses, @names and #tags do not count. Returns `fallback` for a text without other letters.
    Looks at the first 400 characters only.
    """
    sample = strip_addresses(text[:_MAX_READ])[:_SAMPLE]
    encoded = sample.encode("utf-8", "replace")
    size = len(encoded)
    beyond_ascii = len(encoded.translate(None, _ASCII))
    arabic = size - len(encoded.translate(None, _ARABIC_LEADS))
    latin = size - len(encoded.translate(None, _ASCII_LETTERS))
    # Counting bytes is far faster than counting letters, and decides nearly every real text.
    if arabic > _CLEAR_RATIO * (latin + beyond_ascii - 2 * arabic) and arabic > _MIN_BYTES:
        return "rtl"
    if latin > _CLEAR_RATIO * beyond_ascii and latin > _MIN_BYTES:
        return "ltr"
    return _count_letters(sample, fallback)


def _count_letters(sample: str, fallback: Direction) -> Direction:
    rtl, ltr = len(_RTL.findall(sample)), len(_LTR.findall(sample))
    if rtl != ltr:
        return "rtl" if rtl > ltr else "ltr"
    first = _FIRST_STRONG.search(sample)
    if first is None:
        return fallback
    return "rtl" if _RTL.match(first[0]) else "ltr"

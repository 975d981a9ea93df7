"""Repair Arabic text that its publisher decoded with the wrong encoding."""

from __future__ import annotations

import re

_LATIN_TAIL = "\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
_LATIN_PAIR = re.compile(f"[ØÙÚÛÂ][{_LATIN_TAIL}]|â€[{_LATIN_TAIL}]")
# UTF-8 read as latin-1 or windows-1252: "Ø§Ù„Ù…ØºØ±Ø¨".
_UTF8_AS_LATIN = re.compile(
    f"(?:(?:[ØÙÚÛ][{_LATIN_TAIL}]|Â[{_LATIN_TAIL}]|â€[{_LATIN_TAIL}])[^\\w<>&]*){{2,}}"
)

_ARABIC_TAIL = "€پ‚ƒ„…†‡ˆ‰ٹ‹Œچژڈگ‘’“”•–—ک™ڑ›œ\u200c\u200dں\xa0،¢£¤¥¦§¨©ھ«¬\xad®¯°±²³´µ¶·¸¹؛»¼½¾؟"
_ARABIC_PAIR = re.compile(f"[طظعغآ][{_ARABIC_TAIL}]")
# UTF-8 read as windows-1256: "ط§ظ„ظ…ط؛ط±ط¨".
_UTF8_AS_1256 = re.compile(f"(?:[طظعغ][{_ARABIC_TAIL}] ?(?:آ[«»\xa0·])?){{3,}}")

_SEGMENT = re.compile("[^<>&\n]+")
# windows-1256 read as latin-1 or windows-1252: "ÇáãÛÑÈ"; no language here is written like that.
_LATIN_RUN = re.compile("[\u00c0-\u00ff]{4}")

# The same in UTF-8: five times faster to search a whole document for.
_LATIN_RUN_BYTES = re.compile(rb"\xc3[\x80-\xbf]\xc3[\x80-\xbf]\xc3[\x80-\xbf]\xc3")

_ARABIC = re.compile("[\u0621-\u064a\u0671-\u06d3]")


def repair_mojibake(text: str) -> str:
    """`text` with runs re-decoded that become Arabic in the encoding they were written in.

    Replaces a run only if at least half of its letters become Arabic. Linear in the length.
    """
    if "Ø" in text or "Ù" in text:
        text = _UTF8_AS_LATIN.sub(_reread_latin, text)
    if "ط§" in text or "ظ„" in text or "ظ…" in text:  # alif, lam or mim: no text without
        text = _UTF8_AS_1256.sub(_reread_arabic, text)
    if _LATIN_RUN_BYTES.search(text.encode("utf-8", "replace")):
        text = _SEGMENT.sub(_reread_legacy, text)
    return text


def _reread_latin(match: re.Match[str]) -> str:
    return _if_arabic(_LATIN_PAIR.sub(_latin_pair, match[0]), match[0])


def _latin_pair(match: re.Match[str]) -> str:
    raw = _latin_bytes(match[0]) or b""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return match[0]


def _reread_arabic(match: re.Match[str]) -> str:
    return _if_arabic(_ARABIC_PAIR.sub(_arabic_pair, match[0]), match[0])


def _arabic_pair(match: re.Match[str]) -> str:
    return match[0].encode("cp1256").decode("utf-8", "replace")


def _reread_legacy(match: re.Match[str]) -> str:
    if not _LATIN_RUN.search(match[0]):
        return match[0]
    raw = _latin_bytes(match[0])
    return match[0] if raw is None else _if_arabic(raw.decode("cp1256"), match[0])


def _latin_bytes(text: str) -> bytes | None:
    """The bytes behind `text` in windows-1252 or, for what that lacks, latin-1.

    None if `text` has letters of neither.
    """
    try:
        return text.encode("cp1252")
    except UnicodeEncodeError:
        pass
    raw = bytearray()
    for character in text:
        try:
            raw += character.encode("cp1252")
        except UnicodeEncodeError:
            if character > "\xff":
                return None
            raw += character.encode("latin-1")
    return bytes(raw)


def _if_arabic(text: str, original: str) -> str:
    """`text` if at least half of its letters are Arabic, else `original`."""
    letters = sum(character.isalpha() for character in text)
    arabic = len(_ARABIC.findall(text))
    return text if arabic and arabic * 2 >= letters else original

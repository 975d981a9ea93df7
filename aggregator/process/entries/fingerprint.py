"""Keys to recognise entries by: signed 64-bit hashes of what they say."""

import re
import unicodedata

from aggregator.keys import key64, key64_of_bytes

# Minimum words of a body to recognise it under any headline.
MIN_WORDS_ALONE = 40
# Minimum words of a text to compare it at all.
MIN_WORDS = 5

_NO_GUID = frozenset({"", "0", "-1", "null", "none", "undefined", "n/a"})
_ASCII_NOISE = bytes(code for code in range(128) if not chr(code).isalnum())
# First UTF-8 bytes of non-ASCII letters that have case.
_CASED_LEADS = bytes((*range(0xC3, 0xD3), 0xE1, 0xE2, 0xEA, 0xEF, 0xF0))
_NOISE = re.compile(
    "[\u0080-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u00d7\u00f7"
    "\u060c\u060d\u0610-\u061f\u0640\u064b-\u065f\u066a-\u066d\u0670\u06d4\u06d6-\u06ed\u08d3-\u08ff"
    "\u1680\u180e\u2000-\u206f\u20a0-\u20cf\u2190-\u23ff\u2500-\u2bff\u3000-\u303f"
    "\ufd3e\ufd3f\ufe00-\ufe2f\ufeff\ufff0-\uffff]+"
)

_HINTS = (
    "first on",
    "premier sur",
    "read more",
    "reading",
    "read the full",
    "lire la suite",
    "lire plus",
    "savoir plus",
    "المزيد",
    "القراءة",
    "المقال",
    "التدوينة",
    "أيضا",
    "أيضًا",
    "المصدر:",
)
_PHRASES = re.compile(
    r"(?:(?:The post|L[’']article|Cet article|Le post)\b.{1,300}?"
    r"(?:appeared first on|est apparu en premier sur).{0,120}"
    r"|(?:ظهرت? )?(?:المقالة|المقال|التدوينة) .{1,300}?(?:أولاً|أولا|أوّلا|أوّلاً) (?:على|في) .{0,120}"
    r"|\[?\s*(?:Read more|Continue reading|Keep reading|Read the full (?:article|story)"
    r"|Lire la suite|Lire plus|En savoir plus|[اإ]قر[أا] المزيد|تابع القراءة|[أا]كمل القراءة"
    r"|[اإ]قر[أا] أيضا|[اإ]قر[أا] أيضًا|المصدر:)[^.!؟]{0,120}[.\]]?"
    r"|(?:للمزيد|المزيد))[\s.…»›→>]*$",
    re.IGNORECASE | re.DOTALL,
)
_SIGNATURE = re.compile(
    r"(?:(?:المصدر|[Ss]ource)\s?:[^:!؟?]{0,40}|\sو\.م\.ع\.?"
    r"|[(\[/ـ–—-]\s*(?:مع )?(?:و\.? ?م\.? ?ع|أ\.? ?ف\.? ?ب|د\.? ?ب\.? ?أ|وكالات|رويترز|الأناضول"
    r"|MAP|AFP|APS|Reuters|AP|EFE|DPA)\.?\s*[)\]/ـ–—-]*|\[\s*(?:…|\.{3})\s*\]|…|\.{3}|[»›→>]+)\s*$"
)
# Every match of `_SIGNATURE` contains one of these: cheap to rule out first.
_MARK = re.compile(r"[(\[/ـ–—…»›→>:-]|\.\.\.|م\.ع")
_TAIL = 500
_SIGNATURE_TAIL = 50
_MAX_TRAILERS = 8


def comparison_bytes(text: str) -> bytes:
    """Reduce `text` to its letters and digits, as UTF-8, so that only wording is compared.

    Harakat, tatweel, bidi and zero-width characters, punctuation, white space and case are gone.
    """
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    if not text.isascii():
        text = _NOISE.sub("", text)
    data = text.encode("utf-8", "replace")
    if len(data.translate(None, _CASED_LEADS)) != len(data):
        data = text.casefold().encode("utf-8", "replace")
    return data.lower().translate(None, _ASCII_NOISE)


def strip_trailers(text: str) -> str:
    """Cut what feeds append to the end of `text`.

    "The post … appeared first on …", "Read more" and the signatures of agencies, in the three
    languages; several after one another too.
    """
    text = text.rstrip()
    for _ in range(_MAX_TRAILERS):
        tail = text[-_TAIL:]
        end = tail[-_SIGNATURE_TAIL:]
        found = _SIGNATURE.search(tail, len(tail) - len(end)) if _MARK.search(end) else None
        if found is None and _hinted(tail.casefold()):
            found = _PHRASES.search(tail)
        if found is None:
            break
        text = text[: len(text) - len(tail) + found.start()].rstrip()
    return text


def _hinted(tail: str) -> bool:
    for hint in _HINTS:  # noqa: SIM110 - a generator costs three times as much
        if hint in tail:
            return True
    return False


def usable_guid(guid: str | None) -> str | None:
    """Strip `guid` and bring it to NFC; None if it names nothing ("", "0", "null" …)."""
    if guid is None:
        return None
    guid = guid.strip()
    if guid.casefold() in _NO_GUID:
        return None
    return guid if guid.isascii() else unicodedata.normalize("NFC", guid)


def identity_key(guid: str | None, url_key: int | None, title: bytes, text: bytes) -> int:
    """Return the key of an entry within its feed: of its guid, else address, else text.

    `guid` comes from `usable_guid`, `title` and `text` from `comparison_bytes`.
    """
    if guid is not None:
        return key64("guid", guid)
    if url_key is not None:
        return key64("url", str(url_key))
    return key64_of_bytes(b"text\x1f" + title + b"\x1f" + text)


def title_key(title: bytes) -> int:
    """Return the key of a title that `comparison_bytes` reduced."""
    return key64_of_bytes(title)


def text_key(title: bytes, text: bytes, words: int) -> int | None:
    """Return the key that finds the same article in other feeds; None if the text is too short.

    A long body is enough by itself, since outlets give an agency's dispatch their own headline.
    `title` and `text` come from `comparison_bytes` (`text` without trailers); `words` is the number
    of words of the body.
    """
    if words >= MIN_WORDS_ALONE:
        return key64_of_bytes(text)
    if words >= MIN_WORDS:
        return key64_of_bytes(title + b"\x1f" + text)
    return None


def text_revision(title: bytes, text: bytes, text_key: int | None) -> int:
    """Return a key that changes with the wording of title or text.

    `text_key` is that of the same title and text; it saves hashing a long text twice.
    """
    said = text if text_key is None else str(text_key).encode()
    return key64_of_bytes(title + b"\x1e" + said)

"""Bytes to text, in the encoding that fits them, whatever was declared."""

from __future__ import annotations

import codecs
import re
from html import unescape

from aggregator.parse.mojibake import repair_mojibake
from aggregator.types import FeedProblem

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Encodings that browsers use instead of the declared one (WHATWG Encoding Standard).
_ALIASES = {"iso8859-1": "cp1252", "iso8859-9": "cp1254", "gb2312": "gb18030", "gbk": "gb18030"}
# Encodings that may be declared: never UTF-7 or Python's own codecs (rot13, unicode_escape …).
_LEGACY = frozenset(
    [f"cp{number}" for number in (*range(1250, 1259), 720, 864, 866, 874, 932, 949, 950)]
    + [f"iso8859-{number}" for number in (*range(2, 12), 13, 14, 15, 16)]
    + ["koi8-r", "koi8-u", "mac-roman", "mac-arabic", "gb18030", "big5", "shift_jis"]
    + ["euc_jp", "euc_kr", "tis-620"]
)
_GUESSES = ("cp1256", "iso8859-6", "cp1252")

_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_PROLOG_ENCODING = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']\s*([\w.:-]+)")

_ARABIC_LETTER = re.compile("[\u0621-\u063a\u0641-\u064a]")
_COMMON_ARABIC = re.compile("[اليمنوتربةعد]")
_MIXED = re.compile("[A-Za-z][\u0600-\u06ff]|[\u0600-\u06ff][A-Za-z\u00c0-\u00ff]")
_NOT_ASCII = re.compile("[^\x00-\x7f]+")
_ESCAPED = re.compile("[\udc80-\udcff]+")

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]+")
_C1 = re.compile("[\x80-\x9f]")
_CONTROL_BYTES = bytes(number for number in range(32) if number not in (9, 10, 13))
_C1_BYTES = re.compile(rb"\xc2[\x80-\x9f]")
_NUMERIC_REFERENCE = re.compile("&#([0-9]+|[xX][0-9a-fA-F]+);")
_DECLARATION = re.compile(r"\s*<\?xml\s[^>]*>", re.IGNORECASE)


def decode(body: bytes, content_type: str) -> tuple[str, FeedProblem | None]:
    """The text of `body`, and a `damaged_encoding` problem if some bytes were lost.

    A byte-order mark decides, then the bytes themselves (UTF-16, valid or nearly valid UTF-8), then
    the charset of `content_type`, then the XML declaration, then a guess between the encodings of
    Arabic and French. Repairs text that its publisher decoded wrongly. Never raises; linear in the
    length.
    """
    mark, encoding = next((pair for pair in _BOMS if body.startswith(pair[0])), (b"", ""))
    body = body[len(mark) :]
    encoding = encoding or _wide_encoding(body)
    if encoding not in ("", "utf-8"):
        return _repair_and_report(body.decode(encoding, "replace"))
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return _decode_damaged_or_legacy(body, content_type)
    return _repair_and_report(text)


def clean_markup(text: str) -> str:
    """`text` without its XML declaration and without what XML 1.0 forbids.

    Removes forbidden characters and references to them (`&#0;`, `&#xD800;`, numbers beyond
    Unicode); reads the range 128-159 as windows-1252, as browsers do. Linear in the length.

    Source: https://www.w3.org/TR/xml/#charsets
    """
    if not _is_clean(text):
        text = _C1.sub(_from_c1, _FORBIDDEN.sub("", text))
    text = text.lstrip("\ufeff")
    if "&#" in text:
        text = _NUMERIC_REFERENCE.sub(_allowed_reference, text)
    declaration = _DECLARATION.match(text)
    return text[declaration.end() :] if declaration else text


def _is_clean(text: str) -> bool:
    """Whether `text` has nothing forbidden or in the range 128-159; fast on long texts."""
    try:
        raw = text.encode()
    except UnicodeEncodeError:
        return False
    return (
        len(raw.translate(None, _CONTROL_BYTES)) == len(raw)
        and not _C1_BYTES.search(raw)
        and b"\xef\xbf\xbe" not in raw
        and b"\xef\xbf\xbf" not in raw
    )


def _repair_and_report(text: str) -> tuple[str, FeedProblem | None]:
    """Repair what the publisher decoded wrongly, and report what could not be read."""
    text = repair_mojibake(text)
    lost = text.count("\ufffd")
    return text, _damage(lost) if lost else None


def _damage(count: int) -> FeedProblem:
    return FeedProblem("damaged_encoding", f"{count} unreadable characters")


def _wide_encoding(body: bytes) -> str:
    """UTF-16 or UTF-32 without a mark, recognised by its zero bytes; "" if neither."""
    start = body.lstrip(b"\0")[:1]
    sample = body[:400]
    zeros = sample.count(0)
    if zeros * 5 < len(sample) or start not in (b"<", b" ", b"\n", b"\r", b"{"):
        return ""
    if sample[:3] == b"\0\0\0" or sample[1:4] == b"\0\0\0":
        return "utf-32-be" if sample[0] == 0 else "utf-32-le"
    return "utf-16-be" if sample[0] == 0 else "utf-16-le" if sample[1] == 0 else ""


def _decode_damaged_or_legacy(body: bytes, content_type: str) -> tuple[str, FeedProblem | None]:
    """Text of a body that is not valid UTF-8."""
    text = body.decode("utf-8", "surrogateescape")
    bad = sum(map(len, _ESCAPED.findall(text)))
    good = sum(map(len, _NOT_ASCII.findall(text))) - bad
    if good > 3 * bad:
        text = _ESCAPED.sub(_repair_bytes, text)
        return repair_mojibake(text), _damage(bad)
    guess = _guess(body)
    for name in (_charset_of(content_type), _prolog_encoding(body)):
        if name not in _LEGACY or (name == "cp1252" and guess != name):
            continue  # latin-1 is what servers say when they do not know
        text = body.decode(name, "replace")
        if text.count("\ufffd") * 20 <= bad:
            return _repair_and_report(text)
    return _repair_and_report(body.decode(guess, "replace"))


def _charset_of(content_type: str) -> str:
    match = _CHARSET.search(content_type)
    return _normal_name(match[1]) if match else ""


def _prolog_encoding(body: bytes) -> str:
    match = _PROLOG_ENCODING.search(body[:1024])
    return _normal_name(match[1].decode("ascii", "replace")) if match else ""


def _normal_name(label: str) -> str:
    """Python's name for a declared encoding; "" if unknown."""
    try:
        name = codecs.lookup(label).name
    except LookupError:
        return ""
    return _ALIASES.get(name, name)


def _guess(body: bytes) -> str:
    """The most plausible of windows-1256, iso-8859-6 and windows-1252."""
    sample = body[:1_000_000]
    return max(_GUESSES, key=lambda encoding: _plausibility(sample.decode(encoding, "replace")))


def _plausibility(text: str) -> int:
    """How much `text` looks like Arabic or, without any Arabic, how little looks wrong."""
    arabic = len(_ARABIC_LETTER.findall(text))
    common = len(_COMMON_ARABIC.findall(text))
    article = text.count("ال")
    mixed = len(_MIXED.findall(text))
    return arabic + 2 * common + 4 * article - 12 * mixed - 6 * text.count("\ufffd")


def _repair_bytes(match: re.Match[str]) -> str:
    """Bytes that are not UTF-8 within text that is: legacy letters if they fit, else U+FFFD."""
    raw = match[0].encode("utf-8", "surrogateescape")
    if len(raw) > 1:
        arabic = raw.decode("cp1256", "replace")
        if all(_ARABIC_LETTER.match(letter) for letter in arabic):
            return arabic
    text = match.string
    before = text[match.start() - 1 : match.start()]
    after = text[match.end() : match.end() + 1]
    beside_latin = (before.isascii() and before.isalpha()) or (after.isascii() and after.isalpha())
    if beside_latin or all(byte in _PUNCTUATION for byte in raw):
        return raw.decode("cp1252", "replace")
    return "\ufffd"


# Ellipsis, quotes, dashes, no-break space: the same in windows-1252 and windows-1256.
_PUNCTUATION = frozenset(b"\x85\x91\x92\x93\x94\x96\x97\xa0\xab\xbb")


def _from_c1(match: re.Match[str]) -> str:
    return match[0].encode("latin-1").decode("cp1252", "ignore")


def _allowed_reference(match: re.Match[str]) -> str:
    """The reference if XML allows its character, else nothing."""
    digits = match[1].lstrip("0")
    number = int(digits[1:] or "0", 16) if digits[:1] in "xX" and digits else -1
    if digits.isdigit():
        number = int(digits) if len(digits) <= 7 else -1
    if 0x80 <= number <= 0x9F:
        return unescape(match[0])
    allowed = number in (9, 10, 13) or 0x20 <= number <= 0xD7FF or 0xE000 <= number <= 0xFFFD
    return match[0] if allowed or 0x10000 <= number <= 0x10FFFF else ""

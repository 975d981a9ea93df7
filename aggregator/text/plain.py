"""Convert HTML fragments to plain text, and clean up plain text."""

from __future__ import annotations

import re
from html import unescape

_INVISIBLE = re.compile(
    "["
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # controls but tab, line feed, carriage return
    "\u00ad"  # soft hyphen
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidirectional marks and overrides
    "\u180e\u200b\u2028\u2029\u2060-\u2065\u206a-\u206f\ufeff"  # zero width
    "\ufff9-\ufffb\ufffe\uffff\ud800-\udfff"  # annotations, non-characters, lone surrogates
    "]"
)
_LINE_SEPARATORS = re.compile("[\u2028\u2029\x0b\x0c\x85]")
_LOOSE_JOINERS = re.compile(
    r"(?<!\S)[\u200c\u200d]+|[\u200c\u200d]+(?!\S)|([\u200c\u200d])[\u200c\u200d]+"
)

_FRENCH_SPACE = re.compile("(?<=[«0-9])[\u00a0\u202f](?=\\S)|(?<=\\S)[\u00a0\u202f](?=[:;!?»%])")
_TAG = re.compile(r"<(?:!--|(/?)([A-Za-z][A-Za-z0-9:-]*)|[!?/])")
_HUGE_REFERENCE = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{8,});?")
_REFERENCE = re.compile(r"&(?:#[0-9]+|#[xX][0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]*);")

# Maximum characters to drop so that a cut falls between words.
_MAX_CUT = 30

_DROPPED_ELEMENTS = frozenset(["script", "style", "template", "iframe", "object", "noembed"])
_CLOSING = {name: re.compile(f"</{name}[^<>]*>?", re.IGNORECASE) for name in _DROPPED_ELEMENTS}
# Frames and players: their fallback text is dropped, but words before and after stay apart.
_BOXES = frozenset(["iframe", "object"])
INLINE_ELEMENTS = frozenset(
    [
        "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "blink", "cite", "code", "data", "del",
        "dfn", "em", "font", "i", "ins", "kbd", "label", "mark", "nobr", "output", "q", "rb", "rp",
        "rt", "rtc", "ruby", "s", "samp", "small", "span", "strike", "strong", "sub", "sup",
        "time", "tt", "u", "var", "wbr",
    ]
)  # fmt: skip
_SEAMLESS = (INLINE_ELEMENTS | _DROPPED_ELEMENTS) - _BOXES


def strip_controls(text: str) -> str:
    """Remove control, bidirectional and zero-width characters and lone surrogates.

    Keeps ZWNJ and ZWJ inside words, where Persian, Kurdish and emoji need them.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _LINE_SEPARATORS.sub(" ", text)
    text = _INVISIBLE.sub("", text)
    if "\u200c" in text or "\u200d" in text:
        text = _LOOSE_JOINERS.sub(r"\1", text)
    return text


def collapse_whitespace(text: str) -> str:
    """Trim `text` and replace every run of white space by one space.

    Keeps a single no-break space where French typography requires it: before ":", ";", "!", "?",
    "»" and "%", after "«", and after a digit. Elsewhere it becomes an ordinary one: publishers
    scatter them, and a line of Arabic must be able to break.
    """
    if "\u00a0" in text or "\u202f" in text:
        text = _FRENCH_SPACE.sub("\x01", text)
        return " ".join(text.split()).replace("\x01", "\u00a0")
    return " ".join(text.split())


def has_references(text: str) -> bool:
    """Whether `text` contains a complete character reference such as `&amp;` or `&#8217;`."""
    return "&" in text and _REFERENCE.search(text) is not None


def decode_references(text: str) -> str:
    """Decode HTML character references once; numbers out of range become U+FFFD."""
    if "&" not in text:
        return text
    return unescape(_HUGE_REFERENCE.sub("\ufffd", text))


def strip_tags(markup: str) -> str:
    """Remove tags, comments and the contents of scripts and styles.

    Block elements leave a space; a "<" that opens no tag stays. Linear in the length.
    """
    last = markup.rfind(">")
    if last == -1 or "<" not in markup:
        return markup
    last_comment = markup.rfind("-->")
    pieces: list[str] = []
    position = 0
    while (match := _TAG.search(markup, position)) and match.start() < last:
        pieces.append(markup[position : match.start()])
        name = (match[2] or "").lower()
        if match[0] == "<!--" and match.start() + 2 <= last_comment:
            position = markup.find("-->", match.start() + 2) + 3
        else:
            position = _end_of_tag(markup, match.end(), last)
        if name in _DROPPED_ELEMENTS and not match[1]:
            closing = _CLOSING[name].search(markup, position)
            position = closing.end() if closing else len(markup)
        if name and name not in _SEAMLESS:
            pieces.append(" ")
    pieces.append(markup[position:])
    return "".join(pieces)


def html_to_text(markup: str, *, limit: int | None = None) -> str:
    """Extract the text of an HTML fragment, on one line, without invisible characters.

    `limit` is the maximum number of characters; see `truncate`.
    """
    text = collapse_whitespace(strip_controls(decode_references(strip_tags(markup))))
    return text if limit is None else truncate(text, limit)


def truncate(text: str, limit: int) -> str:
    """Cut `text` to at most `limit` characters, ending in "…".

    Cuts between words if one ends within `_MAX_CUT` characters.
    """
    if len(text) <= limit:
        return text
    if limit < 1:
        return ""
    head = text[: limit - 1]
    space = head.rfind(" ")
    if space > 0 and len(head) - space <= _MAX_CUT:
        head = head[:space]
    return head.rstrip() + "…"


def _end_of_tag(markup: str, start: int, last: int) -> int:
    """Find the end of the tag open at `start`; `last` is the place of the last ">"."""
    end = markup.find(">", start, last + 1)
    for _ in range(4):  # a ">" inside a quoted attribute does not end the tag
        if markup.count('"', start, end) % 2 == 0:
            break
        further = markup.find(">", end + 1, last + 1)
        if further == -1:
            break
        end = further
    return end + 1

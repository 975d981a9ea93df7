"""CDATA sections that publishers wrote wrongly: not closed, escaped, or one in another."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

_OPEN, _CLOSE = "<![CDATA[", "]]>"
_ELEMENT_BEFORE = re.compile(r"<([A-Za-z_][\w:.-]*)(?:\s[^<>]*)?>[^<>]*$")
_MAX_BEFORE = 1_000
_BROKEN_CLOSE = re.compile(r"\]?\s*\]\s*(?:>|&gt;)?\s*$")

_WRAPPER = re.compile(
    r"<!\[CDATA\[(.*?)\]\s?\]\s?>|\A\s*<!\[CDATA\[(.*)", re.DOTALL | re.IGNORECASE
)
_ESCAPED_WRAPPER = re.compile(r"\s*&lt;!\[CDATA\[(.*?)\]\]&gt;\s*", re.DOTALL | re.IGNORECASE)
_LAST_CLOSE = re.compile(r"\]\]>\s*\Z")
_ROUNDS = 3


def close_cdata(xml: str) -> tuple[str, bool]:
    """`xml` with each CDATA section closed where its element is, and whether one was not.

    A section without its end (`]] >`, `]>`) would run into another entry and swallow what is
    between. Linear in the length.
    """
    if xml.count(_OPEN) <= xml.count(_CLOSE):
        return xml, False
    pieces: list[str] = []
    position = end = 0
    mended = False
    while (start := xml.find(_OPEN, position)) != -1:
        inside = start + len(_OPEN)
        if 0 <= end < inside:
            end = xml.find(_CLOSE, inside)
        close = _end_of_element(xml, start, inside, end)
        if close == -1:
            if end == -1:
                break
            pieces.append(xml[position : end + len(_CLOSE)])
            position = end + len(_CLOSE)
            continue
        text = _BROKEN_CLOSE.sub("", xml[max(inside, close - 20) : close])
        pieces += [xml[position : max(inside, close - 20)], text, _CLOSE]
        position = close
        mended = True
    pieces.append(xml[position:])
    return "".join(pieces), mended


def _end_of_element(xml: str, start: int, inside: int, end: int) -> int:
    """Where the element ends that a section without its end fills; -1 if the section has its end.

    `end` is that of the next "]]>", -1 without one.
    """
    element = _ELEMENT_BEFORE.search(xml, max(0, start - _MAX_BEFORE), start)
    if element is None:
        return -1
    limit = end if end != -1 else len(xml)
    close = xml.find(f"</{element[1]}", inside, limit)
    if close == -1:
        return -1
    if end != -1 and xml.find(_OPEN, close, end) == -1:
        return -1
    return close


def cdata_to_text(xml: str) -> str:
    """`xml` with its CDATA sections as escaped text."""
    first, *others = xml.split(_OPEN)
    pieces = [first]
    for other in others:
        inside, _, outside = other.partition(_CLOSE)
        pieces += [escape(inside), outside]
    return "".join(pieces)


def unwrap_cdata(text: str) -> str:
    """The text of an element without a CDATA wrapper that was escaped, or was inside another."""
    if "[CDATA[" not in text and "[cdata[" not in text:
        return text[:-3].rstrip() if text.endswith("]]>") else text
    for _ in range(_ROUNDS):
        escaped = _ESCAPED_WRAPPER.fullmatch(text)
        unwrapped = escaped[1] if escaped else _WRAPPER.sub(r"\1\2", text)
        if unwrapped == text:
            break
        text = unwrapped
    return _LAST_CLOSE.sub("", text)

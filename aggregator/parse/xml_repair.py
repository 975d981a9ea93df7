"""Repair XML as text, before a parser sees it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html.entities import html5
from xml.sax.saxutils import escape

from aggregator.parse.dates import parse_date

_ROOT = re.compile(
    r"<(?:rss|feed|channel|(?:[\w.-]+:)?RDF|[\w.-]+:(?:feed|rss))(?=[\s>])", re.IGNORECASE
)
_HTML = re.compile(r"<(?:!doctype\s+html|html|script|meta)\b", re.IGNORECASE)
_ELEMENT = re.compile(r"<[A-Za-z_]")
_SUBSET_END = re.compile(r"\]\s*>")

_AMPERSAND = re.compile(
    r"&(?!(?:amp|lt|gt|quot|apos|#[0-9]+|#x[0-9a-fA-F]+);)(?:([A-Za-z][A-Za-z0-9]{1,31});)?"
)
_ENTRY_TAG = re.compile(r"<!\[CDATA\[|<!--|<(/?)((?:[\w.-]{1,40}:)?(?:item|entry))(?=[\s/>])")
_ENTRY_DATE = re.compile(
    r"<(?:pubDate|published|updated|dc:date|issued|modified)\b[^<>]*>\s*(?:<!\[CDATA\[)?([^<\]]{4,100})"
)

_TEXTUAL = re.compile(
    r"<!\[CDATA\[|<(description|content:encoded|summary|content|title|subtitle)(\s[^<>]*)?>"
)
_STRAY_LESS_THAN = re.compile(r"<(?![A-Za-z_/!?])")
_TAG_PREFIX = re.compile(r"</?([A-Za-z_][\w.-]{0,40}):")
_DECLARED_PREFIX = re.compile(r"\sxmlns:([\w.-]{1,40})\s*=")

_NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "wfw": "http://wellformedweb.org/CommentAPI/",
    "xhtml": "http://www.w3.org/1999/xhtml",
}


@dataclass(frozen=True, slots=True)
class FeedXml:
    """A feed's XML from its root element on, and what preceded it."""

    xml: str
    preamble: str
    """"" where the feed came first, else "html" or "text"."""


def find_feed_xml(text: str) -> FeedXml | None:
    """The document from its root element on, None if it contains no feed.

    Drops what precedes it (comments, processing instructions, the DOCTYPE with all entities that it
    declares): entities of a document are never expanded.
    """
    start = _first_element(text)
    root = _ROOT.search(text, start)
    if root is None:
        return None
    if root.start() == start:
        return FeedXml(text[start:], "" if text[:start].lstrip()[:1] in ("", "<") else "text")
    return FeedXml(text[root.start() :], "html" if looks_like_html(text) else "text")


def looks_like_html(text: str) -> bool:
    """Whether `text` starts like a web page."""
    return _HTML.search(text, 0, 2000) is not None


def escape_ampersands(xml: str) -> tuple[str, bool]:
    """`xml` with HTML's entities as characters and every stray "&" escaped.

    Also returns whether there was a stray one. Leaves CDATA sections alone.
    """
    if "&" not in xml:
        return xml, False
    stray = False

    def replace(match: re.Match[str]) -> str:
        nonlocal stray
        name = match[1]
        if name and (characters := html5.get(f"{name};")):
            return escape(characters)
        stray = True
        return f"&amp;{name};" if name else "&amp;"

    return _outside_cdata(xml, lambda piece: _AMPERSAND.sub(replace, piece)), stray


def cut_entries(xml: str, limit: int, timezone: str) -> tuple[str, int]:
    """`xml` with at most `limit` entries, and how many there were.

    Keeps the newest if at least half are dated, else the first, in their order. `timezone` is that
    of dates without one. Linear but for one sort.
    """
    if xml.count("<item") + xml.count("<entry") + xml.count(":item") + xml.count(":entry") <= limit:
        return xml, 0
    spans = _entry_spans(xml)
    if len(spans) <= limit:
        return xml, len(spans)
    dates = [_entry_time(xml, start, end, timezone) for start, end in spans]
    order = list(range(len(spans)))
    if sum(date > 0 for date in dates) * 2 >= len(spans):
        order.sort(key=lambda index: -dates[index])
    dropped = sorted(order[limit:])
    pieces: list[str] = []
    position = 0
    for index in dropped:
        start, end = spans[index]
        pieces.append(xml[position:start])
        position = end
    pieces.append(xml[position:])
    return "".join(pieces), len(spans)


def repair_xml(xml: str) -> str:
    """`xml` without the commonest mistakes that keep it from being well-formed.

    Escapes raw HTML in titles, summaries and bodies and every "<" that opens no tag, and declares
    undeclared prefixes.
    """
    return _declare_prefixes(_outside_cdata(_escape_inline(xml), _escape_less_than))


def _first_element(text: str) -> int:
    """Where the first element starts, past comments, instructions and a DOCTYPE."""
    position = 0
    while True:
        position = text.find("<", position)
        if position == -1:
            return len(text)
        if _ELEMENT.match(text, position):
            return position
        if text.startswith("<!--", position):
            end = text.find("-->", position + 2)
        elif text[position : position + 9].upper() == "<!DOCTYPE":
            end = _end_of_doctype(text, position)
        else:
            end = text.find(">", position)
        if end == -1:
            return position + 1
        position = end + 1


def _end_of_doctype(text: str, start: int) -> int:
    end = text.find(">", start)
    subset = text.find("[", start, max(end, start))
    if subset == -1:
        return end
    match = _SUBSET_END.search(text, subset)
    return match.end() - 1 if match else end


def _outside_cdata(xml: str, change: Callable[[str], str]) -> str:
    """`xml` with `change` applied outside CDATA sections."""
    first, *others = xml.split("<![CDATA[")
    pieces = [change(first)]
    for other in others:
        inside, end, outside = other.partition("]]>")
        pieces.append(f"<![CDATA[{inside}{end}")
        if outside:
            pieces.append(change(outside))
    return "".join(pieces)


def _entry_spans(xml: str) -> list[tuple[int, int]]:
    """(start, end) of every entry, in order; unclosed entries end at the next."""
    spans: list[tuple[int, int]] = []
    opened: int | None = None
    position = 0
    while match := _ENTRY_TAG.search(xml, position):
        position = match.end()
        if match[2] is None:
            end = xml.find("]]>" if match[0] == "<![CDATA[" else "-->", position)
            position = end if end != -1 else len(xml)
        elif match[1]:
            if opened is not None:
                spans.append((opened, xml.find(">", position) + 1 or len(xml)))
                opened = None
        else:
            if opened is not None:
                spans.append((opened, match.start()))
            opened = match.start()
    return spans


def _entry_time(xml: str, start: int, end: int, timezone: str) -> float:
    """Unix time of the entry's first date; 0 if it has none."""
    match = _ENTRY_DATE.search(xml, start, end)
    date = parse_date(match[1], timezone) if match else None
    return max(date.timestamp(), 0.0) if date else 0.0


def _escape_inline(xml: str) -> str:
    """`xml` with the raw HTML in its titles, summaries and bodies escaped."""
    pieces: list[str] = []
    done = position = 0
    endless: set[str] = set()
    while match := _TEXTUAL.search(xml, position):
        position = match.end()
        if match[1] is None:
            end = xml.find("]]>", position)
            position = end if end != -1 else len(xml)
            continue
        name, attributes = match[1], match[2] or ""
        if name in endless or attributes.endswith("/") or "xhtml" in attributes:
            continue
        end = xml.find(f"</{name}>", position)
        if end == -1:
            endless.add(name)
            continue
        inner = xml[position:end]
        pieces += [xml[done:position], _outside_cdata(inner, _escape_markup)]
        done = position = end
    pieces.append(xml[done:])
    return "".join(pieces)


def _escape_markup(piece: str) -> str:
    return escape(piece) if "<" in piece else piece


def _escape_less_than(piece: str) -> str:
    return _STRAY_LESS_THAN.sub("&lt;", piece)


def _declare_prefixes(xml: str) -> str:
    """`xml` with its undeclared prefixes declared on the root."""
    used = set(_TAG_PREFIX.findall(xml))
    missing = sorted(used - set(_DECLARED_PREFIX.findall(xml)) - {"xml"})[:50]
    root = _ROOT.match(xml)
    if not missing or root is None:
        return xml
    declared = "".join(
        f' xmlns:{prefix}="{_NAMESPACES.get(prefix, "urn:undeclared:" + prefix)}"'
        for prefix in missing
    )
    return f"{xml[: root.end()]}{declared}{xml[root.end() :]}"

"""Repair XML as text, before a parser sees it."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from html.entities import html5
from xml.sax.saxutils import escape

from aggregator.parse.cdata import cdata_to_text
from aggregator.parse.dates import parse_date
from aggregator.parse.xml_balance import balance_tags

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
    r"<(description|content:encoded|summary|content|title|subtitle|tagline|media:description"
    r"|media:title|media:text|itunes:summary|itunes:subtitle|dc:description|dc:title)"
    r"(\s[^<>]*)?>"
)
_HIDDEN = re.compile(r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--(?:(?!<!--).)*?-->", re.DOTALL)
# Elements of feeds that are none of HTML, and so cannot be part of a text.
_FOLLOWER = re.compile(
    r"<(?:guid|pubDate|description|content:encoded|category|enclosure|comments|updated|published"
    r"|id|author|issued|modified|created|(?:dc|dcterms|media|itunes|wfw|slash|thr):[\w-]+)[\s/>]"
    r"|<link>"
)
# Where a text without its end tag ends at the latest.
_END_OF_TEXT = re.compile(
    rf"{_FOLLOWER.pattern}|<(?:title|link|summary|content|rights|source)[\s/>]"
    r"|</?(?:[\w.-]{1,40}:)?(?:item|entry|channel|feed|rss|RDF)[\s/>]"
)
_ENTRY_EDGE = re.compile(r"</?(?:[\w.-]{1,40}:)?(?:item|entry)(?=[\s/>])")
_WRONG_END = re.compile(r"</[\w:.-]{1,60}\s*>\s*\Z")
_TAG_PREFIX = re.compile(r"(?:</?|\s)([A-Za-z_][\w.-]{0,40}):(?=[A-Za-z_][\w.-]*[\s=/>])")
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
    start = first_element(text)
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

    Escapes raw HTML in titles, summaries and bodies and every "<" that opens no tag, balances the
    tags of each entry for itself, and declares undeclared prefixes.
    """
    return _declare_prefixes(balance_tags(cdata_to_text(_escape_inline(xml))))


def first_element(text: str) -> int:
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
    """`xml` with the raw HTML in its titles, summaries and bodies escaped, and these closed.

    One without its end tag ends before the next element of the feed.
    """
    visible = _HIDDEN.sub(lambda hidden: " " * len(hidden[0]), xml)
    edges = [edge.start() for edge in _ENTRY_EDGE.finditer(visible)]
    ends: dict[str, int] = {}
    follower = end_of_text = 0
    pieces: list[str] = []
    done = position = 0
    while match := _TEXTUAL.search(visible, position):
        position = match.end()
        name, attributes = match[1], match[2] or ""
        if attributes.endswith("/") or "xhtml" in attributes:
            continue
        if ends.get(name, -1) < position:
            end = visible.find(f"</{name}", position)
            ends[name] = end if end != -1 else len(xml)
        if follower < position:
            follower = _next(_FOLLOWER, visible, position)
        index = bisect_left(edges, position)
        limit = min(follower, edges[index] if index < len(edges) else len(xml))
        if ends[name] < limit:
            limit, end_tag = ends[name], ""
            inner = xml[position:limit]
        else:
            if end_of_text < position:
                end_of_text = _next(_END_OF_TEXT, visible, position)
            limit, end_tag = end_of_text, f"</{name}>"
            inner = _WRONG_END.sub("", xml[position:limit])
        pieces += [xml[done:position], _outside_cdata(inner, _escape_markup), end_tag]
        done = position = limit
    pieces.append(xml[done:])
    return "".join(pieces)


def _next(pattern: re.Pattern[str], text: str, position: int) -> int:
    """Where `pattern` occurs next, the length of `text` if it does not."""
    match = pattern.search(text, position)
    return match.start() if match else len(text)


def _escape_markup(piece: str) -> str:
    return escape(piece) if "<" in piece else piece


def _declare_prefixes(xml: str) -> str:
    """`xml` with its undeclared prefixes declared on the root."""
    used = set(_TAG_PREFIX.findall(xml))
    missing = sorted(used - set(_DECLARED_PREFIX.findall(xml)) - {"xml", "xmlns"})[:50]
    root = _ROOT.match(xml)
    if not missing or root is None:
        return xml
    declared = "".join(
        f' xmlns:{prefix}="{_NAMESPACES.get(prefix, "urn:undeclared:" + prefix)}"'
        for prefix in missing
    )
    return f"{xml[: root.end()]}{declared}{xml[root.end() :]}"

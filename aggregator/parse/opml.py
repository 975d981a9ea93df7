"""OPML: lists of feeds, exchanged between readers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from aggregator.errors import ParseError
from aggregator.parse.encoding import clean_markup, decode
from aggregator.parse.feed_urls import mend_feed_url, strip_credentials
from aggregator.parse.xml_repair import escape_ampersands, first_element
from aggregator.text.plain import collapse_whitespace, decode_references, strip_controls
from aggregator.types.limits import MAX_TITLE

MAX_OUTLINES = 20_000

_ROOT = re.compile(r"<opml(?=[\s>/])", re.IGNORECASE)
_TAG = re.compile(r"<!--|<!\[CDATA\[|<(/?)(outline|body|opml)(?=[\s>/])", re.IGNORECASE)
# A quote ends a value if an attribute or the end of the tag follows, else it belongs to a title.
# The numbers bound what hostile files cost.
_AFTER_VALUE = r"(?=\s{0,9}(?:[\w.-]{1,30}\s{0,3}=|/?>|$))"
_QUOTED = rf"Q((?:[^Q]|Q(?!{_AFTER_VALUE})){{0,200}}+)Q{_AFTER_VALUE}|Q([^Q]*)Q"
_ATTRIBUTE = re.compile(
    rf"(?:^|(?<=[\s\"']))([A-Za-z_][\w.-]*)\s*=\s*(?:{_QUOTED.replace('Q', chr(34))}"
    rf"|{_QUOTED.replace('Q', chr(39))}|([^\s\"'<>]+))"
)
_ENDS = {"<!--": "-->", "<![CDATA[": "]]>"}
_FEED_TYPES = frozenset({"rss", "atom", "feed"})
# Marks the groups that Marsad makes of what is in no folder: reading them makes no folders.
_BY_COUNTRY = 'xmlns:marsad="urn:marsad:opml" marsad:group="country"'

PROBLEM_KINDS = (
    "no_address",
    "scheme",
    "address",
    "credentials",
    "unreadable",
    "damaged",
    "too_many",
)


@dataclass(frozen=True, slots=True)
class Outline:
    """A feed in a list. `group` is its folder, "" at the top."""

    title: str
    url: str
    site: str = ""
    group: str = ""
    language: str = ""
    is_sorted: bool = True
    """Whether its reader put it into `group`, rather than Marsad by country."""


@dataclass(frozen=True, slots=True)
class OpmlProblem:
    """What was left out of a file; `line` is 1-based, `kind` one of `PROBLEM_KINDS`.

    "credentials" and "damaged" leave out no feed: the first concerns its name and password, the
    second the file. Never holds an address, which might be a script or contain a password.
    """

    line: int
    kind: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class OpmlDocument:
    """The feeds of a file, each URL once, and what was left out, both in its order."""

    outlines: tuple[Outline, ...]
    problems: tuple[OpmlProblem, ...] = ()


def read_opml(data: bytes) -> OpmlDocument:
    """The feeds of an OPML 1.0 or 2.0 document, mended as feeds are.

    The bytes decide on the encoding; bare ampersands, a DOCTYPE, text around the document, broken
    tags and a cut end cost at most the outlines in which they are. Entities are never expanded.
    Follows nesting without recursion; linear in the length. Raises `ParseError` for what is not
    OPML.
    """
    text, damage = decode(data, "")
    markup = clean_markup(text)
    root = _ROOT.search(markup, first_element(markup))
    if root is None:
        raise ParseError("not_opml", "not an OPML file: it does not contain <opml>")
    first_line = 1 + text.count("\n") - markup.count("\n", root.start())
    reading = _OutlineHandler()
    if damage:
        reading.report(first_line, "damaged")
    xml, _ = escape_ampersands(markup[root.start() :])
    try:
        tags = _strict_tags(xml)
    except expat.ExpatError as error:
        tags = list(_tolerant_tags(xml))
        if not tags:
            raise ParseError("not_opml", f"not an OPML file: {error}") from error
        reading.report(first_line + error.lineno - 1, "damaged")
    for line, tag in tags:
        reading.handle(first_line + line, tag)
    return OpmlDocument(tuple(reading.outlines.values()), tuple(reading.problems))


def write_opml(title: str, outlines: Iterable[Outline]) -> str:
    """An OPML 2.0 document, with outlines grouped in order of first appearance."""
    groups: dict[tuple[str, bool], list[Outline]] = {}
    for outline in outlines:
        groups.setdefault((outline.group, outline.is_sorted), []).append(outline)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0">',
        f"  <head><title>{_text(title)}</title></head>",
        "  <body>",
    ]
    for (group, is_sorted), members in groups.items():
        if group:
            origin = "" if is_sorted else f" {_BY_COUNTRY}"
            name = quoteattr(group)
            lines.append(f"    <outline text={name} title={name}{origin}>")
        lines += [_element(outline) for outline in members]
        if group:
            lines.append("    </outline>")
    return "\n".join([*lines, "  </body>", "</opml>", ""])


# --- tags ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Opened:
    """A start tag of an outline, or an empty one; attributes are None if they cannot be read."""

    attributes: Mapping[str, str] | None
    is_empty: bool = False


# None stands for the end tag of an outline.
_Tag = _Opened | None


def _strict_tags(xml: str) -> list[tuple[int, _Tag]]:
    """(line from 0, tag) of the outlines of a well-formed document; raises ExpatError."""
    tags: list[tuple[int, _Tag]] = []
    parser = expat.ParserCreate("utf-8")

    def start(name: str, attributes: dict[str, str]) -> None:
        if name.lower() == "outline":
            lowered = {key.lower(): value for key, value in attributes.items()}
            tags.append((parser.CurrentLineNumber - 1, _Opened(lowered)))

    def end(name: str) -> None:
        if name.lower() == "outline":
            tags.append((parser.CurrentLineNumber - 1, None))

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    try:
        parser.Parse(xml.encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        if error.code != expat.errors.codes[expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT]:
            raise
    return tags


def _tolerant_tags(xml: str) -> Iterator[tuple[int, _Tag]]:
    """As `_strict_tags`, of a document that is not well-formed: each tag by itself."""
    position = line = counted = 0
    endless: set[str] = set()
    while match := _TAG.search(xml, position):
        position = match.end()
        if match[2] is None:
            end = xml.find(_ENDS[match[0].upper()], position) if match[0] not in endless else -1
            if end == -1:
                endless.add(match[0])
            position = max(end, position)
            continue
        if match[2].lower() != "outline":
            continue
        line += xml.count("\n", counted, match.start())
        counted = match.start()
        if match[1]:
            yield line, None
            continue
        following = _TAG.search(xml, position)
        position = following.start() if following else len(xml)
        yield line, _opened_in(xml[match.end() : position])


def _opened_in(segment: str) -> _Opened:
    """The start tag whose attributes begin `segment`, which ends before the next tag."""
    attributes: dict[str, str] = {}
    for name, *values in _ATTRIBUTE.findall(segment):
        attributes.setdefault(name.lower(), decode_references("".join(values)))
    if "xmlurl" not in attributes and "xmlurl" in segment.lower():
        return _Opened(None, is_empty=True)
    return _Opened(attributes, is_empty=segment.rstrip().endswith("/>"))


# --- outlines --------------------------------------------------------------------------------


class _Group(NamedTuple):
    """An outline around others; its name is "" if it is none."""

    name: str
    is_folder: bool


class _OutlineHandler:
    def __init__(self) -> None:
        self.outlines: dict[str, Outline] = {}
        self.problems: list[OpmlProblem] = []
        self._groups: list[_Group] = []

    def handle(self, line: int, tag: _Tag) -> None:
        if tag is None:
            if self._groups:
                self._groups.pop()
            return
        if tag.attributes is None:
            self.report(line, "unreadable")
            return
        is_folder = tag.attributes.get("marsad:group") != "country"
        self._groups.append(_Group(self._read(line, tag.attributes), is_folder))
        if tag.is_empty:
            self._groups.pop()

    def report(self, line: int, kind: str, title: str = "") -> None:
        if len(self.problems) < MAX_OUTLINES:
            self.problems.append(OpmlProblem(line, kind, title))

    def _read(self, line: int, attributes: Mapping[str, str]) -> str:
        """Keep the feed of an outline; the name of the group that it opens, "" if it is none."""
        written = attributes.get("xmlurl")
        is_feed = attributes.get("type", "").lower() in _FEED_TYPES
        if written is None and is_feed:
            written = attributes.get("url")
        title = _title(attributes, written or "")
        if written is None:
            if is_feed or "htmlurl" in attributes:
                self.report(line, "no_address", title)
            return title
        url, problem = mend_feed_url(written)
        if problem:
            self.report(line, problem, title)
        if not url or url in self.outlines:
            return ""
        if len(self.outlines) == MAX_OUTLINES:
            self.report(line, "too_many", title)
            return ""
        named = (group for group in reversed(self._groups) if group.name)
        group = next(named, _Group("", True))
        self.outlines[url] = Outline(
            title or url,
            url,
            mend_feed_url(attributes.get("htmlurl", ""))[0],
            group.name,
            attributes.get("language", "").strip().lower(),
            group.is_folder,
        )
        return ""


def _title(attributes: Mapping[str, str], written: str) -> str:
    """The name of an outline; "" without one or if it is the address once more."""
    for key in ("title", "text"):
        title = collapse_whitespace(strip_controls(attributes.get(key, "")))
        if title and title != written.strip():
            return strip_credentials(title)[:MAX_TITLE]
    return ""


def _element(outline: Outline) -> str:
    attributes = {
        "type": "rss",
        "text": outline.title,
        "title": outline.title,
        "xmlUrl": outline.url,
        "htmlUrl": outline.site,
        "language": outline.language,
    }
    written = " ".join(f"{key}={quoteattr(value)}" for key, value in attributes.items() if value)
    return f"      <outline {written}/>"


def _text(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")

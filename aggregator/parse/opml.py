"""OPML: lists of feeds, exchanged between readers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from aggregator.errors import ParseError

MAX_OUTLINES = 20_000
# White space before the XML declaration, which is not allowed but does occur.
_BLANK = b" \t\r\n"


@dataclass(frozen=True, slots=True)
class Outline:
    """A feed in a list. `group` is its folder, "" at the top."""

    title: str
    url: str
    site: str = ""
    group: str = ""
    language: str = ""


def read_opml(data: bytes) -> tuple[Outline, ...]:
    """The feeds of an OPML 1.0 or 2.0 document, in its order, each URL once.

    Raises `ParseError`, also for documents with a DOCTYPE, which OPML has no use for except to
    expand entities. Follows nesting without recursion.
    """
    reading = _OutlineHandler()
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = reading.refuse_doctype
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    try:
        parser.Parse(data.lstrip(_BLANK), True)
    except (expat.ExpatError, LookupError, ValueError) as error:  # the last two: of its encoding
        raise ParseError("not_opml", f"not an OPML file: {error}") from error
    if not reading.is_opml:
        raise ParseError("not_opml", "not an OPML file: it does not begin with <opml>")
    return tuple(reading.found.values())


def write_opml(title: str, outlines: Iterable[Outline]) -> str:
    """An OPML 2.0 document, with outlines grouped in order of first appearance."""
    groups: dict[str, list[Outline]] = {}
    for outline in outlines:
        groups.setdefault(outline.group, []).append(outline)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0">',
        f"  <head><title>{_text(title)}</title></head>",
        "  <body>",
    ]
    for group, members in groups.items():
        if group:
            lines.append(f"    <outline text={quoteattr(group)} title={quoteattr(group)}>")
        lines += [_element(outline) for outline in members]
        if group:
            lines.append("    </outline>")
    return "\n".join([*lines, "  </body>", "</opml>", ""])


class _OutlineHandler:
    def __init__(self) -> None:
        self.is_opml = False
        self.found: dict[str, Outline] = {}
        self._folders: list[str] = []

    def refuse_doctype(self, *_declaration: object) -> None:
        raise ParseError("not_opml", "an OPML file with a DOCTYPE is not read")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.lower()
        if name == "opml":
            self.is_opml = True
        if name != "outline":
            return
        given = {key.lower(): value.strip() for key, value in attributes.items()}
        title = given.get("title") or given.get("text") or ""
        url = given.get("xmlurl", "")
        if url and url not in self.found and len(self.found) < MAX_OUTLINES:
            group = next((folder for folder in reversed(self._folders) if folder), "")
            self.found[url] = Outline(
                title or url, url, given.get("htmlurl", ""), group, given.get("language", "")
            )
        self._folders.append("" if url else title)

    def end(self, name: str) -> None:
        if name.lower() == "outline":
            self._folders.pop()


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

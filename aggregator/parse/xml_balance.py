"""Balance the tags of broken feed XML, so that one bad entry costs no other."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

_NAME = r"[A-Za-z_][\w.-]{0,60}(?::[A-Za-z_][\w.-]{0,60})?"
_TAG = re.compile(
    rf"<!--(?:(?!<!--).)*?-->|<[?!][^<>]*>?"
    rf"|<(/?)({_NAME})((?=[\s/>])(?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+)>"
    rf"|<(/?)({_NAME})((?=[\s/>])[^<>]*+)>",
    re.DOTALL,
)
_ATTRIBUTES = re.compile(rf"(?:\s+{_NAME}\s*=\s*(?:\"[^\"<]*\"|'[^'<]*'))*\s*/?")
_ATTRIBUTE = re.compile(
    rf"(?<![^\s\"'])({_NAME})\s*=\s*(?:\"([^\"<>]*)\"?|'([^'<>]*)'?|([^\s\"'<>]+))"
)
_ATTRIBUTE_NAME = re.compile(rf"\s({_NAME})\s*=")

_XHTML = re.compile(r"\stype\s*=\s*[\"'](?:xhtml|application/xhtml)")

_ENTRIES = frozenset(["item", "entry"])
_CONTAINERS = frozenset(["rss", "feed", "rdf", "channel"])
# Elements that contain text only.
_TEXT_ONLY = frozenset(
    [
        "title", "link", "guid", "id", "pubdate", "published", "updated", "issued", "modified",
        "created", "category", "comments", "description", "summary", "content", "subtitle",
        "tagline", "rights", "copyright", "language", "generator", "ttl", "docs", "name", "email",
        "uri", "url", "width", "height", "lastbuilddate", "managingeditor", "webmaster", "icon",
        "logo", "enclosure", "media:title", "media:description", "media:credit", "media:keywords",
        "media:text", "media:rating", "media:copyright", "media:category", "media:thumbnail",
        "media:hash", "media:player", "media:restriction",
    ]
)  # fmt: skip
_TEXT_PREFIXES = ("content:", "dc:", "dcterms:", "itunes:", "slash:", "sy:", "wfw:", "feedburner:")
_GROUPS = frozenset(["author", "contributor", "source", "image", "textinput", "media:group"])
_NESTING = frozenset(["itunes:owner", "itunes:category", "dc:subject"])
_PREFIXES = (*_TEXT_PREFIXES, "atom:", "georss:", "media:", "thr:")
_IN_PERSON = frozenset(["name", "email", "uri", "url"])
_IN_IMAGE = frozenset(["url", "title", "link", "width", "height", "description"])
_QUOTES = {'"': "&quot;"}
# What cannot stand in the source of an Atom entry, and what stands there once.
_AFTER_SOURCE = frozenset(["summary", "content", "published", "source"])
_ONCE_IN_SOURCE = frozenset(["id", "title", "updated", "subtitle"])
# Elements of HTML that stray into texts; what else ends there is a misspelled end tag.
_HTML = frozenset(
    [
        "a", "abbr", "b", "big", "blockquote", "br", "center", "div", "em", "font", "h1", "h2",
        "h3", "h4", "h5", "h6", "hr", "i", "iframe", "img", "li", "ol", "p", "pre", "s", "small",
        "span", "strong", "sub", "sup", "table", "tbody", "td", "tr", "u", "ul",
    ]
)  # fmt: skip
# Feed elements that are no HTML elements: in XHTML, they can only follow it.
_NOT_HTML = frozenset(["guid", "id", "pubdate", "published", "updated", "category", "author"])


@dataclass(slots=True)
class _Open:
    """An element that is not closed yet, and where its start tag is in the output."""

    name: str
    written: str
    place: int
    xhtml: bool = False
    children: set[str] = field(default_factory=set)


def balance_tags(xml: str) -> str:
    """`xml` with an end tag for each start tag, and neither comments nor what follows the root.

    Elements end where the next one shows that they must have: a title before a link, an entry
    before the next entry. An end tag of the wrong name ends the text before it; any other without
    a start is dropped. HTML in texts is escaped. An entry in which the document ends is dropped.
    `xml` has no CDATA sections. Linear in the length.
    """
    return _Balancer(xml).run()


class _Balancer:
    def __init__(self, xml: str) -> None:
        self._xml = xml
        self._out: list[str] = []
        self._stack: list[_Open] = []
        # How often each name is open: outside entries, and in the current one.
        self._outside: Counter[str] = Counter()
        self._inside: Counter[str] = Counter()
        self._entry: int | None = None
        self._atom = False

    def run(self) -> str:
        position = 0
        for tag in _TAG.finditer(self._xml):
            self._out.append(_escape_text(self._xml[position : tag.start()]))
            position = tag.end()
            name = tag[2] or tag[5]
            if name is None:
                continue
            closing, rest = tag[1] or tag[4], tag[3] if tag[2] else tag[6]
            if closing:
                self._end(name, tag[0])
            else:
                self._start(name, rest, tag[0])
            if not self._stack:
                return "".join(self._out)
        if self._entry is not None:
            opened = self._stack[self._entry]
            del self._out[opened.place :]
            self._forget(self._entry)
        self._close_down_to(0)
        return "".join(self._out)

    def _start(self, written: str, rest: str, tag: str) -> None:
        name = _plain_name(written)
        known = _is_feed_element(name)
        if name in _ENTRIES:
            self._leave_entry()
        elif known:
            while self._stack and self._ends(self._stack[-1], name):
                self._close_down_to(len(self._stack) - 1)
        top = self._stack[-1] if self._stack else None
        if top and not known and _is_text_only(top.name, atom=self._atom) and not top.xhtml:
            self._out.append(escape(tag))
            return
        if top is None:
            self._atom = name == "feed"
        else:
            top.children.add(name)
        attributes = _well_formed(rest)
        self._out.append(f"<{written}{attributes}>")
        if attributes.endswith("/"):
            return
        if name in _ENTRIES and self._entry is None:
            self._entry = len(self._stack)
        xhtml = _XHTML.search(attributes) is not None or (top is not None and top.xhtml)
        self._stack.append(_Open(name, written, len(self._out) - 1, xhtml))
        self._counts()[name] += 1

    def _end(self, written: str, tag: str) -> None:
        name = _plain_name(written)
        if name in _CONTAINERS and self._outside[name]:
            self._leave_entry()
        if self._counts()[name]:
            place = len(self._stack) - 1
            while self._stack[place].name != name:
                place -= 1
            self._close_down_to(place)
            return
        top = self._stack[-1] if self._stack else None
        if top is None or not _is_text_only(top.name, atom=self._atom):
            return
        if name in _HTML:
            self._out.append(escape(tag))
        else:
            self._close_down_to(len(self._stack) - 1)

    def _ends(self, top: _Open, name: str) -> bool:
        """Whether the start of `name`, an element of feeds, shows that `top` has ended."""
        if top.name in _CONTAINERS or top.name in _ENTRIES:
            return False
        if top.xhtml:
            return name in _NOT_HTML or ":" in name
        if _is_text_only(top.name, atom=self._atom):
            return True
        if top.name == "source":
            once = name in _ONCE_IN_SOURCE and name in top.children
            return name in _AFTER_SOURCE or once
        if top.name in ("author", "contributor"):
            return name not in _IN_PERSON
        if top.name in ("image", "textinput"):
            return name not in _IN_IMAGE
        if top.name.startswith("media:"):
            return not name.startswith("media:") or name == "media:group" or name == top.name
        return False

    def _leave_entry(self) -> None:
        """Close the current entry, or what is open outside one, down to its container."""
        if self._entry is not None:
            self._close_down_to(self._entry)
            return
        while self._stack and self._stack[-1].name not in _CONTAINERS and len(self._stack) > 1:
            self._close_down_to(len(self._stack) - 1)

    def _counts(self) -> Counter[str]:
        return self._outside if self._entry is None else self._inside

    def _close_down_to(self, place: int) -> None:
        """Close the elements from the innermost to that at `place`, included."""
        self._out += [f"</{each.written}>" for each in reversed(self._stack[place:])]
        self._forget(place)

    def _forget(self, place: int) -> None:
        for each in reversed(self._stack[place:]):
            self._counts()[each.name] -= 1
        del self._stack[place:]
        if self._entry is not None and place <= self._entry:
            self._entry = None
            self._inside.clear()


def _escape_text(text: str) -> str:
    """Text between tags without a "<" that opens none, or the end of a CDATA section."""
    return text.replace("<", "&lt;").replace("]]>", "]]&gt;")


def _plain_name(written: str) -> str:
    """A name in lower case; without a prefix that the root's vocabulary may have."""
    name = written.lower()
    prefix, _, local = name.rpartition(":")
    return local if prefix in ("atom", "rss", "rdf", "a10") and local != "link" else name


def _is_text_only(name: str, *, atom: bool) -> bool:
    if name in _TEXT_ONLY:
        return True
    if name == "source":
        return not atom
    return name.startswith(_TEXT_PREFIXES) and name not in _NESTING


def _is_feed_element(name: str) -> bool:
    known = name in _TEXT_ONLY or name in _GROUPS or name in _ENTRIES or name in _CONTAINERS
    return known or name.startswith(_PREFIXES)


def _well_formed(attributes: str) -> str:
    """The attributes of a start tag, each once and quoted; ends in "/" if the element is empty."""
    names = _ATTRIBUTE_NAME.findall(attributes)
    if _ATTRIBUTES.fullmatch(attributes) and len(names) == len(set(names)):
        return attributes
    empty = attributes.rstrip().endswith("/")
    values: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(attributes.rstrip().removesuffix("/")):
        value = match[2] or match[3] or match[4] or ""
        values.setdefault(match[1], value.strip())
    written = "".join(
        f" {name}={quoteattr(value, _QUOTES)}" for name, value in values.items()
    ).replace("&amp;", "&")
    return f"{written}/" if empty else written

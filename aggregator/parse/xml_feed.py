"""RSS, RDF and Atom as feedparser's records, read more strictly and more tolerantly than it does.

The only import of feedparser. It is pinned: the readers override private methods of its own, and
`tests/parse/test_against_feedparser.py` compares them with the stock ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from xml.parsers import expat

from feedparser.api import LooseFeedParser, StrictFeedParser
from feedparser.mixin import _FeedParserMixin

from aggregator.parse.cdata import unwrap_cdata
from aggregator.parse.xml_repair import repair_xml
from aggregator.urls import resolve_url

# Maximum depth of elements; deeper ones are reduced to their text.
MAX_DEPTH = 200
# Maximum characters for feedparser's tolerant parser, the slowest part.
_MAX_LOOSE = 1_000_000

# Maximum categories; feedparser compares each with all others.
_MAX_TAGS = 50

# What feedparser's handlers raise for an element in an unexpected place.
_HANDLER_ERRORS = (AttributeError, IndexError, KeyError, TypeError, ValueError)
_IN_IMAGE = frozenset(["title", "link", "description", "name", "url", "href", "width", "height"])
_URL_ATTRIBUTES = frozenset(["href", "src", "poster"])
# Where a description is stored: that of the feed, of an entry.
_STORED_AS = ("subtitle", "summary")

_AFTER_THE_END = expat.errors.codes[expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT]
_TRUNCATED = frozenset(
    expat.errors.codes[message]
    for message in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
    )
)

_ROOT_END = re.compile(r"</(?:[\w.-]{1,40}:)?(?:rss|feed|rdf)\s*>\s*\Z", re.IGNORECASE)


def read_xml(xml: str, base_url: str) -> tuple[_StrictParser, str]:
    """feedparser's records of a document, and what was wrong with it ("" if nothing).

    The strictest reading that the document allows: as it is, mended, or by the tolerant parser.
    """
    reader = _StrictParser(base_url)
    code = reader.read(xml)
    if code is None:
        return reader, ""
    reason = expat.ErrorString(code) or "not well-formed"
    whole = _ROOT_END.search(xml, max(0, len(xml) - 200)) is not None
    if code != _AFTER_THE_END and (whole or code not in _TRUNCATED):
        reader = _StrictParser(base_url)
        code = reader.read(repair_xml(xml))
    if code is None or code == _AFTER_THE_END:
        return reader, reason
    if code in _TRUNCATED:
        reader.drop_incomplete_entry()
        return reader, reason
    loose = _LooseParser(base_url)
    loose.feed(xml[:_MAX_LOOSE])
    return loose, reason


class _Record(dict[str, Any]):
    """An entry as feedparser fills it, without the look-up of old key names that its type does."""

    __hash__ = object.__hash__  # type: ignore[assignment]  # feedparser keeps entries as keys


def _text_handlers(key: str) -> tuple[Callable[[Any, dict[str, str]], None], Callable[[Any], None]]:
    """(start, end) handlers that only keep an element's text under `key`."""

    def start(reader: Any, _attributes: dict[str, str]) -> None:
        reader.push(key, 1)

    def end(reader: Any) -> None:
        reader.pop(key)

    return start, end


class _Handlers(_FeedParserMixin):  # type: ignore[misc]  # feedparser has no types
    """What both readers do differently from feedparser.

    They do less: dates stay text, guids and authors stay as they are, and captions of pictures and
    summaries of podcasts do not become the entry's text.
    """

    can_be_relative_uri = frozenset({"link"})
    sanitize_html = False
    resolve_relative_uris = False
    baseuri: str
    lang: str | None
    version: str
    # The document's address: the base where no xml:base is in force.
    unbased = ""
    # The `<media:group>` and `<media:content>` that are open, the `<image>` of an entry.
    _group = 0
    _in_group = False
    _medium: dict[str, Any] | None = None
    _picture: dict[str, Any] | None = None

    def resolve_uri(self, uri: str) -> str:
        """`uri` relative to the xml:base in force; as it is if that makes no web address.

        Without xml:base it stays relative: `parse.entry` knows the site.
        """
        if not uri or self.baseuri == self.unbased:
            return uri or self.baseuri
        return resolve_url(uri, self.baseuri) or uri

    def _get_context(self) -> dict[str, Any]:
        """As in feedparser, but an entry's `<image>` is not the feed's."""
        if self._picture is not None:
            return self._picture
        context: dict[str, Any]
        if self.insource:
            context = self.sourcedata
        elif self.inimage and "image" in self.feeddata:
            context = self.feeddata["image"]
        elif self.intextinput:
            context = self.feeddata["textinput"]
        elif self.inentry:
            context = self.entries[-1]
        else:
            context = self.feeddata
        return context

    def _start_image(self, attributes: dict[str, str]) -> None:
        if not self.inentry or self.insource:
            super()._start_image(attributes)
            return
        self.inimage = 1
        self.title_depth = -1
        self._picture = dict(attributes)
        self.push("image", 1)

    def _end_image(self) -> None:
        picture = self._picture
        text = self.pop("image")
        self.inimage = 0
        self._picture = None
        if picture is None:
            return
        address = picture.get("href") or picture.get("url") or picture.get("src") or text
        if address and self.inentry:
            self.entries[-1].setdefault("image", {"href": address})

    def _start_guid(self, attributes: dict[str, str]) -> None:
        permalink = attributes.get("ispermalink", "true").strip().lower()
        self.guidislink = permalink not in ("false", "no", "0")
        self.push("id", 1)

    _start_id = _start_guid

    def _start_media_group(self, _attributes: dict[str, str]) -> None:
        self._group += 1
        self._in_group = True

    def _end_media_group(self) -> None:
        self._in_group = False

    def _start_media_content(self, attributes: dict[str, Any]) -> None:
        super()._start_media_content(attributes)
        self._medium = attributes
        attributes["group"] = self._group if self._in_group else 0

    def _end_media_content(self) -> None:
        self._medium = None

    def _start_media_description(self, _attributes: dict[str, str]) -> None:
        self.push("media_description" if self._medium is None else "media_caption", 1)

    def _end_media_description(self) -> None:
        if self._medium is None:
            self.pop("media_description")
        else:
            self._medium["caption"] = self.pop("media_caption")

    def _start_item(self, attributes: dict[str, str]) -> None:
        super()._start_item(attributes)
        self._picture = self._medium = None
        self._in_group = False
        self.entries[-1] = _Record(self.entries[-1])

    _start_entry = _start_item

    def _end_guid(self) -> None:
        self.pop("id")
        self._save("guidislink", bool(self.guidislink))

    _end_id = _end_guid

    _end_published = _end_issued = _end_pubdate = _end_dcterms_issued = _text_handlers("published")[
        1
    ]
    _end_updated = _end_modified = _end_lastbuilddate = _text_handlers("updated")[1]
    _end_dc_date = _end_dcterms_modified = _end_updated
    _end_created = _end_dcterms_created = _text_handlers("created")[1]
    _start_media_title, _end_media_title = _text_handlers("media_title")
    _start_media_text, _end_media_text = _text_handlers("media_text")
    _start_dc_description, _end_dc_description = _text_handlers("dc_description")
    _start_itunes_summary, _end_itunes_summary = _text_handlers("itunes_summary")

    def unknown_endtag(self, tag: str) -> None:
        """As in feedparser, but a failing handler costs only its own element."""
        try:
            super().unknown_endtag(tag)
        except _HANDLER_ERRORS:
            self.depth -= 1
            for stack in (self.basestack, self.langstack):
                if stack:
                    stack.pop()
            self.baseuri = self.basestack[-1] if self.basestack else self.baseuri
            self.lang = self.langstack[-1] if self.langstack else None

    def _sync_author_detail(self, key: str = "author") -> None:
        context = self._get_context()
        people = context.get(f"{key}s")
        if people and not people[-1] and context.get(key):
            people[-1]["name"] = context[key]

    def _add_tag(self, term: str | None, scheme: str | None, label: str | None) -> None:
        if len(self._get_context().setdefault("tags", [])) < _MAX_TAGS:
            super()._add_tag(term, scheme, label)


class _LooseParser(_Handlers, LooseFeedParser):  # type: ignore[misc]  # feedparser has no types
    """feedparser's tolerant parser, for what no repair makes well-formed."""

    def __init__(self, base_url: str) -> None:
        super().__init__(base_url, None, "utf-8", {})
        self.unbased = base_url

    def unknown_starttag(self, tag: str, attributes: list[tuple[str, str]]) -> None:
        """As in feedparser, but a failing handler costs only its own element."""
        with suppress(*_HANDLER_ERRORS):
            super().unknown_starttag(tag, attributes)


class _StrictParser(_Handlers, StrictFeedParser):  # type: ignore[misc]  # feedparser has no types
    """feedparser's strict parser, driven by expat itself rather than through SAX.

    That and three shorter methods save two thirds of its time: no object per attribute list, no
    joining of the unchanged base URL at every tag, no second decoding of every text.
    """

    def __init__(self, base_url: str) -> None:
        super().__init__(base_url, None, "utf-8")
        self.unbased = base_url
        self._level = 0
        self._names: dict[str, str] = {}
        self._prefixes: dict[str, str] = {}

    def read(self, xml: str) -> int | None:
        """Read the whole document; the code of expat's error, None if it is well-formed."""
        parser = expat.ParserCreate("utf-8", " ")
        parser.buffer_text = True
        parser.buffer_size = 65_536
        parser.StartNamespaceDeclHandler = self._on_namespace
        parser.StartElementHandler = self._on_start
        parser.EndElementHandler = self._on_end
        parser.CharacterDataHandler = self.handle_data
        try:
            parser.Parse(xml.encode("utf-8", "replace"), True)
        except expat.ExpatError as error:
            return error.code
        return None

    def handle_data(self, text: str, escape: int = 1) -> None:
        """As in feedparser, but checks for XHTML only inside content."""
        if self.incontent:
            super().handle_data(text, escape)
        elif self.elementstack:
            self.elementstack[-1][2].append(text)

    def drop_incomplete_entry(self) -> None:
        """Forget the entry in which the document ends."""
        if self.inentry and self.entries:
            self.entries.pop()

    def unknown_starttag(self, tag: str, attributes: list[tuple[str, str]]) -> None:
        """As in feedparser, with less work for tags without xml:base and xml:lang."""
        if self.incontent:
            super().unknown_starttag(tag, self._absolute(attributes))
            return
        self.depth += 1
        named = dict(attributes)
        if "xml:base" in named:
            self.baseuri = resolve_url(named["xml:base"], self.baseuri) or self.baseuri
        language = named.get("xml:lang", named.get("lang", self.lang)) or None
        self.lang = language
        if language and tag in ("feed", "rss", "rdf:rdf"):
            self.feeddata["language"] = language
        self.basestack.append(self.baseuri)
        self.langstack.append(language)
        prefix, _, name = tag.rpartition(":")
        if not prefix and name not in _IN_IMAGE:
            self.intextinput = self.inimage = 0
            self._picture = None
        name = f"{prefix}_{name}" if prefix else name
        handler = getattr(self, f"_start_{name}", None)
        if handler:
            with suppress(*_HANDLER_ERRORS):
                handler(named)
        elif named:
            self._get_context()[name] = named
        else:
            self.push(name, 1)

    def _absolute(self, attributes: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """The attributes of inline XHTML, with addresses resolved where it has its own xml:base."""
        base = self.baseuri
        for name, value in attributes:
            if name == "xml:base":
                base = resolve_url(value, base) or base
        if base == self.contentparams.get("base", base):
            return attributes
        return [
            (name, (value[:1] != "#" and resolve_url(value, base)) or value)
            if name in _URL_ATTRIBUTES
            else (name, value)
            for name, value in attributes
        ]

    def pop(self, element: str, strip_whitespace: int = 1) -> str | None:
        """As in feedparser, for text that is neither inline XHTML nor base64."""
        params = self.contentparams
        if params and (params.get("base64") or params.get("type") == "application/xhtml+xml"):
            text: str | None = super().pop(element, strip_whitespace)
            return text
        if not self.elementstack or self.elementstack[-1][0] != element:
            return None
        _, expecting_text, pieces = self.elementstack.pop()
        output = "".join(pieces).strip()
        if not expecting_text:
            return output
        if element == "link" and output:
            output = self.resolve_uri(unwrap_cdata(output))
        params.pop("mode", None)
        params.pop("base64", None)
        nested_title = element == "title" and -1 < self.title_depth <= self.depth
        if element not in ("category", "tags", "itunes_keywords") and not nested_title:
            self._store(element, output)
        return output

    def _store(self, element: str, output: str) -> None:
        """Store the text of `element` where feedparser does."""
        in_entry = self.inentry and not self.insource
        if not in_entry and not self.infeed and not self.insource:
            return
        record = self._get_context()
        if element == "content" and in_entry:
            record.setdefault("content", []).append(dict(self.contentparams, value=output))
        elif element == "link":
            if not (in_entry and self.inimage):
                record["link"] = output
                if output:
                    record["links"][-1]["href"] = output
        else:
            name = _STORED_AS[in_entry] if element == "description" else element
            depths = self.property_depth_map.setdefault(id(record), {})
            if in_entry and self.depth > depths.get(name, self.depth):
                return
            depths[name] = self.depth
            record[name] = output
            if self.incontent:
                record[f"{name}_detail"] = dict(self.contentparams, value=output)

    def _on_namespace(self, prefix: str | None, uri: str | None) -> None:
        if uri:
            self.track_namespace(prefix, uri)
            self._prefixes.setdefault(uri, (prefix or "").lower())

    def _on_start(self, name: str, attributes: dict[str, str]) -> None:
        self._level += 1
        if self._level > MAX_DEPTH:
            return
        tag = self._names.get(name) or self._named(name)
        if self._level == 1 and tag == "rdf:rdf" and not self.version.startswith("rss"):
            self.version = "rss10"
        self.unknown_starttag(
            tag,
            [
                (key := self._names.get(attribute) or self._named(attribute),
                 value.lower() if key in ("rel", "type") else value)
                for attribute, value in attributes.items()
            ],
        )  # fmt: skip

    def _on_end(self, name: str) -> None:
        self._level -= 1
        if self._level < MAX_DEPTH:
            self.unknown_endtag(self._names.get(name) or self._named(name))

    def _named(self, qualified: str) -> str:
        """feedparser's name ("dc:creator") for expat's ("http://purl.org/dc/… creator")."""
        uri, _, local = qualified.rpartition(" ")
        if "backend.userland.com/rss" in uri:
            uri = "http://backend.userland.com/rss"
        prefix = self._matchnamespaces.get(uri.lower())
        if prefix is None:
            prefix = self._prefixes.get(uri, "")
        name = f"{prefix}:{local}".lower() if prefix else local.lower()
        self._names[qualified] = name
        return name

"""Atom 1.0 (RFC 4287)."""

from __future__ import annotations

from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement, tostring

from web.feeds_out.documents import ListFeed, ListFeedEntry

CONTENT_TYPE = "application/atom+xml"
_ATOM = "http://www.w3.org/2005/Atom"
_LANG = "xml:lang"


def write(feed: ListFeed) -> bytes:
    """The document, UTF-8."""
    root = Element("feed", {"xmlns": _ATOM, _LANG: feed.language})
    _add(root, "id", feed.id)
    _add(root, "title", feed.title)
    if feed.about:
        _add(root, "subtitle", feed.about)
    _add(root, "updated", rfc3339(feed.updated_at))
    if feed.self_url:
        _link(root, "self", feed.self_url, CONTENT_TYPE)
    _link(root, "alternate", feed.page_url, "text/html")
    if feed.hub_url:
        _link(root, "hub", feed.hub_url)
    _add(root, "generator", "Marsad")
    for item in feed.items:
        _entry(root, item)
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))


def rfc3339(when: datetime) -> str:
    """RFC 3339, in UTC."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _entry(root: Element, item: ListFeedEntry) -> None:
    entry = SubElement(root, "entry", {_LANG: item.language})
    _add(entry, "id", item.id)
    _add(entry, "title", item.title or item.source)
    _link(entry, "alternate", item.url, "text/html")
    _add(entry, "published", rfc3339(item.published_at))
    _add(entry, "updated", rfc3339(item.updated_at))
    _add(SubElement(entry, "author"), "name", item.author or item.source)
    for category in item.categories:
        SubElement(entry, "category", {"term": category})
    source = SubElement(entry, "source")
    _add(source, "id", item.source_url)
    _add(source, "title", item.source)
    _add(source, "updated", rfc3339(item.updated_at))
    if item.summary or not item.html:
        _add(entry, "summary", item.summary)
    if item.html:
        _add(entry, "content", item.html, {"type": "html"})


def _link(parent: Element, relation: str, url: str, type_: str = "") -> None:
    attributes = {"rel": relation, "href": url} | ({"type": type_} if type_ else {})
    SubElement(parent, "link", attributes)


def _add(
    parent: Element, name: str, text: str, attributes: dict[str, str] | None = None
) -> Element:
    child = SubElement(parent, name, attributes or {})
    child.text = text
    return child

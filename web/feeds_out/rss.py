"""RSS 2.0 with the elements of Atom, Dublin Core and Content that feed readers know."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from web.feeds_out.documents import ListFeed, ListFeedEntry

CONTENT_TYPE = "application/rss+xml"
_ATOM_LINK = "{http://www.w3.org/2005/Atom}link"
_CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
_ENCODED = "{http://purl.org/rss/1.0/modules/content/}encoded"

register_namespace("atom", "http://www.w3.org/2005/Atom")
register_namespace("dc", "http://purl.org/dc/elements/1.1/")
register_namespace("content", "http://purl.org/rss/1.0/modules/content/")


def write(feed: ListFeed) -> bytes:
    """The document, UTF-8."""
    root = Element("rss", {"version": "2.0"})
    channel = SubElement(root, "channel")
    _add(channel, "title", feed.title)
    _add(channel, "link", feed.page_url)
    _add(channel, "description", feed.about or feed.title)
    _add(channel, "language", feed.language)
    _add(channel, "lastBuildDate", rfc822(feed.updated_at))
    _add(channel, "generator", "Marsad")
    if feed.self_url:
        link = {"rel": "self", "href": feed.self_url, "type": CONTENT_TYPE}
        SubElement(channel, _ATOM_LINK, link)
    if feed.hub_url:
        SubElement(channel, _ATOM_LINK, {"rel": "hub", "href": feed.hub_url})
    for item in feed.items:
        _item(channel, item)
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))


def rfc822(when: datetime) -> str:
    """RFC 822 with a four-digit year, as RSS has it."""
    return format_datetime(when.astimezone(UTC).replace(microsecond=0), usegmt=True)


def _item(channel: Element, item: ListFeedEntry) -> None:
    element = SubElement(channel, "item")
    _add(element, "title", item.title or item.source)
    _add(element, "link", item.url)
    _add(element, "guid", item.id).set("isPermaLink", "false")
    _add(element, "pubDate", rfc822(item.published_at))
    _add(element, _CREATOR, item.author or item.source)
    for category in item.categories:
        _add(element, "category", category)
    _add(element, "description", escape(item.summary, quote=False))
    if item.html:
        _add(element, _ENCODED, item.html)


def _add(parent: Element, name: str, text: str) -> Element:
    child = SubElement(parent, name)
    child.text = text
    return child

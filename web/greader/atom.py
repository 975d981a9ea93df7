"""A stream as Atom: each entry has its state as categories of Google's scheme."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from xml.etree.ElementTree import Element, SubElement, tostring

from aggregator.services.sync.contents import Item
from aggregator.services.sync.names import StreamName
from web.feeds_out.atom import rfc3339
from web.feeds_out.documents import xml_text
from web.greader.ids import item_id, stream_id
from web.greader.presenters import item_categories, item_url, site_url
from web.presentation.names import title_of

_ATOM = "http://www.w3.org/2005/Atom"
_SCHEME = "http://www.google.com/reader/"
_STREAM_PREFIX = "tag:google.com,2005:reader/"


def write(
    name: StreamName, title: str, items: Sequence[Item], language: str, now: datetime
) -> bytes:
    """The document, UTF-8."""
    root = Element("feed", {"xmlns": _ATOM, "xml:lang": language})
    _add(root, "id", _STREAM_PREFIX + stream_id(name))
    _add(root, "title", title)
    arrivals = [item.entry.summary.fetched_at for item in items]
    _add(root, "updated", rfc3339(max(arrivals, default=now)))
    if items and name.id:
        SubElement(root, "link", {"rel": "alternate", "href": site_url(items[0].origin)})
    for item in items:
        _entry(root, item)
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))


def _entry(root: Element, item: Item) -> None:
    summary = item.entry.summary
    entry = SubElement(root, "entry", {"xml:lang": summary.language})
    _add(entry, "id", item_id(summary.id))
    _add(entry, "title", title_of(summary))
    url = xml_text(item_url(summary))
    SubElement(entry, "link", {"rel": "alternate", "href": url, "type": "text/html"})
    _add(entry, "published", rfc3339(summary.published_at))
    _add(entry, "updated", rfc3339(summary.updated_at or summary.published_at))
    _add(SubElement(entry, "author"), "name", summary.author or item.origin.title)
    ids = item_categories(item)
    if not summary.read:
        ids.append("user/-/state/com.google/fresh")
    for id_ in map(xml_text, ids):
        label = id_.rpartition("/")[2]
        SubElement(entry, "category", {"term": id_, "scheme": _SCHEME, "label": label})
    for each in item.entry.enclosures:
        attributes = {"rel": "enclosure", "href": xml_text(each.url), "type": each.type or ""}
        SubElement(entry, "link", attributes)
    _add(entry, "content", item.entry.content or summary.summary, {"type": "html"})


def _add(parent: Element, name: str, text: str, attributes: dict[str, str] | None = None) -> None:
    child = SubElement(parent, name, attributes or {})
    child.text = xml_text(text)

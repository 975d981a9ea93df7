"""Find the feeds that a web page advertises."""

from __future__ import annotations

import re

from aggregator.text.plain import collapse_whitespace, decode_references, strip_controls
from aggregator.urls import resolve_url

_LINK = re.compile(r"<link\b([^<>]{0,2000})", re.IGNORECASE)
_BASE = re.compile(r"<base\b([^<>]{0,2000})", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([a-zA-Z-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_TYPES = frozenset(
    f"application/{name}" for name in ("rss+xml", "atom+xml", "rdf+xml", "feed+json", "feed+xml")
)
_MOST = 20
_LONGEST_PAGE = 1_000_000


def advertised_feeds(html: str, base_url: str) -> tuple[tuple[str, str], ...]:
    """(title, absolute URL) of the feeds in the `<link rel="alternate">` of a page.

    `base_url` is the address that answered; the page's own `<base>` is honoured. In document
    order, without repetition, at most 20. Linear in the length. Never raises.
    Source: https://html.spec.whatwg.org/multipage/links.html#rel-alternate
    """
    html = html[:_LONGEST_PAGE]
    base = _BASE.search(html)
    if base:
        base_url = resolve_url(_attributes(base[1]).get("href", ""), base_url) or base_url
    feeds: dict[str, str] = {}
    for match in _LINK.finditer(html):
        attributes = _attributes(match[1])
        kind = attributes.get("type", "").partition(";")[0].strip().lower()
        if kind not in _TYPES or "alternate" not in attributes.get("rel", "").lower().split():
            continue
        url = resolve_url(attributes.get("href", ""), base_url)
        if url and url not in feeds:
            feeds[url] = collapse_whitespace(strip_controls(attributes.get("title", "")))[:200]
        if len(feeds) == _MOST:
            break
    return tuple((title, url) for url, title in feeds.items())


def _attributes(tag: str) -> dict[str, str]:
    """The attributes of a tag by lower-case name, values decoded."""
    return {
        name.lower(): decode_references(double or single or bare)
        for name, double, single, bare in _ATTRIBUTE.findall(tag)
    }

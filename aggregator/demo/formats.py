"""The feeds of the demo's publishers: articles to the bytes of RSS, Atom and JSON Feed.

Sources: https://www.rssboard.org/rss-specification, https://www.rfc-editor.org/rfc/rfc4287,
https://www.jsonfeed.org/version/1.1/, https://www.rssboard.org/media-rss
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape, quoteattr

from aggregator.demo.articles import CASABLANCA, Article, excerpt
from aggregator.demo.outlets import Outlet, feed_url, site_url

_ATOM = "http://www.w3.org/2005/Atom"
_RSS_NAMESPACES = {
    "xmlns:atom": _ATOM,
    "xmlns:content": "http://purl.org/rss/1.0/modules/content/",
    "xmlns:dc": "http://purl.org/dc/elements/1.1/",
    "xmlns:media": "http://search.yahoo.com/mrss/",
}
# The length that enclosures declare; pictures are drawn on request.
_PICTURE_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Rendered:
    """A feed as it goes over the wire."""

    body: bytes
    content_type: str


def render(outlet: Outlet, articles: Sequence[Article], base_url: str) -> Rendered:
    """The feed of an outlet with `articles`, newest first, in the outlet's format."""
    if outlet.format == "json":
        return Rendered(_json_feed(outlet, articles, base_url), "application/feed+json")
    if outlet.format == "atom":
        return Rendered(_encoded(outlet, _atom(outlet, articles, base_url)), "application/atom+xml")
    content_type = f"application/rss+xml; charset={outlet.encoding}"
    return Rendered(_encoded(outlet, _rss(outlet, articles, base_url)), content_type)


def article_url(article: Article, base_url: str) -> str:
    """The page of an article on the sample publisher at `base_url`."""
    return f"{base_url}/{article.source}/articles/{article.id}"


def picture_url(article: Article, base_url: str) -> str | None:
    """The illustration of an article."""
    return f"{base_url}/pictures/{article.image}.svg" if article.image else None


def guid(article: Article) -> str:
    """A name of an article that does not depend on where its publisher listens (RFC 4151)."""
    return f"tag:{article.source}.example,2026:{article.id}"


def changed_at(article: Article) -> datetime:
    """When an article was last touched."""
    return article.updated_at or article.published_at


# --- RSS 2.0 -----------------------------------------------------------------------------------


def _rss(outlet: Outlet, articles: Sequence[Article], base_url: str) -> Iterator[str]:
    namespaces = " ".join(f"{name}={quoteattr(uri)}" for name, uri in _RSS_NAMESPACES.items())
    yield f'<rss version="2.0" {namespaces}>\n<channel>\n'
    yield _element("title", outlet.name)
    yield _element("link", site_url(outlet, base_url))
    yield _element("description", outlet.name)
    yield _element("language", f"{outlet.language}-MA" if outlet.language != "en" else "en")
    yield _empty("atom:link", rel="self", href=feed_url(outlet, base_url))
    for article in articles:
        yield "<item>\n"
        yield from _rss_entry(outlet, article, base_url)
        yield "</item>\n"
    yield "</channel>\n</rss>\n"


def _rss_entry(outlet: Outlet, article: Article, base_url: str) -> Iterator[str]:
    body = _body(outlet, article, base_url)
    yield _element("title", article.title)
    yield _element("link", article_url(article, base_url))
    yield _element("guid", guid(article), isPermaLink="false")
    yield _element("pubDate", format_datetime(article.published_at.astimezone(CASABLANCA)))
    if article.updated_at:
        yield _element("atom:updated", article.updated_at.isoformat())
    if article.author:
        yield _element("dc:creator", article.author)
    for category in article.categories:
        yield _element("category", category)
    if outlet.format == "rss-description":
        yield _element("description", body)
    else:
        yield _element("description", excerpt(article.body))
        yield _element("content:encoded", body)
    yield from _rss_picture(outlet, article, base_url)


def _rss_picture(outlet: Outlet, article: Article, base_url: str) -> Iterator[str]:
    url = picture_url(article, base_url)
    if url and outlet.picture == "media":
        yield _empty("media:content", url=url, medium="image", type="image/svg+xml")
    elif url and outlet.picture == "enclosure":
        yield _empty("enclosure", url=url, length=str(_PICTURE_BYTES), type="image/svg+xml")


# --- Atom 1.0 ----------------------------------------------------------------------------------


def _atom(outlet: Outlet, articles: Sequence[Article], base_url: str) -> Iterator[str]:
    newest = max((changed_at(article) for article in articles), default=None)
    yield f'<feed xmlns="{_ATOM}" xml:lang="{outlet.language}">\n'
    yield _element("id", f"tag:{outlet.slug}.example,2026:feed")
    yield _element("title", outlet.name)
    yield _element("updated", newest.isoformat() if newest else "2026-01-01T00:00:00Z")
    yield _empty("link", rel="alternate", type="text/html", href=site_url(outlet, base_url))
    yield _empty("link", rel="self", type="application/atom+xml", href=feed_url(outlet, base_url))
    for article in articles:
        yield "<entry>\n"
        yield from _atom_entry(outlet, article, base_url)
        yield "</entry>\n"
    yield "</feed>\n"


def _atom_entry(outlet: Outlet, article: Article, base_url: str) -> Iterator[str]:
    yield _element("id", guid(article))
    yield _element("title", article.title)
    yield _empty("link", rel="alternate", type="text/html", href=article_url(article, base_url))
    url = picture_url(article, base_url)
    if url and outlet.picture == "enclosure":
        yield _empty("link", rel="enclosure", type="image/svg+xml", href=url)
    yield _element("published", article.published_at.isoformat())
    yield _element("updated", changed_at(article).isoformat())
    yield f"<author>{_element('name', article.author or outlet.name).rstrip()}</author>\n"
    for category in article.categories:
        yield _empty("category", term=category)
    yield _element("summary", excerpt(article.body))
    yield _element("content", _body(outlet, article, base_url), type="html")


# --- JSON Feed 1.1 -----------------------------------------------------------------------------


def _json_feed(outlet: Outlet, articles: Sequence[Article], base_url: str) -> bytes:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": outlet.name,
        "home_page_url": site_url(outlet, base_url),
        "feed_url": feed_url(outlet, base_url),
        "language": outlet.language,
        "items": [_json_entry(outlet, article, base_url) for article in articles],
    }
    return json.dumps(feed, ensure_ascii=False, indent=1).encode()


def _json_entry(outlet: Outlet, article: Article, base_url: str) -> dict[str, object]:
    entry = {
        "id": guid(article),
        "url": article_url(article, base_url),
        "title": article.title,
        "content_html": _body(outlet, article, base_url),
        "summary": excerpt(article.body),
        "image": picture_url(article, base_url),
        "date_published": article.published_at.isoformat(),
        "date_modified": changed_at(article).isoformat(),
        "authors": [{"name": article.author or outlet.name}],
        "tags": list(article.categories),
    }
    return {name: value for name, value in entry.items() if value is not None}


# --- pieces ------------------------------------------------------------------------------------


def _body(outlet: Outlet, article: Article, base_url: str) -> str:
    url = picture_url(article, base_url)
    if url and outlet.picture == "inline":
        picture = f'<img src={quoteattr(url)} alt="" width="800" height="450">'
        return f"<figure>{picture}</figure>\n{article.body}"
    return article.body


def _encoded(outlet: Outlet, pieces: Iterable[str]) -> bytes:
    """The document in the outlet's encoding, with &#number; for characters it lacks."""
    text = f'<?xml version="1.0" encoding="{outlet.encoding}"?>\n{"".join(pieces)}'
    return text.encode(outlet.encoding, "xmlcharrefreplace")


def _element(name: str, text: str, **attributes: str) -> str:
    return f"<{name}{_attributes(attributes)}>{escape(text)}</{name}>\n"


def _empty(name: str, **attributes: str) -> str:
    return f"<{name}{_attributes(attributes)}/>\n"


def _attributes(attributes: dict[str, str]) -> str:
    return "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())

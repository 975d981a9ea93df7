"""JSON Feed 1.1 (jsonfeed.org)."""

from __future__ import annotations

import json

from web.feeds_out.atom import rfc3339
from web.feeds_out.documents import ListFeed, ListFeedEntry

CONTENT_TYPE = "application/feed+json"
VERSION = "https://jsonfeed.org/version/1.1"


def write(feed: ListFeed) -> bytes:
    """The document, UTF-8."""
    values: dict[str, object] = {
        "version": VERSION,
        "title": feed.title,
        "home_page_url": feed.page_url,
        "feed_url": feed.self_url,
        "description": feed.about,
        "language": feed.language,
        "hubs": [{"type": "WebSub", "url": feed.hub_url}] if feed.hub_url else None,
        "items": [_item(item) for item in feed.items],
    }
    return json.dumps(_without_empty(values), ensure_ascii=False).encode()


def _item(item: ListFeedEntry) -> dict[str, object]:
    return _without_empty(
        {
            "id": item.id,
            "url": item.url,
            "title": item.title,
            "content_html": item.html,
            "content_text": "" if item.html else item.summary or item.title or item.source,
            "summary": item.summary,
            "image": item.image_url,
            "date_published": rfc3339(item.published_at),
            "date_modified": rfc3339(item.updated_at),
            "authors": [{"name": item.author or item.source}],
            "tags": list(item.categories),
            "language": item.language,
        }
    )


def _without_empty(values: dict[str, object]) -> dict[str, object]:
    """Drop empty values (an empty string is no URL), but keep an empty list of items."""
    return {name: value for name, value in values.items() if value or name == "items"}

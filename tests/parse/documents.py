"""Small feeds, and what the parser reads in them."""

from datetime import UTC, datetime

from aggregator.parse.feed import parse_feed
from aggregator.types import FeedDocument, ParsedEntry, ParsedFeed

URL = "https://example.ma/feed"


def document(body: str | bytes, content_type: str = "application/rss+xml") -> FeedDocument:
    raw = body.encode() if isinstance(body, str) else body
    return FeedDocument(
        body=raw,
        content_type=content_type,
        url=URL,
        language="ar",
        timezone="Africa/Casablanca",
        now=datetime(2026, 8, 15, tzinfo=UTC),
    )


def parsed(body: str | bytes, content_type: str = "application/rss+xml") -> ParsedFeed:
    return parse_feed(document(body, content_type))


def rss(*items: str, channel: str = "", root: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" {root}><channel>'
        f"<title>جريدة</title>{channel}{''.join(items)}</channel></rss>"
    )


def item(title: str = "مقال", body: str = "نص", more: str = "") -> str:
    return (
        f"<item><title>{title}</title><link>https://example.ma/1</link>{more}"
        f"<description>{body}</description></item>"
    )


def atom(entry: str) -> str:
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>جريدة</title>'
        f"<entry><id>1</id>{entry}</entry></feed>"
    )


def first(body: str | bytes) -> ParsedEntry:
    return parsed(body).entries[0]


def kinds(feed: ParsedFeed) -> list[str]:
    return [problem.kind for problem in feed.problems]

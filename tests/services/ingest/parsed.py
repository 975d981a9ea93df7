"""A parsed entry as `prepare` gets it, and the document that it came in."""

from datetime import UTC, datetime, timedelta

from aggregator.types import FeedDocument, ParsedEntry

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
FEED = "https://www.example.ma/feed"
BODY = "<p>" + "أعلنت الحكومة المغربية عن إجراءات جديدة لدعم القدرة الشرائية للأسر " * 6 + "</p>"
ENTRY = ParsedEntry(
    guid="tag:example.ma,2026:1",
    url="https://www.example.ma/a-1.html",
    title="الحكومة تعلن إجراءات جديدة",
    content_html=BODY,
    base_url=FEED,
    published_at=NOW - timedelta(hours=1),
)


def document(body: bytes = b"<rss/>", language: str = "ar") -> FeedDocument:
    return FeedDocument(body, "application/rss+xml", FEED, language, "Africa/Casablanca", NOW)

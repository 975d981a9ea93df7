"""A document on its way to storage: read from its bytes, its words, its dates."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from xml.sax.saxutils import escape

import pytest

from aggregator.errors import ParseError
from aggregator.process.analysis.analyze import analyze
from aggregator.services.ingest import prepare as preparation
from aggregator.services.ingest.prepare import prepare
from aggregator.types import EMPTY_DOCUMENT, ParsedFeed
from tests.services.ingest.parsed import ENTRY, NOW, document


def test_a_document_is_prepared_from_its_bytes() -> None:
    description = escape('<p>نص <a href="/x?utm_source=rss">رابط</a></p><script>alert(1)</script>')
    body = (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>مثال</title>'
        "<link>https://www.example.ma/</link><item><title>عنوان الخبر</title>"
        "<link>https://www.example.ma/a-1.html?utm_source=rss</link><guid>1</guid>"
        f"<description>{description}</description>"
        "<pubDate>Tue, 24 Nov 2026 10:00:00 +0000</pubDate></item></channel></rss>"
    )
    feed = prepare(document(body.encode()))
    (entry,) = feed.entries
    assert (feed.format, feed.title, feed.site_url) == (
        "rss 2.0",
        "مثال",
        "https://www.example.ma/",
    )
    assert feed.newest_at == datetime(2026, 11, 24, 10, tzinfo=UTC)
    assert (entry.guid, entry.title) == ("1", "عنوان الخبر")
    assert entry.url == "https://www.example.ma/a-1.html"
    assert entry.content == (
        '<p>نص <a href="https://www.example.ma/x" rel="noopener noreferrer nofollow">رابط</a></p>'
    )
    assert (entry.language, entry.direction) == ("ar", "rtl")


def test_words_are_those_that_the_stored_entry_gives_again() -> None:
    text = "أعلنت الوزارة عن خط جديد للقطار بين المدينتين. " * 9
    body = f"<rss><channel><title>ق</title><item><title>قطار</title><description>{text}Read more"
    (entry,) = prepare(document(f"{body}</description></item></channel></rss>".encode())).entries
    assert entry.words.text
    assert analyze(entry, NOW) == entry


def test_what_is_no_feed_is_refused() -> None:
    with pytest.raises(ParseError):
        prepare(document(b"%PDF-1.7"))


def test_importing_it_brings_no_database_and_no_network() -> None:
    script = (
        "import sys, aggregator.services.ingest.prepare;"
        "heavy = {'sqlalchemy', 'aiohttp', 'flask', 'bleach', 'fasttext', 'requests'};"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_words_are_made_of_what_may_be_new(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not of what the feed had already: late, edited and undated entries are read all the same."""
    entries = [
        replace(ENTRY, guid=guid, title=guid, published_at=published, updated_at=updated)
        for guid, published, updated in (
            ("known", NOW - timedelta(hours=2), None),
            ("newest", NOW - timedelta(hours=1), None),
            ("new", NOW, None),
            ("edited", NOW - timedelta(hours=2), NOW),
            ("undated", None, None),
        )
    ]
    parsed = ParsedFeed("rss 2.0", "مثال", None, "ar", tuple(entries))
    monkeypatch.setattr(preparation, "parse_feed", lambda _: parsed)
    again = prepare(replace(document(), seen_until=NOW - timedelta(hours=1))).entries
    assert {each.guid for each in again if each.words == EMPTY_DOCUMENT} == {"known", "newest"}
    assert {each.guid for each in again if each.story is None} == {"known", "newest"}
    assert all(each.words.title == each.title for each in prepare(document()).entries)


# --- dates ------------------------------------------------------------


@pytest.mark.parametrize(
    ("published", "expected", "clamped"),
    [
        (NOW - timedelta(days=1), NOW - timedelta(days=1), 0),
        (None, None, 0),
        (NOW + timedelta(minutes=5), NOW, 0),
        (NOW + timedelta(minutes=11), None, 1),
        (datetime(9999, 12, 31, tzinfo=UTC), None, 1),
        (datetime(1970, 1, 1, tzinfo=UTC), None, 1),
        (datetime(1, 1, 1), None, 1),  # noqa: DTZ001
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=5))), None, 1),
    ],
)
def test_dates_that_cannot_be_true(prepared, published, expected, clamped: int) -> None:
    feed = prepared(replace(ENTRY, published_at=published))
    assert feed.entries[0].published_at == expected
    assert feed.clamped_dates == clamped
    assert feed.newest_at == expected


def test_mean_gap_is_that_of_believable_dates(prepared) -> None:
    entries = [
        replace(ENTRY, guid=str(n), url=f"/{n}", published_at=NOW - timedelta(hours=n))
        for n in (1, 2, 5)
    ]
    odd = replace(ENTRY, guid="x", url="/x", published_at=NOW + timedelta(days=400))
    feed = prepared(*entries, odd)
    assert feed.mean_gap_s == 2 * 3600
    assert feed.newest_at == NOW - timedelta(hours=1)
    assert prepared(entries[0]).mean_gap_s is None
    assert prepared().newest_at is None

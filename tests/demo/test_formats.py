"""The feeds as others read them: feedparser, a JSON reader, and our own parser."""

from __future__ import annotations

import json
from calendar import timegm
from datetime import UTC, datetime, timedelta
from typing import Any

import feedparser
import pytest

from aggregator.demo import articles
from aggregator.demo.articles import Article
from aggregator.demo.formats import guid, render
from aggregator.demo.outlets import BY_SLUG, OUTLETS, Outlet
from aggregator.parse.feed import parse_feed
from aggregator.types import FeedDocument

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
BASE = "http://127.0.0.1:8100"
WORKING = [outlet for outlet in OUTLETS if outlet.format != "broken"]
XML = [outlet for outlet in WORKING if outlet.format != "json"]


def articles_of(outlet: Outlet) -> list[Article]:
    out = articles.visible(articles.load(START), START, START + timedelta(minutes=15))
    return [article for article in out if article.source == outlet.slug]


def read(outlet: Outlet) -> Any:
    feed = render(outlet, articles_of(outlet), BASE)
    headers = {"content-type": feed.content_type, "content-location": f"{BASE}/{outlet.slug}/feed"}
    return feedparser.parse(
        feed.body, sanitize_html=False, resolve_relative_uris=False, response_headers=headers
    )


@pytest.mark.parametrize("outlet", XML, ids=lambda outlet: outlet.slug)
def test_feedparser_reads_what_was_written(outlet: Outlet) -> None:
    parsed, written = read(outlet), articles_of(outlet)
    assert not parsed.bozo, parsed.get("bozo_exception")
    assert parsed.feed.title == outlet.name
    assert parsed.feed.link == f"{BASE}/{outlet.slug}/"
    assert [entry.title for entry in parsed.entries] == [article.title for article in written]
    for entry, article in zip(parsed.entries, written, strict=True):
        assert entry.id == guid(article)
        assert entry.link == f"{BASE}/{outlet.slug}/articles/{article.id}"
        assert timegm(entry.published_parsed) == int(article.published_at.timestamp())
        assert [tag.term for tag in entry.tags] == list(article.categories)


@pytest.mark.parametrize("outlet", XML, ids=lambda outlet: outlet.slug)
def test_bodies_arrive_whole(outlet: Outlet) -> None:
    for entry, article in zip(read(outlet).entries, articles_of(outlet), strict=True):
        body = entry.summary if outlet.format == "rss-description" else entry.content[0].value
        assert body.strip().endswith(article.body)


def test_the_formats_differ() -> None:
    versions = {outlet.slug: read(outlet).version for outlet in XML}
    assert versions["the-rabat-observer"] == "atom10"
    assert versions["almanara"] == "rss20"


def test_one_feed_is_in_windows_1256() -> None:
    outlet = BY_SLUG["iqtissad-alyaoum"]
    body = render(outlet, articles_of(outlet), BASE).body
    assert body.startswith(b'<?xml version="1.0" encoding="windows-1256"?>')
    assert "اقتصاد اليوم".encode("windows-1256") in body
    # U+2212 has no place in that encoding and goes as a reference.
    assert b"&#8722;6%" in body
    assert any("−6%" in entry.content[0].value for entry in read(outlet).entries)


def test_one_feed_has_descriptions_only() -> None:
    for entry in read(BY_SLUG["le-courrier-du-detroit"]).entries:
        assert "content" not in entry
        assert "<p>" in entry.summary


def test_pictures_come_as_media_as_enclosure_and_within_the_body() -> None:
    media = read(BY_SLUG["almanara"]).entries[0].media_content[0]["url"]
    enclosure = read(BY_SLUG["riyada-plus"]).entries[0].enclosures[0].href
    assert media.startswith(f"{BASE}/pictures/")
    assert enclosure.startswith(f"{BASE}/pictures/")
    assert f'<img src="{BASE}/pictures/' in read(BY_SLUG["atlas-eco"]).entries[0].content[0].value


def test_an_edit_changes_date_and_headline_but_not_the_guid() -> None:
    outlet = BY_SLUG["almanara"]
    edited = next(a for a in articles_of(outlet) if a.updated_at)
    entry = next(e for e in read(outlet).entries if e.id == guid(edited))
    assert timegm(entry.updated_parsed) == timegm(entry.published_parsed) + 151 * 60


def test_the_json_feed() -> None:
    outlet = BY_SLUG["maghreb-desk"]
    feed = render(outlet, articles_of(outlet), BASE)
    parsed = json.loads(feed.body)
    assert feed.content_type == "application/feed+json"
    assert parsed["version"] == "https://jsonfeed.org/version/1.1"
    assert [entry["id"] for entry in parsed["items"]] == [guid(a) for a in articles_of(outlet)]
    assert parsed["items"][0]["image"].startswith(f"{BASE}/pictures/")
    assert parsed["items"][0]["authors"][0]["name"] == articles_of(outlet)[0].author


@pytest.mark.parametrize("outlet", WORKING, ids=lambda outlet: outlet.slug)
def test_markup_in_a_headline_stays_text(outlet: Outlet) -> None:
    article = Article(
        "x", "x", outlet.slug, "original", 'A <b> & "B" ]]>', "", (), None, "<p>x</p>", START
    )
    body = render(outlet, [article], BASE).body
    if outlet.format == "json":
        assert json.loads(body)["items"][0]["title"] == article.title
    else:
        assert feedparser.parse(body, sanitize_html=False).entries[0].title == article.title


@pytest.mark.parametrize("outlet", WORKING, ids=lambda outlet: outlet.slug)
def test_marsad_reads_it_without_a_problem(outlet: Outlet) -> None:
    feed = render(outlet, articles_of(outlet), BASE)
    document = FeedDocument(
        body=feed.body,
        url=f"{BASE}/{outlet.slug}/feed",
        content_type=feed.content_type,
        language=outlet.language,
        timezone="Africa/Casablanca",
        now=START,
    )
    parsed = parse_feed(document)
    assert parsed.problems == ()
    titles = [article.title.replace("\u202f", "\u00a0") for article in articles_of(outlet)]
    assert [entry.title for entry in parsed.entries] == titles


@pytest.mark.parametrize("outlet", WORKING, ids=lambda outlet: outlet.slug)
def test_a_feed_without_entries_is_sound(outlet: Outlet) -> None:
    body = render(outlet, [], BASE).body
    if outlet.format == "json":
        assert json.loads(body)["items"] == []
    else:
        assert not feedparser.parse(body).bozo

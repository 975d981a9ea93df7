"""Feeds of topics: what the formats ask for, text that is escaped once, and 304."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime
from xml.etree import ElementTree

import feedparser
import pytest

from aggregator.parse.opml import read_opml
from aggregator.services.desk import topics
from aggregator.services.desk.backfill import run_backfill
from aggregator.storage.engine import Database
from aggregator.types import LocalizedText, TopicContent, User
from tests.builders import make_entry
from tests.web.browser import Browser
from tests.web.conftest import MakeApp

NOW = datetime.now(UTC)
EDITOR = User(9, "Badia", "editor")
ATOM = "{http://www.w3.org/2005/Atom}"
NASTY = 'سدود <b> & "R&D"'
BODY = '<p>نص &lt;x&gt; &amp; <a href="https://a.example/?a=1&amp;b=2">رابط</a></p>'
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@pytest.fixture
def topic(newsroom: Database) -> Database:
    """Entries 1 and 4, whose title and body hold what must be escaped once; a draft beside it."""
    with newsroom.write() as session:
        make_entry(
            session, 1, NASTY, age=0, content=BODY, summary="=ملخص & <i>", author="أمينة",
            categories=["ماء & <طاقة>"], image_url="https://a.example/i.jpg",
        )  # fmt: skip
    with newsroom.write_exclusive() as session:
        name = LocalizedText(ar="الماء & <السدود>", fr="L’eau")
        content = TopicContent("water", name, LocalizedText(ar="كل ما يجري"), "سدود", "published")
        topics.create(session, EDITOR, content, NOW)
        draft = TopicContent("draft", name, rule="سدود")
        topics.create(session, EDITOR, draft, NOW)
    run_backfill(newsroom, NOW)
    return newsroom


@pytest.fixture
def reader(make_app: MakeApp, topic: Database) -> Browser:
    """A program that knows the site by its public name."""
    return Browser(make_app(base_url="https://marsad.example", hub="https://hub.example/"))


def test_atom(reader: Browser) -> None:
    answer = reader.get("/topics/water.atom?text=full")
    assert answer.content_type == "application/atom+xml; charset=utf-8"
    root = ElementTree.fromstring(answer.data)
    assert root.tag == f"{ATOM}feed"
    ids = [element.text for element in root.iter(f"{ATOM}id")]
    assert ids[0] == "https://marsad.example/topics/water"
    for one in (root, *root.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(one.findall(f"{ATOM}{name}")) == 1
        for name in ("updated", "published"):
            for moment in one.findall(f"{ATOM}{name}"):
                assert RFC3339.fullmatch(moment.text or "")
    for entry in root.findall(f"{ATOM}entry"):
        assert entry.findtext(f"{ATOM}author/{ATOM}name")
        assert entry.find(f"{ATOM}link[@rel='alternate']") is not None
    links = {link.get("rel"): link.get("href") for link in root.findall(f"{ATOM}link")}
    assert links == {
        "self": "https://marsad.example/topics/water.atom?text=full",
        "alternate": "https://marsad.example/topics/water",
        "hub": "https://hub.example/",
    }
    assert root.findtext(f"{ATOM}title") == "الماء & <السدود>"
    first = root.find(f"{ATOM}entry")
    assert first is not None
    assert first.findtext(f"{ATOM}title") == NASTY
    assert first.findtext(f"{ATOM}content") == BODY
    assert first.get("{http://www.w3.org/XML/1998/namespace}lang") == "ar"


@pytest.mark.parametrize("kind", ["atom", "rss"])
def test_a_feed_reader_reads_it(reader: Browser, kind: str) -> None:
    data = reader.get(f"/topics/water.{kind}?text=full").data
    feed = feedparser.parse(data, sanitize_html=False, resolve_relative_uris=False)
    assert not feed.bozo
    assert feed.version == {"atom": "atom10", "rss": "rss20"}[kind]
    first, second = feed.entries
    assert first.id == "https://marsad.example/entries/4"
    assert second.title == "امتلاء السدود"
    assert first.author == "أمينة"
    assert [tag.term for tag in first.tags] == ["ماء & <طاقة>"]
    assert first.content[0].value == BODY
    assert first.published_parsed[:3] == (2026, 11, 2)
    assert first.link.startswith("https://hespress.example/")


def test_rss(reader: Browser) -> None:
    root = ElementTree.fromstring(reader.get("/topics/water.rss").data)
    assert (root.tag, root.get("version")) == ("rss", "2.0")
    (channel,) = root
    for name in ("title", "link", "description"):
        assert channel.findtext(name)
    assert re.fullmatch(
        r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", channel.findtext("lastBuildDate") or ""
    )
    assert channel.find(f"{ATOM}link[@rel='self']") is not None
    item = channel.find("item")
    assert item is not None
    assert item.findtext("title") == NASTY
    assert item.findtext("description") == "=ملخص &amp; &lt;i&gt;"  # HTML, where it is shown
    guid = item.find("guid")
    assert guid is not None
    assert guid.get("isPermaLink") == "false"
    assert b"encoded" not in reader.get("/topics/water.rss").data


def test_json_feed(reader: Browser) -> None:
    answer = reader.get("/topics/water.json")
    assert answer.content_type == "application/feed+json; charset=utf-8"
    feed = answer.get_json(force=True)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"] == "https://marsad.example/topics/water.json"
    assert feed["hubs"] == [{"type": "WebSub", "url": "https://hub.example/"}]
    first = feed["items"][0]
    assert first["id"] == "https://marsad.example/entries/4"
    assert (first["title"], first["content_text"]) == (NASTY, "=ملخص & <i>")
    assert first["authors"] == [{"name": "أمينة"}]
    assert RFC3339.fullmatch(first["date_published"])
    assert "content_html" not in first
    full = reader.get("/topics/water.json?text=full").get_json(force=True)["items"]
    assert full[0]["content_html"] == BODY
    assert all("content_html" in item or item["content_text"] for item in full)


def test_opml_and_csv(reader: Browser) -> None:
    (outline,) = read_opml(reader.get("/topics/water.opml").data).outlines
    assert (outline.title, outline.url) == ("هسبريس", "https://h.example/feed")
    answer = reader.get("/topics/water.csv")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [row["id"] for row in rows] == ["4", "1"]
    assert rows[0]["title"] == NASTY
    assert rows[0]["summary"].startswith("'=")  # no formula
    assert rows[0]["why"] == "سدود"


@pytest.mark.parametrize("kind", ["atom", "rss", "json", "csv"])
def test_what_is_known_does_not_travel_again(reader: Browser, topic: Database, kind: str) -> None:
    first = reader.get(f"/topics/water.{kind}")
    assert first.headers["Last-Modified"]
    known = {"If-None-Match": first.headers["ETag"]}
    again = reader.get(f"/topics/water.{kind}", headers=known)
    assert (again.status_code, again.data) == (304, b"")
    since = {"If-Modified-Since": first.headers["Last-Modified"]}
    assert reader.get(f"/topics/water.{kind}", headers=since).status_code == 304
    with topic.write() as session:
        topics.pin(session, EDITOR, "water", 3, days=0, note="", now=NOW)
    assert reader.get(f"/topics/water.{kind}", headers=known).status_code == 200


def test_without_a_hub_and_in_another_language(driss: Browser, topic: Database) -> None:
    answer = driss.get("/topics/water.atom?lang=fr")
    assert "L’eau" in answer.text
    assert 'rel="hub"' not in answer.text + str(answer.headers)


def test_slips(reader: Browser, make_app: MakeApp) -> None:
    for kind in ("atom", "json", "opml", "csv"):
        assert reader.get(f"/topics/draft.{kind}").status_code == 404
        assert reader.get(f"/topics/none.{kind}").status_code == 404
    for wrong in ("text=all", "limit=0", "limit=201", "limit=x"):
        answer = reader.get(f"/topics/water.atom?{wrong}")
        assert answer.status_code == 400
        assert answer.get_json()["error"]["code"] == "bad_request"
    closed = Browser(make_app(public_reading=False))
    assert closed.get("/topics/water.atom").status_code == 401


def test_untitled_posts_are_headed_by_the_beginning_of_their_text(
    make_app: MakeApp, topic: Database
) -> None:
    post = "صباح الخير: سدود الشمال تمتلئ"
    with topic.write() as session:
        id_ = make_entry(session, 1, age=0, title="", summary=post, content=f"<p>{post}</p>")
    with topic.write_exclusive() as session:
        topics.pin(session, EDITOR, "water", id_, days=0, note="", now=NOW)
    reader = Browser(make_app(base_url="https://marsad.example"))
    for kind in ("atom", "rss"):
        root = ElementTree.fromstring(reader.get(f"/topics/water.{kind}").data)
        assert post in [each.text for each in root.iter() if each.tag.endswith("title")]

"""The addresses of prepared entries: links, pictures, enclosures."""

from dataclasses import replace

import pytest

from aggregator.services.ingest import prepare as preparation
from aggregator.services.ingest.prepare import prepare
from aggregator.types import Enclosure, ParsedFeed
from tests.services.ingest.parsed import ENTRY, FEED, document


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd"])
def test_no_field_carries_a_hostile_address(prepared, url: str) -> None:
    hostile = replace(
        ENTRY, guid=None, url=url, image_url=url, enclosures=(Enclosure(url, "image/png"),)
    )
    feed = prepared(hostile, site_url=url, hub_url=url, self_url=url)
    (entry,) = feed.entries
    assert (feed.site_url, feed.hub_url, feed.self_url) == (None, None, None)
    assert (entry.url, entry.image_url, entry.enclosures) == (None, None, ())
    assert url not in entry.guid


def test_addresses_are_relative_to_the_entry_or_the_feed(one) -> None:
    entry = one(url="/a", base_url="https://b.ma/x/", content_html='<a href="c">x</a>')
    assert entry.url == "https://b.ma/a"
    assert "https://b.ma/x/c" in entry.content
    assert one(url="/a", base_url="").url == "https://www.example.ma/a"
    assert one(url="/a", base_url="javascript:x").url == "https://www.example.ma/a"


def test_image_comes_from_the_entry_then_an_enclosure_then_the_content(one) -> None:
    body = '<img src="/icon.png" width="16"><img src="/b.jpg?x=1&amp;y=2">'
    enclosures = (Enclosure("/a.mp3", "audio/mpeg"), Enclosure("/c.jpg", "image/jpeg"))
    site = "https://www.example.ma"
    assert one(image_url="/d.jpg", enclosures=enclosures).image_url == f"{site}/d.jpg"
    assert one(enclosures=enclosures, content_html=body).image_url == f"{site}/c.jpg"
    assert one(content_html=body).image_url == f"{site}/b.jpg?x=1&y=2"
    assert one(image_url="https://pixel.wp.com/b.gif").image_url is None
    assert one().image_url is None


def test_a_thumbnail_gives_way_to_a_larger_picture(one) -> None:
    site = "https://www.example.ma"
    body = '<p>نص</p><img src="/b.jpg" width="800">'
    assert one(image_url="/t.jpg", image_width=75, content_html=body).image_url == f"{site}/b.jpg"
    assert one(image_url="/t.jpg", image_width=75).image_url == f"{site}/t.jpg"
    assert one(image_url="/t.jpg", image_width=480, content_html=body).image_url == f"{site}/t.jpg"
    files = (Enclosure("/e.jpg", "image/jpeg"),)
    assert one(image_url="/t.jpg", image_width=75, enclosures=files).image_url == f"{site}/e.jpg"


def test_untyped_pictures_are_known(one) -> None:
    entry = one(enclosures=(Enclosure("/a.JPG?x=1"),))
    assert entry.enclosures == (Enclosure("https://www.example.ma/a.JPG?x=1", "image/jpeg"),)
    assert entry.image_url == "https://www.example.ma/a.JPG?x=1"
    assert "i" in entry.words.facets.split()


@pytest.mark.parametrize("url", [FEED, "https://www.example.ma/", ENTRY.url, "/gallery.html"])
def test_pages_are_no_pictures(one, url: str) -> None:
    assert one(image_url=url, content_html=f'<p>نص</p><img src="{url}">').image_url is None


def test_dead_flash_players_are_no_files(one) -> None:
    flash = Enclosure("https://a.ma/v/1", "application/x-shockwave-flash")
    assert one(enclosures=(flash, Enclosure("/a.swf"))).enclosures == ()


def test_pictures_keep_their_description(one) -> None:
    before, after = (one(enclosures=(Enclosure("/a.jpg", alt=alt),)) for alt in ("", "سوق\nأسبوعي"))
    assert after.enclosures[0].alt == "سوق أسبوعي"
    assert before.revision != after.revision
    assert before.text_revision == after.text_revision


def test_placeholders_and_beacons_are_no_files(one) -> None:
    urls = ("blank.gif", "a.jpg", "https://www.google-analytics.com/collect?x=1")
    entry = one(enclosures=tuple(Enclosure(url, "image/jpeg") for url in urls))
    assert [file.url for file in entry.enclosures] == ["https://www.example.ma/a.jpg"]


def test_enclosures_are_checked(one) -> None:
    entry = one(
        enclosures=(
            Enclosure("/a.mp3", "Audio/MPEG", 123),
            Enclosure("https://www.example.ma/a.mp3", "audio/mpeg", 5),
            Enclosure("https://a.ma/b", "<script>", -1),
        )
    )
    assert entry.enclosures == (
        Enclosure("https://www.example.ma/a.mp3", "audio/mpeg", 123),
        Enclosure("https://a.ma/b", "", 0),
    )


# --- private addresses -------------------------------------------------------------------------

ROUTER = "http://192.168.1.1/"
LEADING_INSIDE = replace(
    ENTRY,
    url=f"{ROUTER}reboot",
    content_html=f'<p>خبر <a href="{ROUTER}">هنا</a></p><img src="{ROUTER}a.jpg">',
    image_url=f"{ROUTER}b.jpg",
    enclosures=(Enclosure(f"{ROUTER}c.mp3", "audio/mpeg", 0), Enclosure("/d.mp3", "audio/mpeg", 0)),
)


def test_a_public_feed_leads_into_no_private_network(prepared) -> None:
    feed = prepared(LEADING_INSIDE, site_url=ROUTER)
    (entry,) = feed.entries
    assert (entry.url, entry.url_key, entry.image_url, feed.site_url) == (None, None, None, None)
    assert [enclosure.url for enclosure in entry.enclosures] == ["https://www.example.ma/d.mp3"]
    assert "192.168" not in entry.content
    assert "هنا" in entry.content


def test_a_feed_of_the_operator_s_network_leads_there(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = ParsedFeed("rss 2.0", "مثال", ROUTER, "ar", (LEADING_INSIDE,))
    monkeypatch.setattr(preparation, "parse_feed", lambda _: parsed)
    feed = prepare(replace(document(), is_internal=True))
    (entry,) = feed.entries
    assert (entry.url, entry.image_url) == (f"{ROUTER}reboot", f"{ROUTER}b.jpg")
    assert feed.site_url == ROUTER
    assert len(entry.enclosures) == 2
    assert entry.content.count(f'"{ROUTER}') == 2

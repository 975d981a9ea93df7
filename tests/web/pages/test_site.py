"""What crawlers and browsers look for at fixed addresses, and the page about the site."""

from __future__ import annotations

from datetime import timedelta
from xml.etree import ElementTree

import pytest

from aggregator.storage.engine import Database
from tests.builders import make_entry, make_source
from tests.web.browser import Browser
from tests.web.conftest import MakeApp
from web.request.auth import now

MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
NEWS = "{http://www.google.com/schemas/sitemap-news/0.9}"
BASE = "https://marsad.ma"


def test_the_map_has_the_news_of_two_days(make_app: MakeApp, newsroom: Database) -> None:
    with newsroom.write() as session:
        for number, hours in enumerate((1, 47, 49)):
            published = now() - timedelta(hours=hours)
            make_entry(session, 1, f"خبر {number} & <b>", published_at=published)
    answer = Browser(make_app(base_url=BASE)).get("/sitemap.xml")
    root = ElementTree.fromstring(answer.data)
    titles = [title.text for title in root.iter(f"{NEWS}title")]
    assert titles == ["خبر 0 & <b>", "خبر 1 & <b>"]
    for url in root.findall(f"{MAP}url"):
        address = url.findtext(f"{MAP}loc") or ""
        assert address.startswith(f"{BASE}/stories/")
        links = url.findall("{http://www.w3.org/1999/xhtml}link")
        assert {link.get("hreflang"): link.get("href") for link in links} == {
            language: f"{address}?hl={language}" for language in ("ar", "fr", "en")
        }
        assert Browser(make_app()).get(address.removeprefix(BASE)).status_code == 200


def test_crawlers_are_sent_away_where_reading_is_not_public(make_app: MakeApp) -> None:
    driss = Browser(make_app(public_reading=False))
    assert driss.get("/robots.txt").text == "User-agent: *\nDisallow: /\n"
    assert driss.get("/sitemap.xml").status_code == 303
    about = driss.get("/about").text
    assert '/sources"' not in about.partition("<main")[2].partition("</main>")[0]


def test_crawlers_find_the_map_and_no_accounts(make_app: MakeApp) -> None:
    text = Browser(make_app(base_url=BASE)).get("/robots.txt").text
    assert f"\nSitemap: {BASE}/sitemap.xml\n" in text
    everybody = text.partition("User-agent: *\n")[2]
    for path in ("/account", "/feeds/", "/forgot", "/login", "/password/", "/search"):
        assert f"Disallow: {path}\n" in everybody


@pytest.mark.parametrize(
    ("address", "start"),
    [("/favicon.ico", b"\0\0\1\0"), ("/apple-touch-icon.png", b"\x89PNG"),
     ("/apple-touch-icon-precomposed.png", b"\x89PNG")],
)  # fmt: skip
def test_icons_at_the_addresses_that_browsers_guess(
    driss: Browser, address: str, start: bytes
) -> None:
    answer = driss.get(address)
    assert answer.status_code == 200
    assert answer.data.startswith(start)
    assert answer.headers["Cache-Control"] == "public, max-age=86400"


def test_the_page_about_the_site(driss: Browser, newsroom: Database) -> None:
    with newsroom.write() as session:
        make_source(session, "silent")  # has no entries yet
    page = driss.get("/about?hl=en").text
    assert "About Marsad" in page
    assert "4 sources" in page
    assert "4 sources" in driss.get("/sources?hl=en").text
    assert 'href="/front.atom"' in page

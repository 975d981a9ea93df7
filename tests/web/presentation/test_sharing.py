"""What links to public pages show, and the addresses to share."""

from __future__ import annotations

import json
import re
from html import unescape
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import pytest

from aggregator.storage.engine import Database
from tests.builders import make_entry
from tests.web.browser import Browser
from tests.web.conftest import MakeApp
from tests.web.populate import populate

BASE = "https://marsad.ma"
PAGES = ("/", "/?lang=fr", "/entries/1", "/stories/4", "/sources/hespress", "/topics/water",
         "/sections/politics", "/search?q=%D9%85%D8%A7%D8%A1", "/sources", "/topics",
         "/search", "/about")  # fmt: skip
NASTY = 'خبر </script><script>alert(1)</script> & "سدود"'


class Head(HTMLParser):
    """The metadata of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.meta: dict[str, str] = {}
        self.canonical: list[str] = []
        self.alternates: dict[str, str] = {}
        self.feed(page)
        data = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
        self.data = [json.loads(each) for each in data]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "meta" and "content" in values:
            self.meta[values.get("property") or values.get("name", "")] = values["content"]
        if tag == "link" and values["rel"] == "canonical":
            self.canonical.append(values["href"])
        if tag == "link" and "hreflang" in values:
            self.alternates[values["hreflang"]] = values["href"]


@pytest.fixture
def driss(make_app: MakeApp, newsroom: Database) -> Browser:
    """A visitor of a site with a story, a topic, and entries with and without pictures."""
    populate(newsroom)
    with newsroom.write() as session:
        make_entry(session, 1, NASTY, age=0, url="https://h.example/8", author="أمينة",
                   image_url="https://h.example/8.jpg")  # fmt: skip
        make_entry(session, 1, "رسم", age=0, image_url="https://h.example/9.svg?a=1")
    return Browser(make_app(base_url=BASE))


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_every_public_page_describes_itself(driss: Browser, path: str, language: str) -> None:
    named = f"{path}{'&' if '?' in path else '?'}hl="
    answer = driss.get(named + language)
    assert answer.status_code == 200
    head = Head(answer.text)
    for name in ("title", "description", "image"):
        assert head.meta[f"og:{name}"]
        assert head.meta[f"twitter:{name}"] == head.meta[f"og:{name}"]
    assert head.meta["og:url"] == BASE + named + language
    assert head.meta["og:locale"].startswith(language)
    assert head.meta["twitter:card"] == "summary_large_image"
    assert len(head.canonical) == 1
    assert head.alternates == {code: BASE + named + code for code in ("ar", "fr", "en")} | {
        "x-default": BASE + path
    }
    (data,) = head.data
    assert data["@context"] == "https://schema.org"
    image = head.meta["og:image"]
    assert image.startswith(f"{BASE}/pictures/")
    assert driss.get(image.removeprefix(BASE)).mimetype == "image/png"


def test_an_article_is_led_to_its_publisher_and_shared_as_ours(driss: Browser) -> None:
    page = driss.get("/entries/8?hl=fr").text
    head = Head(page)
    assert head.canonical == ["https://h.example/8"]
    assert head.meta["og:url"] == f"{BASE}/entries/8?hl=fr"
    assert head.meta["og:image"] == "https://h.example/8.jpg"
    assert head.meta["og:title"] == NASTY
    (data,) = head.data
    assert data["@type"] == "NewsArticle"
    assert data["headline"] == NASTY
    assert data["url"] == "https://h.example/8"
    assert data["author"] == {"@type": "Person", "name": "أمينة"}
    assert data["inLanguage"] == "ar"
    assert "<script>alert" not in page


def test_a_drawing_that_messengers_do_not_show_is_replaced(driss: Browser) -> None:
    image = Head(driss.get("/entries/9").text).meta["og:image"]
    assert image.startswith(f"{BASE}/pictures/entries/9.png?v=")


def test_a_list_names_its_entries(driss: Browser) -> None:
    (data,) = Head(driss.get("/stories/4").text).data
    assert data["@type"] == "CollectionPage"
    items = data["mainEntity"]["itemListElement"]
    assert [item["position"] for item in items] == list(range(1, len(items) + 1))
    assert all(item["url"].startswith(f"{BASE}/entries/") for item in items)


def test_the_menu_shares_our_address_without_a_script(driss: Browser) -> None:
    page = driss.get("/entries/8?hl=fr").text
    links = [unescape(link) for link in re.findall(r'href="([^"]+)"', page)]
    ours = f"{BASE}/entries/8?hl=fr"
    (whatsapp,) = [link for link in links if link.startswith("https://wa.me/")]
    assert parse_qs(urlsplit(whatsapp).query) == {"text": [f"{NASTY}\n{ours}"]}
    (telegram,) = [link for link in links if link.startswith("https://t.me/")]
    assert parse_qs(urlsplit(telegram).query) == {"url": [ours], "text": [NASTY]}
    (mail,) = [link for link in links if link.startswith("mailto:")]
    assert parse_qs(urlsplit(mail).query) == {"subject": [NASTY], "body": [f"{NASTY}\n{ours}"]}
    copies = [unescape(each) for each in re.findall(r'data-copy="([^"]+)"', page)]
    assert copies == [ours, "https://h.example/8"]


@pytest.mark.parametrize("path", [*PAGES[:8], "/about"])
def test_a_share_button_on_every_public_page(driss: Browser, path: str) -> None:
    assert driss.get(path).text.count("data-share=") == 1

"""Feeds of the front page, sources, stories and searches, in every format."""

from __future__ import annotations

import csv
import io
from html.parser import HTMLParser
from xml.etree import ElementTree

import feedparser
import pytest

from aggregator.services.ingest import index
from aggregator.storage.engine import Database
from tests.web.browser import Browser
from tests.web.conftest import MakeApp
from tests.web.populate import populate

ATOM = "{http://www.w3.org/2005/Atom}"
KINDS = ("atom", "rss", "json")
LISTS = ("/front", "/sources/hespress", "/stories/4", "/search")
BASE = "https://marsad.ma"


@pytest.fixture
def driss(make_app: MakeApp, newsroom: Database) -> Browser:
    """A program at a site with a story (4), a topic and an index."""
    index.index_backlog(newsroom, pause=lambda _: None)
    index.update_vocabulary(newsroom, pause=lambda _: None)
    populate(newsroom)
    return Browser(make_app(base_url=BASE))


def titles(browser: Browser, address: str) -> list[str]:
    """The titles that another program reads in a feed; it must find nothing wrong with it."""
    answer = browser.get(address)
    assert answer.status_code == 200, address
    if ".json" in address:
        return [item.get("title", "") for item in answer.get_json(force=True)["items"]]
    parsed = feedparser.parse(answer.data)
    assert not parsed.bozo, address
    return [entry.title for entry in parsed.entries]


@pytest.mark.parametrize("path", LISTS)
def test_each_format_tells_the_same(driss: Browser, path: str) -> None:
    query = "?q=السدود" if path == "/search" else ""
    told = [titles(driss, f"{path}.{kind}{query}") for kind in KINDS]
    assert told[0]
    assert told[0] == told[1] == told[2]


@pytest.mark.parametrize("path", LISTS)
def test_atom_has_what_the_standard_asks_for(driss: Browser, path: str) -> None:
    address = f"{path}.atom?q=a&hl=fr" if path == "/search" else f"{path}.atom?hl=fr"
    root = ElementTree.fromstring(driss.get(address).data)
    for element in (root, *root.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"{ATOM}{name}")) == 1
    links = {link.get("rel"): link.get("href") for link in root.findall(f"{ATOM}link")}
    assert links["self"] == BASE + address
    assert links["alternate"] == root.findtext(f"{ATOM}id")
    ids = [entry.findtext(f"{ATOM}id") or "" for entry in root.findall(f"{ATOM}entry")]
    assert len(set(ids)) == len(ids)
    assert all(id_.startswith(f"{BASE}/") for id_ in ids)


def test_the_front_page_links_a_story_to_its_page_and_an_entry_to_its_publisher(
    driss: Browser,
) -> None:
    parsed = feedparser.parse(driss.get("/front.atom").data)
    links = {entry.id: entry.link for entry in parsed.entries}
    assert links[f"{BASE}/stories/4"] == f"{BASE}/stories/4"
    alone = {id_: link for id_, link in links.items() if "/entries/" in id_}
    assert alone
    assert not any(link.startswith(BASE) for link in alone.values())


def test_the_front_page_is_narrowed_as_on_the_page(driss: Browser) -> None:
    every = titles(driss, "/front.atom?view=entries")
    french = titles(driss, "/front.atom?view=entries&lang=fr")
    assert set(french) < set(every)
    assert "Tunis" in french
    assert titles(driss, "/front.atom?view=entries&limit=1") == every[:1]


@pytest.mark.parametrize(
    "address",
    ["/front.atom?unread=1", "/front.atom?limit=0", "/front.atom?limit=201", "/front.rss?text=all",
     "/front.json?lang=!", "/search.atom", "/search.atom?q=%22", "/search.csv?q=a&limit=1001"],
)  # fmt: skip
def test_bad_values_are_told(driss: Browser, address: str) -> None:
    answer = driss.get(address)
    assert answer.status_code == 400
    assert answer.get_json()["error"]["code"]


@pytest.mark.parametrize("path", ["/sources/none", "/stories/99", "/sections/none"])
def test_what_does_not_exist_has_no_feed(driss: Browser, path: str) -> None:
    assert driss.get(f"{path}.atom").status_code == 404


def test_an_unchanged_feed_is_not_sent_again(driss: Browser) -> None:
    answer = driss.get("/front.atom")
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    again = driss.get("/front.atom", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    other = driss.get("/front.atom?limit=1", headers={"If-None-Match": answer.headers["ETag"]})
    assert other.status_code == 200


def test_a_search_as_a_table(driss: Browser) -> None:
    answer = driss.get("/search.csv?q=السدود")
    assert answer.content_type == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert rows
    assert [row["title"] for row in rows] == titles(driss, "/search.atom?q=السدود")


@pytest.mark.parametrize("path", [*LISTS, "/topics/water"])
def test_the_page_announces_its_feeds(driss: Browser, path: str) -> None:
    page = {"/front": "/", "/search": "/search?q=السدود"}.get(path, path)
    announced = _Links(driss.get(page).text).feeds
    assert len(announced) == len(KINDS)
    for type_, address in announced.items():
        answer = driss.get(address)
        assert answer.status_code == 200, address
        assert answer.mimetype == type_


class _Links(HTMLParser):
    """Media type -> address of the feeds that a page announces."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.feeds: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "link" and values.get("rel") == "alternate" and values.get("type"):
            self.feeds[values["type"] or ""] = values["href"] or ""


def test_nothing_is_told_where_reading_is_not_public(make_app: MakeApp) -> None:
    driss = Browser(make_app(public_reading=False))
    for path in (*LISTS, "/topics/water"):
        for kind in KINDS:
            answer = driss.get(f"{path}.{kind}?q=a")
            assert answer.status_code == 401
            assert "السدود" not in answer.text

"""The search page: matches, escaped once and marked; errors; saved searches."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import quote

import pytest

from aggregator.process.analysis.search_document import build_search_document
from aggregator.process.analysis.word_features import analyze_text
from aggregator.services.ingest import index
from aggregator.services.search import saved as saved_searches
from aggregator.storage.engine import Database
from aggregator.storage.search import indexing
from tests.builders import NOW, make_entry
from tests.web.browser import Browser


@pytest.fixture(autouse=True)
def indexed(newsroom: Database) -> None:
    index.index_backlog(newsroom, pause=lambda _: None)
    index.update_vocabulary(newsroom, pause=lambda _: None)


def page(browser: Browser, address: str) -> str:
    response = browser.get(address)
    assert response.status_code == 200
    return response.text


def test_matches_are_marked_and_escaped_once(driss: Browser) -> None:
    found = page(driss, "/search?q=سدود")
    assert "امتلاء <mark>السدود</mark>" in found
    found = page(driss, "/search?q=remplis source:medias24")
    assert "Les barrages &lt;<mark>remplis</mark>&gt;" in found
    assert '<form class="search here" action="/search" role="search">' in found
    assert 'value="remplis source:medias24"' in found


def test_the_box_is_on_every_page(driss: Browser) -> None:
    assert 'role="search"' in page(driss, "/sources")


def test_without_words_it_explains_how_to_search(driss: Browser) -> None:
    for address in ("/search", "/search?q=", "/search?q=+"):
        found = page(driss, address)
        assert "كيف تبحثون" in found
        assert "مصدر:" in found
    for query in ("...", "🔥", "%25"):
        assert "ليس في البحث أي كلمة" in page(driss, f"/search?q={query}")


@pytest.mark.parametrize("query", ['"open', "(a", "a OR", "source:", "after:never", "x" * 5000])
def test_a_malformed_query_is_shown_with_the_place(driss: Browser, query: str) -> None:
    response = driss.get("/search", query_string={"q": query})
    assert response.status_code == 400
    assert 'role="alert"' in response.text
    assert "<mark>" in response.text


@pytest.mark.parametrize(
    "query", ["\x00", "'; DROP TABLE entries;--", "%", "🐪", "\ud800", "a" * 99]
)
def test_anything_else_is_a_query(driss: Browser, query: str) -> None:
    assert (
        driss.get("/search", query_string={"q": query.encode("utf-8", "replace")}).status_code
        == 200
    )


def test_partial_matches_are_below_a_line(driss: Browser) -> None:
    found = page(driss, "/search?q=سدود زلزال")
    assert "لا مقال فيه كل الكلمات" in found
    assert "<mark>السدود</mark>" in found


def test_an_unknown_source(driss: Browser) -> None:
    assert "لا يوجد مصدر باسم <bdi>nowhere</bdi>" in page(driss, "/search?q=source:nowhere سدود")


def test_orders_and_pages(driss: Browser) -> None:
    assert "Tunis" in page(driss, "/search?q=tunis&order=relevance")
    assert driss.get("/search?q=tunis&order=best").status_code == 400
    assert driss.get("/search?q=tunis&cursor=x").status_code == 400


def test_the_order_is_remembered(driss: Browser, amina: Browser) -> None:
    """In a cookie, or with the account; an address with an order overrides it for once."""
    chosen = '<button name="search_order" value="{}" aria-current="true">'
    for browser in (driss, amina):
        assert chosen.format("blend") in page(browser, "/search?q=tunis")
        there = "/search?q=tunis&muted=1"
        response = browser.post("/preferences", search_order="newest", next=there)
        assert (response.status_code, response.location) == (303, there)
        assert chosen.format("newest") in page(browser, there)
        once = page(browser, "/search?q=tunis&order=relevance")
        assert chosen.format("relevance") in once
        assert 'name="next" value="/search?q=tunis"' in once
        assert chosen.format("newest") in page(browser, "/search?q=tunis")
        assert browser.post("/preferences", search_order="oldest").status_code == 400


def test_days_are_shown_kept_and_removable(driss: Browser) -> None:
    found = page(driss, "/search?q=lang:fr&from=2026-10-01&to=2026-12-31")
    assert 'name="from" type="date" dir="ltr" value="2026-10-01"' in found
    assert "من 1 أكتوبر 2026 إلى 31 دجنبر 2026" in found
    assert 'class="chip" href="?q=lang%3Afr"' in found
    assert "<mark>" not in page(driss, "/search?q=tunis&from=2027-01-01")
    assert "منذ 1 يناير 2027" in page(driss, "/search?q=tunis&from=2027-01-01")
    swapped = page(driss, "/search?q=tunis&from=2026-12-31&to=2026-10-01")
    assert 'name="to" type="date" dir="ltr" value="2026-12-31"' in swapped


def test_what_is_shared_of_a_search_keeps_its_days(driss: Browser) -> None:
    found = driss.get("/search?q=القمح&from=2026-11-01&hl=en").text
    query = quote("القمح after:2026-11-01")
    assert f"/search?q={query}&amp;hl=en" in found.partition('data-share="')[2].partition('"')[0]
    assert f'href="/search.atom?q={query}&amp;hl=en"' in found


def test_a_saved_search_keeps_its_days_and_is_by_date(amina: Browser) -> None:
    found = page(amina, "/search?q=tunis&from=2026-10-01&to=2026-12-31")
    query = "tunis بعد:2026-10-01 قبل:2027-01-01"
    assert f'name="q" value="{query}"' in found
    saved = amina.post("/search/saved", q=query, name="Tunis")
    assert saved.location.endswith("&order=newest")
    assert "&amp;order=newest" in page(amina, "/search")


@pytest.mark.parametrize("name", ["from", "to"])
@pytest.mark.parametrize("text", ["never", "2026-13-01", "9" * 99, "<b>"])
def test_a_wrong_day_is_said(driss: Browser, name: str, text: str) -> None:
    response = driss.get("/search", query_string={"q": "tunis", name: text})
    assert response.status_code == 400
    assert "ليس هذا تاريخا" in response.text
    assert "<mark><b>" not in response.text


def test_the_chart_has_a_table_and_leads_to_its_days(newsroom: Database, driss: Browser) -> None:
    arrive(newsroom, "Tunis il y a trois jours", age=72)
    found = page(driss, "/search?q=tunis")
    days = re.findall(r'<th scope="row"><a href="([^"]+)">', found)
    assert len(days) == 2
    bars = re.findall(r'<li><a href="([^"]+)" title=', found)
    assert sorted(bars) == sorted(days)
    day = re.search(r"from=([0-9-]+)&amp;to=([0-9-]+)", days[0])
    assert day is not None
    assert day[1] == day[2]
    of_day = page(driss, "/search" + days[0].replace("&amp;", "&"))
    assert of_day.count("<article") == 1


def test_copies_are_counted_apart(driss: Browser) -> None:
    found = page(driss, "/search?q=lang:fr")
    shown = re.search(r'role="status">([^<]+)</p>', found)
    assert shown is not None
    assert (shown[1], found.count("<article")) == ("مقال واحد، نسخة مكررة واحدة", 1)


def test_followed_sources_only(driss: Browser, amina: Browser) -> None:
    assert driss.get("/search?q=tunis&in=mine").status_code == 303
    assert "لا نتائج" in page(amina, "/search?q=tunis&in=mine")
    amina.post("/sources/kapitalis/follow", on="1")
    assert "<mark>Tunis</mark>" in page(amina, "/search?q=tunis&in=mine")
    assert driss.get("/search?q=is:unread").status_code == 303


def test_saved_searches_are_their_readers_own(amina: Browser, brahim: Browser) -> None:
    saved = amina.post("/search/saved", q="سدود OR أمطار", name="  ماء  ")
    assert saved.status_code == 303
    assert "<bdi>ماء</bdi>" in page(amina, "/search")
    assert "ماء" not in page(brahim, "/search")
    assert brahim.post("/search/saved/1/delete").status_code == 404
    assert amina.post("/search/saved/1/delete").status_code == 303
    assert "<bdi>ماء</bdi>" not in page(amina, "/search")


def test_only_a_query_with_words_is_saved(
    amina: Browser, driss: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved_searches, "MAX_SAVED_SEARCHES", 3)
    assert amina.post("/search/saved", q='"open', name="").status_code == 400
    for query in (" ", "🔥", "%", "…"):
        assert amina.post("/search/saved", q=query, name="x").status_code == 400
    for number in range(saved_searches.MAX_SAVED_SEARCHES):
        assert amina.post("/search/saved", q=f"w{number}").status_code == 303
    assert amina.post("/search/saved", q="more").status_code == 400
    assert driss.post("/search/saved", q="a").status_code == 403


def arrive(newsroom: Database, title: str, age: float = 0) -> None:
    """Store one more entry of Kapitalis, published `age` hours before `NOW`."""
    with newsroom.write() as session:
        id_ = make_entry(session, 3, title, age=age, language="fr", direction="ltr")
        words = build_search_document(
            analyze_text(title),
            analyze_text(""),
            author="",
            language="fr",
            categories=(),
            has_image=False,
        )
        at = NOW - timedelta(hours=age)
        indexing.add(session, [indexing.IndexDocument(id_, 3, 3, at, "fr", words)])


@pytest.fixture
def uncached_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts of new matches are not cached."""
    monkeypatch.setattr("web.caches.ttl.TtlCache.get", lambda cache, key: None)


@pytest.mark.usefixtures("uncached_counts")
def test_new_matches_of_a_saved_search(newsroom: Database, amina: Browser) -> None:
    amina.post("/search/saved", q="tunis", name="Tunis !")
    for address in ("/mine", "/following", "/search"):
        assert re.search(r'<bdi>Tunis !</bdi></a> <b class="count"></b>', page(amina, address))
    arrive(newsroom, "Pluie à Tunis")
    for address in ("/mine", "/following", "/search"):
        assert re.search(r'<bdi>Tunis !</bdi></a> <b class="count">1</b>', page(amina, address))
    found = page(amina, "/search?q=tunis")
    assert found.count('<b class="badge">جديد</b>') == 1
    assert "تتابعون هذا البحث باسم «<bdi>Tunis !</bdi>»" in found
    assert '<b class="count">1</b>' not in page(amina, "/mine")
    assert '<b class="badge">جديد</b>' not in page(amina, "/search?q=tunis")


def test_new_matches_are_counted_once_a_minute(newsroom: Database, amina: Browser) -> None:
    amina.post("/search/saved", q="tunis", name="T")
    page(amina, "/mine")
    arrive(newsroom, "Pluie à Tunis")
    assert re.search(r'<bdi>T</bdi></a> <b class="count"></b>', page(amina, "/mine"))


def test_a_saved_search_is_renamed(amina: Browser, brahim: Browser, driss: Browser) -> None:
    amina.post("/search/saved", q="tunis", name="old")
    rename = "/search/saved/1/rename"
    assert amina.post(rename, name="  new name ", next="/following").location == "/following"
    assert "<bdi>new name</bdi>" in page(amina, "/following")
    assert amina.post(rename, name=" ").status_code == 400
    assert brahim.post(rename, name="mine").status_code == 404
    assert driss.post(rename, name="mine").status_code == 403
    assert amina.post("/search/saved/1/delete", next="/following").location == "/following"
    assert "new name" not in page(amina, "/following").split('id="more"')[0].split("status")[-1]


def test_muted_sources_are_left_out_unless_asked_for(amina: Browser, driss: Browser) -> None:
    assert "<mark>Tunis</mark>" in page(amina, "/search?q=tunis")
    amina.post("/sources/kapitalis/mute", on="1")
    left_out = page(amina, "/search?q=tunis")
    assert "<mark>Tunis</mark>" not in left_out
    assert "استُبعد مصدر مكتوم" in left_out
    assert "muted=1" in left_out
    included = page(amina, "/search?q=tunis&muted=1")
    assert "<mark>Tunis</mark>" in included
    assert "تشمل النتائج مصدرا مكتوما" in included
    by_name = page(amina, "/search?q=tunis source:kapitalis")
    assert "<mark>Tunis</mark>" in by_name
    assert "مكتوم" not in by_name
    assert "<mark>Tunis</mark>" in page(driss, "/search?q=tunis")

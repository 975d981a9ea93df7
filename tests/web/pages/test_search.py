"""The search page: what is found, marked once escaped; errors in words; saved searches."""

from __future__ import annotations

import pytest

from aggregator.services import indexing, saved_searches
from aggregator.storage.engine import Database
from tests.web.browser import Browser


@pytest.fixture(autouse=True)
def indexed(newsroom: Database) -> None:
    indexing.index_older(newsroom, pause=lambda _: None)
    indexing.learn_words(newsroom, pause=lambda _: None)


def page(browser: Browser, address: str) -> str:
    response = browser.get(address)
    assert response.status_code == 200
    return response.text


def test_what_was_looked_for_is_marked_and_escaped_once(driss: Browser) -> None:
    found = page(driss, "/search?q=سدود")
    assert "امتلاء <mark>السدود</mark>" in found
    found = page(driss, "/search?q=remplis source:medias24")
    assert "Les barrages &lt;<mark>remplis</mark>&gt;" in found
    assert '<form class="search" action="/search" role="search">' in found
    assert 'value="remplis source:medias24"' in found


def test_the_box_is_on_every_page(driss: Browser) -> None:
    assert 'role="search"' in page(driss, "/sources")


def test_without_words_it_says_how_to_search(driss: Browser) -> None:
    for address in ("/search", "/search?q=", "/search?q=+"):
        found = page(driss, address)
        assert "كيف تبحث" in found
        assert "مصدر:" in found
    assert "لا توجد في البحث كلمة" in page(driss, "/search?q=...")


@pytest.mark.parametrize("query", ['"open', "(a", "a OR", "source:", "after:never", "x" * 5000])
def test_what_cannot_be_read_is_told_with_its_place(driss: Browser, query: str) -> None:
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


def test_partial_matches_stand_below_a_line(driss: Browser) -> None:
    found = page(driss, "/search?q=سدود زلزال")
    assert "لا مقال فيه الكلمات كلها" in found
    assert "<mark>السدود</mark>" in found


def test_a_source_that_nobody_knows(driss: Browser) -> None:
    assert "لا مصدر اسمه <bdi>nowhere</bdi>" in page(driss, "/search?q=source:nowhere سدود")


def test_orders_and_pages(driss: Browser) -> None:
    assert "Tunis" in page(driss, "/search?q=tunis&order=relevance")
    assert driss.get("/search?q=tunis&order=best").status_code == 400
    assert driss.get("/search?q=tunis&cursor=x").status_code == 400


def test_what_a_reader_follows(driss: Browser, amina: Browser) -> None:
    assert driss.get("/search?q=tunis&in=mine").status_code == 303
    assert "لم نجد شيئا" in page(amina, "/search?q=tunis&in=mine")
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
    monkeypatch.setattr(saved_searches, "MOST", 3)
    assert amina.post("/search/saved", q='"open', name="").status_code == 400
    assert amina.post("/search/saved", q=" ", name="x").status_code == 400
    for number in range(saved_searches.MOST):
        assert amina.post("/search/saved", q=f"w{number}").status_code == 303
    assert amina.post("/search/saved", q="more").status_code == 400
    assert driss.post("/search/saved", q="a").status_code == 403

"""GET /api/v1/search and /api/v1/entries?q=."""

from __future__ import annotations

import pytest

from aggregator.services.ingest import index
from aggregator.storage.engine import Database
from tests.web.browser import Browser


@pytest.fixture(autouse=True)
def indexed(newsroom: Database) -> None:
    index.index_backlog(newsroom, pause=lambda _: None)


def test_entries_with_highlights(driss: Browser) -> None:
    found = driss.get("/api/v1/search?q=remplis").get_json()
    (entry,) = found["entries"]
    assert entry["title"] == "Les barrages <remplis>"
    assert entry["highlights"]["title"] == "Les barrages &lt;<mark>remplis</mark>&gt;"
    assert entry["source"]["slug"] == "medias24"
    assert (found["next_cursor"], found["partial"], found["suggestion"]) == (None, [], None)


def test_copies_and_filters(driss: Browser) -> None:
    def titles(query: str) -> list[str]:
        found = driss.get(f"/api/v1/search?{query}").get_json()
        return [entry["title"] for entry in found["entries"]]

    assert titles("q=lang:fr") == ["Tunis", "Les barrages <remplis>"]
    assert titles("q=lang:fr&collapse=1") == ["Tunis"]
    assert titles("q=tunis&source=kapitalis&country=TN&lang=fr&feed=3") == ["Tunis"]
    assert titles("q=tunis&feed=1") == []
    assert titles("q=lang:fr&limit=1") == ["Tunis"]


def test_pages(driss: Browser) -> None:
    first = driss.get("/api/v1/search?q=lang:fr&limit=1").get_json()
    second = driss.get(f"/api/v1/search?q=lang:fr&cursor={first['next_cursor']}").get_json()
    assert [entry["id"] for entry in second["entries"]] == [2]


def test_partial_matches(driss: Browser) -> None:
    found = driss.get("/api/v1/search?q=tunis barrages&order=relevance").get_json()
    assert found["entries"] == []
    assert {entry["title"] for entry in found["partial"]} == {"Tunis", "Les barrages <remplis>"}


def test_entries_with_a_query(driss: Browser) -> None:
    found = driss.get("/api/v1/entries?q=سدود").get_json()
    assert [entry["title"] for entry in found["entries"]] == ["امتلاء السدود"]
    assert "highlights" not in found["entries"][0]
    assert len(driss.get("/api/v1/entries?q=").get_json()["entries"]) == 3


@pytest.mark.parametrize("query", ["🔥", "%25", "؟", "...", "🔥 lang:ar", "ـ", '""', "-"])
def test_a_query_without_words_finds_nothing(driss: Browser, query: str) -> None:
    for address in ("entries", "search"):
        found = driss.get(f"/api/v1/{address}?q={query}")
        assert (found.status_code, found.get_json()["entries"]) == (200, [])


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "bad_request"),
        ("q=", "bad_request"),
        ('q="open', "query_quote"),
        ("q=a&order=x", "bad_request"),
        ("q=a&source=nowhere", "bad_request"),
        ("q=a&x=1", "bad_request"),
        ("q=a&cursor=x", "bad_request"),
    ],
)
def test_invalid_parameters(driss: Browser, query: str, code: str) -> None:
    response = driss.get(f"/api/v1/search?{query}")
    assert response.status_code == 400
    assert response.get_json()["error"]["code"] == code


def test_personal_filters_need_a_reader(driss: Browser, amina: Browser) -> None:
    assert driss.get("/api/v1/search?q=is:unread").status_code == 401
    assert driss.get("/api/v1/search?q=a&unread=1").status_code == 401
    assert len(amina.get("/api/v1/search?q=is:unread").get_json()["entries"]) == 3

"""A search parses its query once, at the edge, however many steps look into it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from aggregator.query import parser
from aggregator.query.lexer import Token
from aggregator.services.ingest import index
from aggregator.storage.engine import Database
from tests.builders import make_entry
from tests.web.browser import Browser


@pytest.fixture
def parsed(newsroom: Database, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every query parsed, in order; the newsroom is indexed."""
    index.index_backlog(newsroom, pause=lambda _: None)
    index.update_vocabulary(newsroom, pause=lambda _: None)
    queries: list[str] = []
    tokenize = parser.tokenize

    def record(query: str) -> Iterator[Token]:
        queries.append(query)
        return tokenize(query)

    monkeypatch.setattr(parser, "tokenize", record)
    return queries


@pytest.mark.parametrize(
    "query",
    [
        "tunis",
        "tunis&order=relevance",
        "tunis barrages&order=relevance",
        "tuniz",  # with a suggestion
        "source:kapitalis tunis",
        "is:starred tunis",
        "tunis&in=mine",
    ],
)
def test_the_search_page(amina: Browser, parsed: list[str], query: str) -> None:
    amina.post("/sources/kapitalis/mute", on="1")
    assert amina.get(f"/search?q={query}").status_code == 200
    assert parsed == [query.partition("&")[0]]


@pytest.mark.parametrize("path", ["search", "entries"])
def test_the_api(amina: Browser, parsed: list[str], path: str) -> None:
    address = f"/api/v1/{path}?q=tunis&source=kapitalis&collapse=1"
    assert amina.get(address).status_code == 200
    assert parsed == ["tunis"]


def test_new_matches_of_saved_searches(
    newsroom: Database, amina: Browser, parsed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.caches.ttl.TtlCache.get", lambda cache, key: None)
    assert amina.post("/search/saved", q="tunis").status_code == 303
    assert parsed == ["tunis"]
    with newsroom.write() as session:
        make_entry(session, 3, "Pluie", age=0)
    assert amina.get("/following").status_code == 200
    assert parsed == ["tunis", "tunis"]

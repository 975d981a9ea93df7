"""Prefixes that very many entries have."""

from __future__ import annotations

from datetime import UTC

import pytest

from aggregator.query import parse
from aggregator.services.ingest import index
from aggregator.services.search import search
from aggregator.services.search.request import SearchContext, SearchRequest
from aggregator.storage.engine import Database
from aggregator.storage.search import frequencies, prefix_expansion
from aggregator.storage.search.expressions import And, ExactPhrase, Not, Or, PrefixTerm, StemPhrase
from aggregator.storage.search.prefix_expansion import expand_prefixes
from aggregator.types import SearchOrder
from tests.builders import NOW, an_entry, make_feed, make_source, store_entries

TITLES = ("انتخابات اليوم", "والانتخابي الجديد", "خبر بلا شيء", "المنتخب فاز", "بالانتخاب المبكر")


@pytest.fixture
def filled(database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """Three of five titles have a word with the prefix انتخاب, and one text."""
    frequencies.clear_cache()
    with database.write() as session:
        feed = make_feed(session, make_source(session))
        for number, title in enumerate(TITLES):
            text = "<p>قبل الانتخابات</p>" if number == 3 else "<p>نص</p>"
            store_entries(session, feed, an_entry(title, guid=str(number), content=text))
    index.update_vocabulary(database, pause=lambda _: None)
    monkeypatch.setattr(prefix_expansion, "EXPANSION_THRESHOLD", 1)
    return database


def test_a_common_prefix_is_expanded(filled: Database) -> None:
    prefix = PrefixTerm("انتخاب")
    with filled.read() as session:
        found = expand_prefixes(session, prefix)
        assert isinstance(found, PrefixTerm)
        assert StemPhrase(("انتخاب",)) in found.expansions
        assert found.entries >= 3
        assert expand_prefixes(session, PrefixTerm("زلزال")) == PrefixTerm("زلزال")
        title = expand_prefixes(session, PrefixTerm("انتخاب", title_only=True))
        assert isinstance(title, PrefixTerm)
        assert all(each.title_only for each in title.expansions)
        whole = And((ExactPhrase(("خبر",)), Or((prefix, Not(prefix)))))
        assert expand_prefixes(session, whole) == And(
            (ExactPhrase(("خبر",)), Or((found, Not(found))))
        )


@pytest.mark.parametrize("order", ["newest", "relevance"])
@pytest.mark.parametrize("query", ["انتخاب*", "title:انتخاب*", "انتخاب* -اليوم", "انتخاب* المبكر"])
def test_an_expanded_prefix_matches_the_same(
    filled: Database, monkeypatch: pytest.MonkeyPatch, order: SearchOrder, query: str
) -> None:
    def ask() -> list[str]:
        with filled.read() as session:
            page = search.search(
                session, SearchContext(None, NOW, UTC), SearchRequest(parse(query), order=order)
            )
        return sorted(hit.entry.title for hit in page.hits)

    expanded = ask()
    assert expanded
    monkeypatch.setattr(prefix_expansion, "EXPANSION_THRESHOLD", 10**9)
    assert expanded == ask()


def test_the_title_counts_more(filled: Database) -> None:
    with filled.read() as session:
        page = search.search(
            session,
            SearchContext(None, NOW, UTC),
            SearchRequest(parse("انتخاب*"), order="relevance"),
        )
    assert page.hits[-1].entry.title == "المنتخب فاز"

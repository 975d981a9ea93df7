"""Beginnings that very many entries have."""

from __future__ import annotations

from datetime import UTC

import pytest

from aggregator.services.ingest import index
from aggregator.services.search import search
from aggregator.services.search.search import Seeker, Wish
from aggregator.storage.engine import Database
from aggregator.storage.search import frequencies, prefix_expansion
from aggregator.storage.search.expressions import And, Begins, Exact, Not, Or, Stems
from aggregator.storage.search.prefix_expansion import spelled_out
from aggregator.types import SearchOrder
from tests.builders import NOW, an_entry, make_feed, make_source, store_entries

TITLES = ("انتخابات اليوم", "والانتخابي الجديد", "خبر بلا شيء", "المنتخب فاز", "بالانتخاب المبكر")


@pytest.fixture
def filled(database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """Three of five entries have a word that begins with انتخاب, one more in its text."""
    frequencies.forget()
    with database.write() as session:
        feed = make_feed(session, make_source(session))
        for number, title in enumerate(TITLES):
            text = "<p>قبل الانتخابات</p>" if number == 3 else "<p>نص</p>"
            store_entries(session, feed, an_entry(title, guid=str(number), content=text))
    index.learn_words(database, pause=lambda _: None)
    monkeypatch.setattr(prefix_expansion, "MANY", 1)
    return database


def test_they_are_spelled_out(filled: Database) -> None:
    begins = Begins("انتخاب")
    with filled.read() as session:
        found = spelled_out(session, begins)
        assert isinstance(found, Begins)
        assert Stems(("انتخاب",)) in found.among
        assert found.entries >= 3
        assert spelled_out(session, Begins("زلزال")) == Begins("زلزال")
        title = spelled_out(session, Begins("انتخاب", title_only=True))
        assert isinstance(title, Begins)
        assert all(each.title_only for each in title.among)
        whole = And((Exact(("خبر",)), Or((begins, Not(begins)))))
        assert spelled_out(session, whole) == And((Exact(("خبر",)), Or((found, Not(found)))))


@pytest.mark.parametrize("order", ["newest", "relevance"])
@pytest.mark.parametrize("query", ["انتخاب*", "title:انتخاب*", "انتخاب* -اليوم", "انتخاب* المبكر"])
def test_they_find_the_same(
    filled: Database, monkeypatch: pytest.MonkeyPatch, order: SearchOrder, query: str
) -> None:
    def ask() -> list[str]:
        with filled.read() as session:
            page = search.search(session, Seeker(None, NOW, UTC), Wish(query, order))
        return sorted(hit.entry.title for hit in page.hits)

    spelled = ask()
    assert spelled
    monkeypatch.setattr(prefix_expansion, "MANY", 10**9)
    assert spelled == ask()


def test_the_title_counts_more(filled: Database) -> None:
    with filled.read() as session:
        page = search.search(session, Seeker(None, NOW, UTC), Wish("انتخاب*", "relevance"))
    assert page.hits[-1].entry.title == "المنتخب فاز"

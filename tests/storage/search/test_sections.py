"""Counting by section gives what a search within each section finds."""

from __future__ import annotations

import random
from datetime import UTC

import pytest

from aggregator.query import And, Field, Tree, parse
from aggregator.storage.engine import Database
from aggregator.storage.search.compile import QueryContext, compile_query
from aggregator.storage.search.counts import count_matches
from aggregator.storage.search.index_query import IndexQuery
from aggregator.storage.search.sections import count_by_section
from tests.builders import NOW, an_entry, make_feed, make_source, make_user, store_entries

# Search does not tell "Sport" from "sport"; "!" has no letters, as "" has none.
FEEDS = ("sport", "Sport", "society", "مجتمع", "", "!")
CATEGORIES = ("sport", "Society", "مُجتمع", "culture")
SECTIONS = ("sport", "Sport", "society", "مجتمع", "!", "nobody's")


@pytest.fixture
def archive(database: Database) -> Database:
    """Entries with up to three categories, those of other feeds' sections among them."""
    dice = random.Random(18)
    with database.write() as session:
        source = make_source(session)
        for number, section in enumerate(FEEDS):
            feed = make_feed(session, source, f"https://h.example/{number}", section=section)
            entries = [
                an_entry(
                    f"السدود {dice.choice(('ماء', 'مطر'))}",
                    f"https://h.example/{number}/{each}",
                    categories=tuple(dice.sample(CATEGORIES, dice.randrange(4))),
                )
                for each in range(12)
            ]
            store_entries(session, feed, *entries)
    return database


@pytest.mark.parametrize("query", ["lang:ar", "السدود", "مطر", "NOT مطر", "is:unread", "lang:fr"])
def test_each_section_has_what_a_search_finds(archive: Database, query: str) -> None:
    with archive.write() as session:
        context = QueryContext(make_user(session).id, NOW.date(), UTC)

        def compiled(*trees: Tree) -> IndexQuery:
            return compile_query(session, And(trees), context).index_query

        asked = parse(query)
        counted = count_by_section(session, compiled(asked), SECTIONS)
        for section, count in counted.items():
            found = compiled(asked, Field("section", section))
            assert count_matches(session, found) == count, section
    assert any(counted.values()) == (query != "lang:fr")
    assert counted["sport"] == counted["Sport"]
    assert counted["nobody's"] == 0

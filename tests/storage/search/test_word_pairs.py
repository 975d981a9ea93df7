"""Pairs of frequent words: PostgreSQL's index narrows a phrase down to the entries that have it."""

from __future__ import annotations

import hashlib

import pytest
from sqlalchemy import text, update

from aggregator.process.analysis.search_document import INDEX_VERSION
from aggregator.storage.engine import Database
from aggregator.storage.models import SearchState
from aggregator.storage.search import lexemes
from aggregator.storage.search.backends import backend_of
from aggregator.storage.search.expressions import (
    And,
    ExactPhrase,
    Expression,
    Not,
    Or,
    StemPhrase,
    conjunction,
)
from aggregator.storage.search.index_query import IndexQuery, no_early_stop
from aggregator.storage.search.word_pairs import pair_facets, require_pairs
from aggregator.text.frequent_words import FREQUENT_WORDS
from aggregator.text.normalize import fold_word
from aggregator.text.tokens import folded_words
from tests.builders import an_entry, make_feed, make_source, store_entries

# Four frequent words and a rare one, folded.
MINISTER, MOROCCO, TODAY, SAID = map(fold_word, ("وزير", "المغرب", "اليوم", "قال"))
RARE = "زعفران"
PHRASE = ExactPhrase((MINISTER, MOROCCO))


def test_frequent_words_are_folded_and_whole() -> None:
    assert {MINISTER, MOROCCO, TODAY, SAID}.issubset(FREQUENT_WORDS)
    assert RARE not in FREQUENT_WORDS
    assert [folded_words(word) for word in FREQUENT_WORDS] == [[word] for word in FREQUENT_WORDS]


def test_pairs_are_of_neighbours_that_are_both_frequent() -> None:
    assert len(list(pair_facets([MINISTER, MOROCCO, TODAY]))) == 2
    assert list(pair_facets([MINISTER, RARE, MOROCCO])) == []
    assert list(pair_facets([MINISTER])) == []
    (there,), (back,) = pair_facets([MINISTER, TODAY]), pair_facets([TODAY, MINISTER])
    assert there != back


@pytest.fixture
def entries(database: Database) -> dict[str, int]:
    """Ids of entries by title: the words next to each other, apart, the other way round."""
    titles = [
        f"{MINISTER} {MOROCCO} {TODAY}",
        f"{MOROCCO} {MINISTER}",
        f"{MINISTER} {RARE} {MOROCCO}",
    ]
    texts = [f"{SAID} {RARE}"] * 2 + [f"{SAID} {MINISTER} {MOROCCO}"]
    with database.write() as session:
        feed = make_feed(session, make_source(session))
        ids = store_entries(
            session,
            feed,
            *(an_entry(each, text=body) for each, body in zip(titles, texts, strict=True)),
        )
    return dict(zip(("together", "reversed", "in text"), ids, strict=True))


def found(database: Database, expression: Expression) -> set[int]:
    with database.read() as session:
        query = IndexQuery(require_pairs(session, expression))
        batch = backend_of(session).newest(session, query, no_early_stop(10))
    return {match.entry_id for match in batch.found}


def test_phrases_match_the_same_entries_with_pairs(
    database: Database, entries: dict[str, int]
) -> None:
    both = {entries["together"], entries["in text"]}
    assert found(database, PHRASE) == both
    assert found(database, ExactPhrase((MINISTER, MOROCCO), title_only=True)) == {
        entries["together"]
    }
    assert found(database, ExactPhrase((MINISTER, MOROCCO, TODAY))) == {entries["together"]}
    assert found(database, ExactPhrase((MINISTER, RARE, MOROCCO))) == {entries["in text"]}
    said = StemPhrase((SAID,))
    assert found(database, conjunction(said, Not(PHRASE))) == {entries["reversed"]}
    assert found(database, Or((PHRASE, ExactPhrase((MOROCCO, MINISTER))))) == set(entries.values())


def test_no_phrase_runs_from_the_title_into_the_text(
    database: Database, entries: dict[str, int]
) -> None:
    assert found(database, ExactPhrase((TODAY, SAID))) == set()


def test_the_index_returns_only_entries_with_the_pair(
    postgresql_database: Database,
) -> None:
    """Without it, every entry with both words would be fetched and checked."""
    with postgresql_database.write() as session:
        feed = make_feed(session, make_source(session))
        together = an_entry(f"{MINISTER} {MOROCCO}", guid="together")
        apart = (an_entry(f"{MOROCCO} خبر {n} {MINISTER}", guid=str(n)) for n in range(20))
        store_entries(session, feed, together, *apart)
    with postgresql_database.read() as session:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        explain = text(
            "EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) SELECT doc FROM search_index"
            " WHERE terms @@ CAST(:query AS tsquery)"
        )
        fetched = {}
        for paired, expression in ((False, PHRASE), (True, require_pairs(session, PHRASE))):
            query = {"query": lexemes.tsquery(expression)}
            (plan,) = session.execute(explain, query).scalar_one()
            fetched[paired] = plan["Plan"]["Plans"][0]["Actual Rows"]
    assert fetched == {False: 21, True: 1}


@pytest.mark.parametrize("state", [{"version": INDEX_VERSION - 1}, {"next_id": 1}])
def test_pairs_are_not_required_of_an_index_that_may_lack_them(
    postgresql_database: Database, state: dict[str, int]
) -> None:
    with postgresql_database.write() as session:
        feed = make_feed(session, make_source(session))
        store_entries(session, feed, an_entry(f"{MINISTER} {MOROCCO}"))
        assert require_pairs(session, And((PHRASE,))) != And((PHRASE,))
        session.execute(update(SearchState).values(**state))
        assert require_pairs(session, And((PHRASE,))) == And((PHRASE,))


def test_the_list_is_part_of_the_index_version() -> None:
    """Facets hold numbers of words in it: with another list, phrases would miss entries.

    Raise INDEX_VERSION with any change of it.
    """
    digest = hashlib.sha256(" ".join(FREQUENT_WORDS).encode()).hexdigest()
    assert digest.startswith("5aee7815dbf0")

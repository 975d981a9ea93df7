"""Several frequent words on SQLite: scored by titles, not by bm25."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from aggregator.storage.engine import Database
from aggregator.storage.search import sqlite
from aggregator.storage.search.bm25 import CorpusStats
from aggregator.storage.search.expressions import (
    And,
    ExactPhrase,
    Expression,
    Not,
    Or,
    PrefixTerm,
    StemPhrase,
    Term,
    conjunction,
)
from aggregator.storage.search.index_query import IndexQuery, Match, no_early_stop
from aggregator.storage.search.title_scores import score_by_titles
from aggregator.text.stems import stem
from tests.builders import an_entry, make_entry, make_feed, make_source, store_entries

DAMS, RAIN, NEWS = (StemPhrase((stem(each),)) for each in ("سدود", "مطر", "خبر"))
ALL = conjunction(DAMS, RAIN, NEWS)
TITLES = ["خبر", "خبر سدود مطر", "خبر سدود", "مطر"]
BODY = "سدود مطر خبر"


@pytest.fixture
def stored(sqlite_database: Database) -> dict[int, str]:
    """Titles of entries by id, oldest first; all of them have the three words in their text."""
    with sqlite_database.write() as session:
        feed = make_feed(session, make_source(session))
        made = [an_entry(title, guid=title, text=BODY) for title in TITLES]
        ids = store_entries(session, feed, *made)
    return dict(zip(ids, TITLES, strict=True))


@pytest.fixture
def no_counting(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in an archive whose words are too frequent to be counted."""
    monkeypatch.setattr(sqlite, "_MAX_COUNTED", 0)


def ranked(session: Session, expression: Expression) -> list[int]:
    found = sqlite.newest_scored(session, IndexQuery(expression), no_early_stop(10)).found
    return [match.entry_id for match in sorted(found, key=lambda match: -match.score)]


def test_the_most_words_in_the_title_come_first(
    sqlite_database: Database, stored: dict[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with sqlite_database.read() as session:
        by_bm25 = ranked(session, ALL)
        monkeypatch.setattr(sqlite, "_MAX_COUNTED", 0)
        by_titles = ranked(session, ALL)
    assert set(by_titles) == set(by_bm25) == set(stored)
    assert stored[by_titles[0]] == stored[by_bm25[0]] == "خبر سدود مطر"
    assert stored[by_titles[1]] == "خبر سدود"


@pytest.mark.usefixtures("no_counting")
def test_alternatives_and_two_words_are_counted(
    sqlite_database: Database, stored: dict[int, str]
) -> None:
    """Not every match has all terms then; two terms never take long."""
    with sqlite_database.read() as session:
        for expression in (conjunction(DAMS, RAIN), And((DAMS, Or((RAIN, NEWS))))):
            query = IndexQuery(expression)
            assert sqlite._frequencies_beyond_counting(session, query) == {}
        query = IndexQuery(conjunction(ALL, Not(StemPhrase(("فيض",)))))
        assert set(sqlite._frequencies_beyond_counting(session, query)) == {DAMS, RAIN, NEWS}


def test_frequencies_are_estimated_from_the_newest(
    sqlite_database: Database, stored: dict[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "_MAX_COUNTED", 4)
    monkeypatch.setattr(sqlite, "_SAMPLE", 2)
    with sqlite_database.read() as session:
        found = sqlite._frequencies_beyond_counting(session, IndexQuery(ALL))
    assert found == {DAMS: 4, RAIN: 4, NEWS: 4}


@pytest.mark.parametrize(
    ("term", "title"),
    [
        (DAMS, "السدود"),
        (StemPhrase((stem("خبر"), stem("سدود"))), "وخبر السدود"),
        (ExactPhrase(("خبر", "سدود")), "هذا خبر سدود"),
        (PrefixTerm("سد"), "السدود"),
    ],
)
def test_a_term_in_the_title(sqlite_database: Database, term: Term, title: str) -> None:
    corpus = CorpusStats(1000, 100.0)
    with sqlite_database.write() as session:
        feed = make_feed(session, make_source(session))
        ids = [make_entry(session, feed, each) for each in (title, "سدود خبر", "أمطار")]
        matches = [Match(number, id_) for number, id_ in enumerate(ids)]
        scores = [match.score for match in score_by_titles(session, matches, {term: 100}, corpus)]
    assert scores[0] > scores[2] > 0
    assert (scores[1] > scores[2]) == (len(getattr(term, "tokens", ["one"])) == 1)

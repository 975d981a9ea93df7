"""Ranking by title similarity."""

from __future__ import annotations

from aggregator.storage.engine import Database
from aggregator.storage.search.expressions import StemPhrase
from aggregator.storage.search.index_query import Match
from aggregator.storage.search.title_grams import boost_by_title, ngrams, similarity
from aggregator.text.stems import stem
from tests.builders import make_entry, make_feed, make_source


def test_runs_of_four_letters() -> None:
    assert ngrams(["ابتدائي", "في"]) == {"ابتد", "بتدا", "تدائ", "دائي", "في"}
    assert similarity(ngrams(["سدود"]), "") == 0
    assert similarity(frozenset(), "سدود") == 0
    assert similarity(ngrams([stem("سدود")]), "السدود") == 1
    assert 0 < similarity(ngrams([stem("سدود"), "مطر"]), "السدود تمتلئ") < 1


def test_the_more_similar_title_comes_first(database: Database) -> None:
    with database.write() as session:
        feed = make_feed(session, make_source(session))
        far = make_entry(session, feed, "أخبار الرياضة")
        near = make_entry(session, feed, "إصلاح التعليم الابتدائي")
        wanted = [StemPhrase((each,)) for each in ("اصلاح", "تعليم", "ابتداءيه")]
        found = [Match(2, far, 1.1), Match(1, near, 1.0), Match(3, 99, 0.5)]
        assert [each.entry_id for each in boost_by_title(session, wanted, found)] == [near, far, 99]

"""Titles that say the same in other words."""

from __future__ import annotations

from aggregator.storage.engine import Database
from aggregator.storage.search.expressions import Stems
from aggregator.storage.search.index_query import Found
from aggregator.storage.search.title_grams import lift, likeness, runs
from tests.builders import make_entry, make_feed, make_source


def test_runs_of_four_letters() -> None:
    assert runs(["ابتدائي", "في"]) == {"ابتد", "بتدا", "تدائ", "دائي", "في"}
    assert likeness(runs(["سدود"]), "") == 0
    assert likeness(frozenset(), "سدود") == 0
    assert likeness(runs(["سدود"]), "السدود") == 1
    assert 0 < likeness(runs(["سدود", "مطر"]), "السدود تمتلئ") < 1


def test_the_nearer_title_comes_first(database: Database) -> None:
    with database.write() as session:
        feed = make_feed(session, make_source(session))
        far = make_entry(session, feed, "أخبار الرياضة")
        near = make_entry(session, feed, "إصلاح التعليم الابتدائي")
        wanted = [Stems((each,)) for each in ("اصلاح", "تعليم", "ابتداءيه")]
        found = [Found(2, far, 1.1), Found(1, near, 1.0), Found(3, 99, 0.5)]
        assert [each.entry_id for each in lift(session, wanted, found)] == [near, far, 99]

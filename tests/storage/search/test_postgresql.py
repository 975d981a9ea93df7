"""Frequent words on PostgreSQL: windows of days, and counts from its statistics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from aggregator.storage.engine import Database
from aggregator.storage.search import frequencies, postgresql
from aggregator.storage.search.expressions import StemPhrase, conjunction
from aggregator.storage.search.index_query import IndexQuery, Limits, Match, no_early_stop
from aggregator.text.stems import stem
from tests.builders import NOW, an_entry, make_feed, make_source, store_entries

FREQUENT, RARE = StemPhrase(("مغرب",)), StemPhrase(("زلزال",))


@pytest.fixture
def analysed(postgresql_database: Database) -> Iterator[Database]:
    """Sixty entries, one per day, with statistics; only the oldest has the rare word."""
    with postgresql_database.write() as session:
        feed = make_feed(session, make_source(session))
        for age in range(60):
            title = f"خبر من المغرب {'زلزال' if age == 59 else ''}"
            published_at = NOW - timedelta(days=age, hours=1)
            store_entries(session, feed, an_entry(title, guid=str(age), published_at=published_at))
        session.execute(text("ANALYZE search_index"))
    frequencies.clear_cache()
    yield postgresql_database
    frequencies.clear_cache()


@pytest.mark.parametrize("window", [0, 1, 20, 1000])
def test_the_newest_of_a_frequent_word(
    analysed: Database, monkeypatch: pytest.MonkeyPatch, window: int
) -> None:
    """Whatever the first window."""
    monkeypatch.setattr(postgresql, "first_window", lambda *_: window)

    def newest(query: IndexQuery, limit: int) -> Sequence[Match]:
        return postgresql.newest(session, query, no_early_stop(limit)).found

    with analysed.read() as session:
        assert frequencies.estimate(session, FREQUENT, FREQUENT).found == 1.0
        whole = newest(IndexQuery(FREQUENT), 100)
        assert [each.entry_id for each in whole] == list(range(1, 61))
        for limit in (1, 7, 60):
            assert newest(IndexQuery(FREQUENT), limit) == whole[:limit]
        assert newest(IndexQuery(FREQUENT, end=whole[9].doc), 5) == whole[10:15]
        assert newest(IndexQuery(FREQUENT, start=whole[4].doc), 50) == whole[:5]


def test_a_slow_search_stops_at_enough(analysed: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "first_window", lambda *_: 10)
    with analysed.read() as session:
        some = postgresql.newest(session, IndexQuery(FREQUENT), Limits(50, 3, 3))
        assert 3 <= len(some.found) < 50
        assert [each.entry_id for each in some.found] == list(range(1, len(some.found) + 1))
        assert some.rest is not None
        assert some.rest <= some.found[-1].doc
        older = postgresql.newest(session, IndexQuery(FREQUENT, end=some.rest), no_early_stop(100))
        assert [each.entry_id for each in older.found] == list(range(len(some.found) + 1, 61))
        assert older.rest is None


def test_a_frequent_word_beside_a_rare_one(analysed: Database) -> None:
    with analysed.read() as session:
        found = postgresql.newest(
            session, IndexQuery(conjunction(FREQUENT, RARE)), no_early_stop(10)
        ).found
        assert [each.entry_id for each in found] == [60]
        counts = postgresql.document_counts(session, [FREQUENT, RARE], 1000)
    assert counts == [60, 1]


@contextmanager
def plans(session: Session) -> Iterator[list[str]]:
    """The statements executed in the block that count documents."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "count(*)" in statement or statement.startswith("EXPLAIN"):
            seen.append(statement.split(maxsplit=1)[0])

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def unlisted(analysed: Database) -> StemPhrase:
    """A word of one entry that arrived after the statistics were made."""
    with analysed.write() as session:
        store_entries(session, 1, an_entry("خبر فيضان", guid="late"))
    return StemPhrase((stem("فيضان"),))


def test_unlisted_words_are_counted_in_the_index(analysed: Database, unlisted: StemPhrase) -> None:
    """No document is fetched for it, unless the index is too small to be used."""
    with analysed.read() as session:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        with plans(session) as counting:
            assert postgresql.document_counts(session, [FREQUENT, unlisted], 1000) == [61, 1]
        assert counting == ["EXPLAIN"]
    with analysed.read() as session:
        session.execute(text("SET LOCAL enable_bitmapscan = off"))
        with plans(session) as counting:
            assert postgresql.document_counts(session, [unlisted], 1000) == [1]
        assert counting == ["EXPLAIN", "SELECT"]


def test_whether_a_word_occurs(analysed: Database, unlisted: StemPhrase) -> None:
    """A common word is known from the statistics; phrases are checked."""
    absent = StemPhrase(("اعصار",))
    reversed_phrase = StemPhrase((*RARE.tokens, *FREQUENT.tokens))
    with analysed.read() as session, plans(session) as counting:
        assert postgresql.document_counts(session, [FREQUENT], 1) == [2]
        assert counting == []
        counts = postgresql.document_counts(session, [unlisted, absent, reversed_phrase], 1)
        assert counts == [1, 0, 0]
        assert counting == ["SELECT"] * 3

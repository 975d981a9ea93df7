"""Frequent words on PostgreSQL: the newest by their days, and numbers from its statistics."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from aggregator.storage.engine import Database
from aggregator.storage.search import frequencies, postgresql
from aggregator.storage.search.asked import Asked
from aggregator.storage.search.expressions import Stems, both
from tests.builders import NOW, an_entry, make_feed, make_source, store_entries

FREQUENT, RARE = Stems(("مغرب",)), Stems(("زلزال",))


@pytest.fixture
def analysed(postgresql_database: Database) -> Iterator[Database]:
    """Sixty entries, one a day, with statistics; the oldest has a word of its own."""
    with postgresql_database.write() as session:
        feed = make_feed(session, make_source(session))
        for age in range(60):
            title = f"خبر من المغرب {'زلزال' if age == 59 else ''}"
            published_at = NOW - timedelta(days=age, hours=1)
            store_entries(session, feed, an_entry(title, guid=str(age), published_at=published_at))
        session.execute(text("ANALYZE search_index"))
    frequencies.forget()
    yield postgresql_database
    frequencies.forget()


def test_the_newest_of_a_frequent_word(analysed: Database) -> None:
    with analysed.read() as session:
        assert frequencies.share_of(session, FREQUENT) == 1.0
        whole = postgresql.newest(session, Asked(FREQUENT), 100)
        assert [each.entry_id for each in whole] == list(range(1, 61))
        for limit in (1, 7, 60):
            assert postgresql.newest(session, Asked(FREQUENT), limit) == whole[:limit]
        after = Asked(FREQUENT, end=whole[9].doc)
        assert postgresql.newest(session, after, 5) == whole[10:15]
        within = Asked(FREQUENT, start=whole[4].doc)
        assert postgresql.newest(session, within, 50) == whole[:5]


def test_a_frequent_word_beside_a_rare_one(analysed: Database) -> None:
    with analysed.read() as session:
        found = postgresql.newest(session, Asked(both(FREQUENT, RARE)), 10)
        assert [each.entry_id for each in found] == [60]
        counts = postgresql.document_counts(session, [FREQUENT, RARE], 1000)
    assert counts == [60, 1]

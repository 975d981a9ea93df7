"""The statistics by which the databases plan."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from aggregator.services.operate.statistics import update_statistics
from aggregator.storage import statistics
from aggregator.storage.engine import Database
from tests.builders import NOW, an_entry, make_feed, make_source, store_entries

ANALYZED = "SELECT DISTINCT tbl FROM sqlite_stat1 WHERE tbl IN ('entries', 'entry_contents')"


def fill(database: Database, count: int) -> None:
    with database.write() as session:
        feed = make_feed(session, make_source(session))
        store_entries(session, feed, *[an_entry(str(n), guid=f"g{n}") for n in range(count)])


def test_sqlite_gets_statistics_once_a_day(sqlite_database: Database) -> None:
    fill(sqlite_database, 50)
    assert update_statistics(sqlite_database, NOW)
    with sqlite_database.read() as session:
        # Not of the contents: without an index, all of them would be read.
        assert session.execute(text(ANALYZED)).scalars().all() == ["entries"]
    assert not update_statistics(sqlite_database, NOW + timedelta(hours=1))
    assert update_statistics(sqlite_database, NOW + timedelta(days=1))


def test_postgresql_is_analyzed_after_a_first_poll_only(
    postgresql_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A table of its own: other tests may have had the others analyzed.
    monkeypatch.setattr(statistics, "_MANY_ROWS", 20)
    only = statistics._NEVER_ANALYZED.replace("WHERE", "WHERE relname = 'polled' AND")
    monkeypatch.setattr(statistics, "_NEVER_ANALYZED", only)
    with postgresql_database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE polled AS SELECT generate_series(1, 30) AS id"))
        connection.execute(text("SELECT pg_stat_force_next_flush()"))
    try:
        assert update_statistics(postgresql_database, NOW)
        assert not update_statistics(postgresql_database, NOW)
    finally:
        with postgresql_database.engine.begin() as connection:
            connection.execute(text("DROP TABLE polled"))

"""The newest entry, and the newest before a moment."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete

from aggregator.storage.engine import Database
from aggregator.storage.entries.latest import (
    fetched_at_or_before,
    latest_entry_id,
    latest_id_fetched_before,
    latest_id_published_before,
)
from aggregator.storage.models import Entry
from tests.builders import NOW, make_entry, make_feed, make_source

DAY = timedelta(days=1)


def fill(database: Database, *ages: int) -> None:
    """Entries fetched that many days ago, in this order."""
    with database.write() as session:
        feed = make_feed(session, make_source(session))
        for days in ages:
            make_entry(session, feed, age=0, fetched_at=NOW - days * DAY)


def test_no_entries(database: Database) -> None:
    with database.read() as session:
        assert latest_entry_id(session) == 0
        assert latest_id_fetched_before(session, NOW) == 0
        assert latest_id_published_before(session, NOW) == 0
        assert fetched_at_or_before(session, 5) is None


def test_fetched_before_a_moment_with_gaps_in_the_ids(database: Database) -> None:
    fill(database, 50, 40, 40, 31, 30, 2, 1)
    with database.write() as session:
        session.execute(delete(Entry).where(Entry.id.in_([2, 3])))
    with database.read() as session:
        assert latest_entry_id(session) == 7
        assert latest_id_fetched_before(session, NOW - 60 * DAY) == 0
        assert latest_id_fetched_before(session, NOW - 45 * DAY) in (1, 2, 3)
        assert latest_id_fetched_before(session, NOW - 30 * DAY) == 4
        assert latest_id_fetched_before(session, NOW) == 7
        assert fetched_at_or_before(session, 3) == NOW - 50 * DAY


def test_published_before_a_moment(database: Database) -> None:
    with database.write() as session:
        feed = make_feed(session, make_source(session))
        for published_at in (NOW - 3 * DAY, NOW - 2 * DAY, NOW - 9 * DAY):
            make_entry(session, feed, published_at=published_at)
    with database.read() as session:
        assert latest_id_published_before(session, NOW - 2 * DAY) == 1
        assert latest_id_published_before(session, NOW) == 3

"""The daily deletion of old entries."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from aggregator.services.operate import retention
from aggregator.storage.engine import Database
from aggregator.storage.models import Entry
from tests.builders import NOW, make_entry, make_feed, make_source

KEEP = timedelta(days=30)


@pytest.fixture
def archive(database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """Five old entries and a new one, deleted two at a time."""
    monkeypatch.setattr(retention, "_CHUNK", 2)
    with database.write() as session:
        feed_id = make_feed(session, make_source(session))
        for age in (1, *(24 * 40 + number for number in range(5))):
            make_entry(session, feed_id, age=age)
    return database


def left(database: Database) -> int:
    with database.read() as session:
        return session.execute(select(func.count()).select_from(Entry)).scalar_one()


def test_everything_old_goes_however_much_it_is(archive: Database) -> None:
    assert retention.delete_old_entries(archive, KEEP, NOW) == 5
    assert left(archive) == 1


def test_once_a_day(archive: Database) -> None:
    assert retention.delete_old_entries_daily(archive, KEEP, NOW) == 5
    assert retention.delete_old_entries_daily(archive, KEEP, NOW + timedelta(hours=1)) is None
    assert retention.delete_old_entries_daily(archive, KEEP, NOW + timedelta(days=40)) == 1


def test_it_ends_early_where_the_poller_stops(archive: Database) -> None:
    answers = iter([False, True])
    assert retention.delete_old_entries(archive, KEEP, NOW, stop=lambda: next(answers)) == 2
    assert left(archive) == 4

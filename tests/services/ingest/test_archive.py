"""The first document of a feed brings an archive: it is news only to those who waited for it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from aggregator.services.ingest.store import TRANSACTION_SIZE
from aggregator.services.reading import following
from aggregator.storage.engine import Database
from aggregator.storage.readers.read_state import read_ids
from aggregator.storage.readers.read_versions import read_version
from aggregator.types import User
from tests.builders import NOW, an_entry, entry_rows, make_feed, make_source, make_user
from tests.services.ingest.polls import poll

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NEWS = an_entry("خبر اليوم", guid="news", published_at=NOW - HOUR)
OLD = an_entry("خبر قديم", guid="old", published_at=NOW - 9 * DAY)
OLDER = an_entry("خبر أقدم", guid="older", published_at=NOW - 30 * DAY)


@pytest.fixture
def source(database: Database) -> int:
    with database.write() as session:
        return make_source(session)


def a_feed(database: Database, source: int, url: str = "https://a.example/1") -> int:
    with database.write() as session:
        return make_feed(session, source, url)


def a_follower(database: Database, followed_at: datetime, name: str = "Amina") -> User:
    with database.write() as session:
        reader = make_user(session, name)
        following.follow(session, reader, "hespress", followed_at)
        return reader


def unread(database: Database, reader: User) -> set[str]:
    rows = entry_rows(database)
    with database.read() as session:
        read = read_ids(session, reader.id, rows)
    return {row.guid for row in rows if row.id not in read}


def test_who_followed_just_before_wants_news(database: Database, source: int) -> None:
    feed = a_feed(database, source)
    amina = a_follower(database, NOW - HOUR)
    with database.read() as session:
        before = read_version(session, amina.id)
    poll(database, feed, NEWS, OLD, OLDER)
    assert unread(database, amina) == {"news"}
    with database.read() as session:
        assert read_version(session, amina.id) > before


def test_who_has_waited_for_a_dead_feed_gets_what_came_since(
    database: Database, source: int
) -> None:
    feed = a_feed(database, source)
    amina = a_follower(database, NOW - 10 * DAY)
    brahim = a_follower(database, NOW - HOUR, "Brahim")
    poll(database, feed, NEWS, OLD, OLDER)
    assert unread(database, amina) == {"news", "old"}
    assert unread(database, brahim) == {"news"}


def test_a_second_feed_of_the_source(database: Database, source: int) -> None:
    first = a_feed(database, source)
    amina = a_follower(database, NOW - HOUR)
    poll(database, first, NEWS)
    poll(database, a_feed(database, source, "https://a.example/2"), OLD)
    assert unread(database, amina) == {"news"}


def test_later_documents_bring_news_of_any_age(database: Database, source: int) -> None:
    feed = a_feed(database, source)
    amina = a_follower(database, NOW - HOUR)
    poll(database, feed, NEWS)
    poll(database, feed, NEWS, OLD, now=NOW + HOUR)
    assert unread(database, amina) == {"news", "old"}


def test_an_archive_that_is_stored_in_parts(database: Database, source: int) -> None:
    feed = a_feed(database, source)
    amina = a_follower(database, NOW)
    ages = range(3 * TRANSACTION_SIZE)
    poll(
        database,
        feed,
        *(an_entry(f"خبر {n}", guid=f"{n}", published_at=NOW - n * HOUR) for n in ages),
    )
    assert unread(database, amina) == {str(n) for n in range(25)}


def test_entries_without_a_date_are_news(database: Database, source: int) -> None:
    feed = a_feed(database, source)
    amina = a_follower(database, NOW)
    poll(database, feed, an_entry("خبر", guid="undated", published_at=None))
    assert unread(database, amina) == {"undated"}

"""Entries that were stored while the clock was ahead."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest
from sqlalchemy import insert, select, update

from aggregator.process.analysis.story_features import story_features
from aggregator.query import parse
from aggregator.services.ingest.assign_stories import assign_stories
from aggregator.services.operate.clock_repair import repair_times
from aggregator.services.search.request import SearchContext, SearchRequest
from aggregator.services.search.search import search
from aggregator.storage.engine import Database
from aggregator.storage.entries import future_dates
from aggregator.storage.models import (
    Entry,
    FeedDay,
    SearchDoc,
    StoryRow,
    StoryVectorRow,
    TopicEntry,
    TopicRow,
)
from aggregator.storage.search.doc_ids import time_of
from aggregator.types import UnplacedEntry
from tests.builders import (
    BODY,
    NOW,
    an_entry,
    entry_rows,
    feed_row,
    make_feed,
    make_source,
    store_entries,
)

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
AHEAD = NOW + 400 * DAY


def repair(database: Database, stop: bool = False) -> int:
    return repair_times(database, NOW, DAY, lambda: stop)


def make_ahead(database: Database, count: int = 2) -> list[int]:
    """Entries without a date, polled by a clock that was ahead, after one that is right."""
    with database.write() as session:
        feed = make_feed(session, make_source(session), last_polled_at=AHEAD)
        right = an_entry("عادي", "https://hespress.example/0", published_at=NOW - DAY)
        first = store_entries(session, feed, right, now=NOW - HOUR)
        entries = [
            an_entry(f"خبر {number}", f"https://hespress.example/n{number}", published_at=None)
            for number in range(count)
        ]
        return first + store_entries(session, feed, *entries, now=AHEAD)


def test_entries_are_dated_back(database: Database) -> None:
    first, *ahead = make_ahead(database)
    with database.write() as session:
        session.execute(update(Entry).where(Entry.id == first).values(updated_at=AHEAD))
    assert repair(database) > 0
    dates = {
        row.id: (row.published_at, row.updated_at, row.fetched_at) for row in entry_rows(database)
    }
    assert dates == {first: (NOW - DAY, NOW, NOW - HOUR)} | dict.fromkeys(ahead, (NOW, None, NOW))
    assert repair(database) == 0
    with database.read() as session:
        docs = session.execute(select(SearchDoc.entry_id, SearchDoc.doc)).all()
    assert {id_: time_of(doc) for id_, doc in docs} == {first: NOW - DAY} | dict.fromkeys(
        ahead, NOW
    )


def test_topics_follow(database: Database) -> None:
    first, *ahead = make_ahead(database)
    with database.write() as session:
        topic = {
            "slug": "x", "content": {}, "rule": "x", "state": "draft", "revision": 1,
            "rule_version": 1, "updated_at": NOW, "updated_by": "Brahim",
        }  # fmt: skip
        topic_id = session.execute(insert(TopicRow).returning(TopicRow.id), topic).scalar_one()
        for id_, published_at in ((first, NOW - DAY), *((id_, AHEAD) for id_ in ahead)):
            member = {"topic_id": topic_id, "entry_id": id_, "published_at": published_at}
            session.execute(insert(TopicEntry), member | {"by_rule": True, "why": []})
    repair(database)
    with database.read() as session:
        members = session.execute(select(TopicEntry.entry_id, TopicEntry.published_at)).all()
        assert dict(map(tuple, members)) == {first: NOW - DAY} | dict.fromkeys(ahead, NOW)


def test_stories_follow(database: Database) -> None:
    entry = an_entry("ملء السدود يتحسن", text=BODY, published_at=AHEAD)
    features = story_features(entry.title, BODY)
    with database.write_exclusive() as session:
        ids = []
        for slug in ("hespress", "atlas"):
            url = f"https://{slug}.example/feed"
            feed = make_feed(session, make_source(session, slug), url, last_polled_at=AHEAD)
            copy = an_entry(entry.title, f"https://{slug}.example/1", text=BODY, published_at=None)
            ids += store_entries(session, feed, copy, now=AHEAD)
        assign_stories(session, [UnplacedEntry(id_, features) for id_ in ids])
        assert session.execute(select(StoryRow.last_at)).scalar_one() == AHEAD
    repair(database)
    with database.read() as session:
        story = session.execute(select(StoryRow.first_at, StoryRow.last_at)).one()
        assert tuple(story) == (NOW, NOW)
        assert set(session.execute(select(StoryVectorRow.at)).scalars()) == {NOW}


def test_they_are_found_under_their_new_date(database: Database) -> None:
    make_ahead(database)
    repair(database)
    with database.read() as session:
        context = SearchContext(None, NOW + HOUR, UTC)
        query = parse("خبر after:2026-11-02 before:2026-11-03")
        found = search(session, context, SearchRequest(query))
    assert {hit.entry.title for hit in found.hits} == {"خبر 0", "خبر 1"}


def test_more_entries_than_are_looked_at_at_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(future_dates, "ARRIVALS", 100)
    make_ahead(database, 250)
    repair(database)
    assert {row.fetched_at for row in entry_rows(database)} == {NOW, NOW - HOUR}


def test_stopping_in_the_middle_leaves_the_rest_for_the_next_run(database: Database) -> None:
    _, *ahead = make_ahead(database)
    assert repair(database, stop=True) == 0
    assert feed_row(database, 1).last_polled_at == AHEAD
    repair(database)
    assert [row.published_at for row in entry_rows(database) if row.id in ahead] == [NOW, NOW]


def test_days_that_are_still_to_come_are_deleted(database: Database) -> None:
    with database.write() as session:
        feed = make_feed(session, make_source(session))
        for day in (NOW.date(), NOW.date() + DAY, AHEAD.date()):
            row = {"feed_id": feed, "day": day, "polls": 1, "failures": 0, "new_entries": 1}
            session.execute(insert(FeedDay), row)
    repair(database)
    with database.read() as session:
        found = session.execute(select(FeedDay.day).order_by(FeedDay.day)).scalars().all()
    assert found == [NOW.date(), NOW.date() + DAY]

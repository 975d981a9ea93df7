"""Statistics of polling, per feed and day."""

from __future__ import annotations

from datetime import timedelta

import pytest

from aggregator.process.feeds.health import Arrivals
from aggregator.storage.engine import Database
from aggregator.storage.feeds import days as feed_days
from aggregator.types import FeedDay
from tests.builders import NOW, make_feed, make_source

TODAY = NOW.date()
DAY = timedelta(days=1)


@pytest.fixture
def feeds(database: Database) -> tuple[int, int]:
    with database.write() as session:
        source = make_source(session)
        return (
            make_feed(session, source, "https://a.example/"),
            make_feed(session, source, "https://b.example/"),
        )


def days(database: Database, *feed_ids: int, back: int = 29) -> dict[int, list[FeedDay]]:
    with database.read() as session:
        return feed_days.list_days(session, feed_ids or (1, 2), TODAY - back * DAY)


def test_polls_of_a_day_add_up(database: Database, feeds: tuple[int, int]) -> None:
    first, second = feeds
    with database.write() as session:
        feed_days.add_polls(
            session,
            [
                (second, FeedDay(TODAY, 1, 1, 0)),
                (first, FeedDay(TODAY, 1, 0, 3)),
                (first, FeedDay(TODAY, 1, 1, 0)),
            ],
        )
        feed_days.add_polls(session, [])
    with database.write() as session:
        feed_days.add_polls(session, [(first, FeedDay(TODAY, 1, 0, 2))])
        feed_days.add_polls(session, [(first, FeedDay(TODAY - DAY, 1, 0, 7))])
    found = days(database)
    assert sorted(found[first], key=lambda each: each.day) == [
        FeedDay(TODAY - DAY, 1, 0, 7),
        FeedDay(TODAY, 3, 1, 5),
    ]
    assert found[second] == [FeedDay(TODAY, 1, 1, 0)]
    assert list(days(database, second)) == [second]
    assert days(database, first, back=0) == {first: [FeedDay(TODAY, 3, 1, 5)]}


def test_old_days_are_forgotten(database: Database, feeds: tuple[int, int]) -> None:
    first, _ = feeds
    with database.write() as session:
        polls = [(first, FeedDay(TODAY - back * DAY, 1)) for back in (0, 60, 61)]
        feed_days.add_polls(session, polls)
        feed_days.delete_before(session, TODAY - 60 * DAY)
    assert len(days(database, first, back=99)[first]) == 2


def test_what_came_in_on_days_that_are_over(database: Database, feeds: tuple[int, int]) -> None:
    first, second = feeds
    with database.write() as session:
        polls = [(first, FeedDay(TODAY - back * DAY, 1, 0, 4)) for back in (0, 1, 3, 40)]
        feed_days.add_polls(session, [*polls, (second, FeedDay(TODAY, 1, 0, 9))])
        found = feed_days.count_arrivals(session, feeds, TODAY - 29 * DAY, TODAY)
    assert found == {first: Arrivals(TODAY - 3 * DAY, 8)}

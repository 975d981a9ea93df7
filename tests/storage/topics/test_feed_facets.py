"""What rules can test about a feed."""

from __future__ import annotations

from datetime import UTC, date, datetime

from aggregator.storage.engine import Database
from aggregator.storage.topics.feed_facets import load_feed_facets
from tests.builders import make_feed, make_source


def test_a_day_is_that_of_the_source(database: Database) -> None:
    late = datetime(2026, 11, 1, 23, 30, tzinfo=UTC)
    with database.write() as session:
        there = make_feed(session, make_source(session, "alquds", timezone="Asia/Jerusalem"))
        here = make_feed(
            session,
            make_source(session, "azores", timezone="Atlantic/Azores"),
            "https://a.example/",
        )
        places = load_feed_facets(session)
    assert places[there].day_of(late) == date(2026, 11, 2)
    assert places[here].day_of(late) == date(2026, 11, 1)

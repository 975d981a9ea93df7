"""What /metrics is told: feeds, how late they are, what waits, how large everything is."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import insert, update

from aggregator.process.feeds.schedule import MAX_BACKOFF
from aggregator.services.ingest.index import index_backlog
from aggregator.storage import counters, monitoring
from aggregator.storage.engine import Database
from aggregator.storage.feeds import pushes
from aggregator.storage.models import Feed, SearchState, WebsubSubscription
from aggregator.types.monitoring import FeedTotals, Lag
from tests.builders import NOW, make_entry, make_feed, make_source

MINUTE = timedelta(minutes=1)
NONE = dict.fromkeys(monitoring.STATUSES, 0)


def lag_of(database: Database) -> Lag:
    with database.read() as session:
        return monitoring.lag(session, NOW, MAX_BACKOFF)


def queues_of(database: Database) -> dict[str, int]:
    with database.read() as session:
        return {name: size for name, size in monitoring.queues(session, NOW).items() if size}


def test_nothing_yet(database: Database) -> None:
    with database.read() as session:
        assert monitoring.feed_totals(session) == FeedTotals(0, NONE, None, None)
        assert set(monitoring.subscriptions(session).values()) == {0}
        assert counters.read(session) == {}
    assert lag_of(database) == Lag()
    assert queues_of(database) == {}


def test_feeds_by_status(database: Database) -> None:
    with database.write() as session:
        source = make_source(session, "hespress")
        healthy = make_feed(
            session,
            source,
            "https://h.example/1",
            status="healthy",
            last_success_at=NOW,
            last_polled_at=NOW,
        )
        make_feed(
            session, source, "https://h.example/2", status="failing", last_polled_at=NOW + MINUTE
        )
        make_feed(session, source, "https://h.example/3", status="failing", enabled=False)
        make_entry(session, healthy, "خبر")
    with database.read() as session:
        found = monitoring.feed_totals(session)
    statuses = NONE | {"healthy": 1, "failing": 1, "disabled": 1}
    assert found == FeedTotals(1, statuses, NOW + MINUTE, NOW)


def test_lag_is_that_of_the_feed_that_waits_longest(database: Database) -> None:
    with database.write() as session:
        source, gone = make_source(session, "a"), make_source(session, "b", enabled=False)
        for number, (late, values) in enumerate(
            (
                (3 * MINUTE, {}),
                (2 * MINUTE, {}),
                (-MINUTE, {}),
                (9 * MINUTE, {"lease": "x", "lease_until": NOW + MINUTE}),
                (9 * MINUTE, {"enabled": False}),
                (9 * MINUTE, {"status": "gone"}),
                (9 * MINUTE, {"not_before": NOW + MINUTE}),
            )
        ):
            url = f"https://a.example/{number}"
            make_feed(session, source, url, next_poll_at=NOW - late, **values)
        make_feed(session, gone, "https://b.example/", next_poll_at=NOW - 9 * MINUTE)
    assert lag_of(database) == Lag(2, 180.0)


def test_a_time_that_cannot_be_true_makes_no_lag_of_years(database: Database) -> None:
    with database.write() as session:
        make_feed(session, make_source(session), next_poll_at=NOW + timedelta(days=700))
    assert lag_of(database) == Lag(1, 0.0)


def test_queues(database: Database) -> None:
    with database.write() as session:
        feed = make_feed(session, make_source(session))
        for number in range(3):
            make_entry(session, feed, f"خبر {number}", published_at=NOW, fetched_at=NOW)
        pushes.add(session, feed, "text/xml", b"<rss/>", NOW)
        values = {
            "hub_url": "", "topic_url": "", "token": "t", "secret": "s", "state": "pending",
            "failures": 0, "next_try_at": NOW,
        }  # fmt: skip
        session.execute(insert(WebsubSubscription).values(feed_id=feed, **values))
    waiting = {"stories": 3, "deliveries": 1, "hub_requests": 1}
    assert queues_of(database) == waiting
    index_backlog(database)
    with database.write() as session:
        session.execute(update(SearchState).values(next_id=2, first_id=3))
        session.execute(update(WebsubSubscription).values(next_try_at=NOW + MINUTE))
    assert queues_of(database) == {"index": 2, "stories": 3, "deliveries": 1}
    with database.read() as session:
        assert monitoring.subscriptions(session)["pending"] == 1
    index_backlog(database)
    assert "index" not in queues_of(database)


def test_the_size_grows_with_what_is_stored(database: Database) -> None:
    def size() -> int:
        with database.read() as session:
            return monitoring.database_bytes(database, session)

    before = size()
    assert before > 0
    with database.write() as session:
        feed = make_feed(session, make_source(session))
        session.execute(update(Feed).where(Feed.id == feed).values(title="x" * 1_000_000))
    assert size() > before


def test_counters_are_added_up(database: Database) -> None:
    for _ in range(2):
        with database.write() as session:
            counters.add(session, {("polls", "new"): 2, ("polls", "failed"): 1})
    with database.write() as session:
        counters.add(session, {})
    with database.read() as session:
        assert counters.read(session) == {("polls", "new"): 4, ("polls", "failed"): 2}

"""Each deadline in the database while the clock is set ahead and back, with nothing repaired yet.

`process.deadlines` has the table; `test_clock_repair` tells that no column is missing.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from aggregator.process.feeds.schedule import LEASE_DURATION
from aggregator.services.operate import feed_health
from aggregator.storage import jobs
from aggregator.storage.engine import Database
from aggregator.storage.feeds import commands, host_backoff, leases, websub
from aggregator.storage.models import Feed, WebsubSubscription
from aggregator.storage.readers import read_marks
from aggregator.storage.readers.read_marks import ReadSnapshot
from tests.builders import NOW, claim_feed, feed_row, make_feed, make_source, make_user

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# How far the clock was ahead when the times were stored.
STEPS = pytest.mark.parametrize("ahead", [2 * DAY, 400 * DAY, 3650 * DAY])


def feed(database: Database, url: str = "https://a.example/", **values: Any) -> int:
    with database.write() as session:
        return make_feed(session, make_source(session, url[8]), url, **values)


def due(database: Database) -> int:
    with database.read() as session:
        found = leases.count(session, leases.due(NOW), NOW)
        assert leases.any_due(session, NOW) == (found > 0)
        return found


@STEPS
def test_polls(database: Database, ahead: timedelta) -> None:
    feed(database, next_poll_at=NOW + ahead)
    assert due(database) == 1


def test_polls_that_really_wait(database: Database) -> None:
    feed(database, next_poll_at=NOW + DAY)
    feed(database, "https://b.example/", next_poll_at=NOW + 5 * DAY)
    with database.read() as session:
        assert leases.count(session, leases.due(NOW, 7 * DAY), NOW) == 0
        assert leases.count(session, leases.due(NOW, DAY), NOW) == 1
        assert not leases.any_due(session, NOW, 7 * DAY)
        assert leases.any_due(session, NOW, DAY)


@STEPS
def test_a_publisher_that_asked_for_a_minute(database: Database, ahead: timedelta) -> None:
    feed_id = feed(database, next_poll_at=NOW, not_before=NOW + ahead + MINUTE)
    assert due(database) == 1
    with database.write() as session:
        assert leases.count(session, leases.not_polled_since(NOW, NOW, ()), NOW) == 1
        assert commands.schedule_now(session, feed_id, NOW)
        assert commands.resume(session, feed_id, NOW)
        assert feed_health.poll_now(session, feed_id, NOW)
        assert commands.adopt(session, feed_id, "https://b.example/", NOW)
    assert feed_row(database, feed_id).next_poll_at == NOW


@STEPS
def test_a_new_hold_replaces_one_that_cannot_be_true(database: Database, ahead: timedelta) -> None:
    feed_id = feed(database, not_before=NOW + ahead)
    with database.write() as session:
        host_backoff.back_off_host(session, "a.example:443", NOW + MINUTE)
    assert feed_row(database, feed_id).not_before == NOW + MINUTE
    with database.write() as session:
        later = update(Feed).where(Feed.id == feed_id)
        session.execute(later.values(not_before=NOW + ahead, next_poll_at=NOW))
        held = claim_feed(session, feed_id)
        host_backoff.defer_feed(session, held, NOW + HOUR)
    assert feed_row(database, feed_id).not_before == NOW + HOUR


@STEPS
def test_one_round_takes_feeds_polled_in_the_future(database: Database, ahead: timedelta) -> None:
    feed(database, last_polled_at=NOW + ahead)
    feed(database, "https://b.example/", last_polled_at=NOW)
    with database.read() as session:
        assert leases.count(session, leases.not_polled_since(NOW, NOW, ()), NOW) == 1


@STEPS
def test_claims_of_a_poller_that_died(database: Database, ahead: timedelta) -> None:
    feed(database, lease="elsewhere:1:x", lease_until=NOW + ahead)
    assert due(database) == 1
    with database.write() as session:
        claimed = leases.claim(
            session, leases.due(NOW), limit=9, lease="here:1:x", now=NOW, until=NOW + LEASE_DURATION
        )
        assert len(claimed) == 1
    assert due(database) == 0


@STEPS
def test_daily_jobs(database: Database, ahead: timedelta) -> None:
    with database.write() as session:
        assert jobs.claim_daily_run(session, "retention", DAY, NOW + ahead)
        assert jobs.claim_daily_run(session, "retention", DAY, NOW)
        assert not jobs.claim_daily_run(session, "retention", DAY, NOW)
        assert jobs.claim_daily_run(session, "retention", DAY, NOW + ahead)  # and ahead again
        assert jobs.last_run(session) == NOW + ahead


@STEPS
def test_requests_to_hubs(database: Database, ahead: timedelta) -> None:
    feed_id = feed(database)
    with database.write() as session:
        websub.request_subscription(
            session, feed_id, "https://hub.example/", "https://a.example/", NOW + 9 * DAY + ahead
        )
        (found,) = websub.due_subscriptions(session, NOW, 9)
        session.execute(update(WebsubSubscription).values(next_try_at=NOW + 9 * DAY))
        assert websub.due_subscriptions(session, NOW, 9) == []
    assert found.feed_id == feed_id


@STEPS
@pytest.mark.parametrize("direction", [1, -1])
def test_undoing_a_mark(database: Database, ahead: timedelta, direction: int) -> None:
    """Set back, a mark can still be undone; set ahead, the hour is over early."""
    with database.write() as session:
        amina = make_user(session)
        read_marks.save_undo(session, amina.id, "t", ReadSnapshot({}, {}), 3, NOW)
        undone = read_marks.undo(session, amina.id, "t", NOW - direction * ahead)
    assert undone == (3 if direction == 1 else None)

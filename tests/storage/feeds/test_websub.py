"""Storing subscriptions and deliveries."""

from __future__ import annotations

from datetime import timedelta

import pytest

from aggregator.process.feeds.schedule import LEASE_DURATION
from aggregator.storage.engine import Database
from aggregator.storage.feeds import leases, pushes, websub
from aggregator.types import HubSubscription
from tests.builders import NOW, claim_feed, make_feed, make_source

HUB, TOPIC = "https://hub.example/", "https://hespress.example/feed"
DAY = timedelta(days=1)


@pytest.fixture
def feed_id(database: Database) -> int:
    with database.write() as session:
        return make_feed(session, make_source(session))


def wish(database: Database, feed_id: int, hub_url: str = HUB) -> HubSubscription:
    with database.write() as session:
        websub.request_subscription(session, feed_id, hub_url, TOPIC, NOW)
    (found,) = waiting(database)
    return found


def waiting(database: Database) -> list[HubSubscription]:
    with database.read() as session:
        return websub.due_subscriptions(session, NOW, 10)


def begin(database: Database, read: HubSubscription) -> bool:
    with database.write() as session:
        return websub.claim_request(session, read, "pending", 1, NOW, NOW + DAY)


def test_a_wish_waits_to_be_fulfilled(database: Database, feed_id: int) -> None:
    found = wish(database, feed_id)
    assert (found.feed_id, found.hub_url, found.topic_url) == (feed_id, HUB, TOPIC)
    assert (found.state, found.requested_at, found.enabled) == ("pending", None, True)
    assert len(found.token) >= 32
    assert 32 <= len(found.secret) < 200


def test_another_hub_gets_another_callback_and_secret(database: Database, feed_id: int) -> None:
    first, second = wish(database, feed_id), wish(database, feed_id, "https://other.example/")
    assert second.hub_url == "https://other.example/"
    assert first.token != second.token
    assert first.secret != second.secret


def test_one_process_asks_the_hub(database: Database, feed_id: int) -> None:
    read = wish(database, feed_id)
    assert begin(database, read)
    assert not begin(database, read)
    assert waiting(database) == []
    with database.read() as session:
        assert websub.last_request(session, feed_id) == NOW


def test_what_is_granted_is_on_the_feed_when_it_is_polled(database: Database, feed_id: int) -> None:
    token = wish(database, feed_id).token
    with database.write() as session:
        websub.mark_active(session, token, NOW + DAY, NOW + DAY)
        websub.record_delivery(session, feed_id, NOW)
        feed = claim_feed(session, feed_id)
    assert (feed.hub_url, feed.topic_url) == (HUB, TOPIC)
    assert (feed.last_push_at, feed.hub_lease_until) == (NOW, NOW + DAY)


def test_what_is_dropped_is_not(database: Database, feed_id: int) -> None:
    token = wish(database, feed_id).token
    with database.write() as session:
        websub.mark_active(session, token, NOW + DAY, NOW + DAY)
        websub.request_unsubscription(session, feed_id, NOW)
        feed = claim_feed(session, feed_id)
    assert (feed.hub_url, feed.last_push_at, feed.hub_lease_until) == (None, None, None)


def test_the_newest_deliveries_are_kept(database: Database, feed_id: int) -> None:
    with database.write() as session:
        for number in range(pushes.MAX_PENDING_PUSHES + 3):
            pushes.add(session, feed_id, "text/xml", str(number).encode(), NOW)
        kept = pushes.list_pushes(session, feed_id)
    assert [push.body for push in kept] == [b"3", b"4", b"5", b"6", b"7", b"8", b"9", b"10"]


def test_a_feed_with_a_delivery_is_claimed_though_not_due(database: Database) -> None:
    later = NOW + DAY
    with database.write() as session:
        source = make_source(session)
        pushed = make_feed(session, source, "https://a.example/", next_poll_at=later)
        make_feed(session, source, "https://b.example/", next_poll_at=later)
        pushes.add(session, pushed, "text/xml", b"<rss/>", NOW)
        values = {
            "limit": 9,
            "lease": leases.new_lease_id(),
            "now": NOW,
            "until": NOW + LEASE_DURATION,
        }
        assert [feed.id for feed in leases.claim(session, pushes.has_pushes(NOW), **values)] == [
            pushed
        ]
        assert leases.claim(session, pushes.has_pushes(NOW), **values) == []  # it is being stored


def test_a_feed_that_goes_takes_all_along(database: Database, feed_id: int) -> None:
    token = wish(database, feed_id).token
    with database.write() as session:
        pushes.add(session, feed_id, "text/xml", b"<rss/>", NOW)
        pushes.remove(session, [push.id for push in pushes.list_pushes(session, feed_id)])
        assert pushes.list_pushes(session, feed_id) == []
        websub.delete_subscription(session, token)
        assert websub.find(session, token) is None

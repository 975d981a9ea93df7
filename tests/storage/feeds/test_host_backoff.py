"""Hosts that asked to be left alone."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from aggregator.errors import LeaseLost
from aggregator.process.feeds.host_shares import HostShares
from aggregator.storage.engine import Database
from aggregator.storage.feeds import host_backoff, leases
from aggregator.storage.models import Feed
from tests.builders import NOW, claim_feed, feed_row, make_feed, make_source

HOUR = timedelta(hours=1)
FEEDS = [
    "https://busy.example/a",
    "https://BUSY.example:443/b",
    "http://busy.example/plain",
    "https://busy.example.org/other",
    "https://other.example/?u=https://busy.example/",
]


@pytest.fixture
def ids(database: Database) -> list[int]:
    with database.write() as session:
        source = make_source(session)
        return [make_feed(session, source, url) for url in FEEDS]


def held_until(database: Database) -> list[datetime | None]:
    with database.read() as session:
        return list(session.execute(select(Feed.not_before).order_by(Feed.id)).scalars())


def test_all_feeds_of_a_host_wait_and_no_others(database: Database, ids: list[int]) -> None:
    with database.write_exclusive() as session:
        host_backoff.back_off_host(session, "busy.example:443", NOW + HOUR)
    assert held_until(database) == [NOW + HOUR, NOW + HOUR, None, None, None]
    held = feed_row(database, ids[0])
    assert (held.next_poll_at, held.failures, held.status) == (NOW + HOUR, 0, "new")
    with database.read() as session:
        assert leases.count(session, leases.due(NOW), NOW) == 3
        assert leases.count(session, leases.due(NOW + HOUR), NOW + HOUR) == 5
        assert leases.count(session, leases.not_polled_since(NOW, NOW, ()), NOW) == 3


def test_a_shorter_hold_shortens_none(database: Database, ids: list[int]) -> None:
    with database.write_exclusive() as session:
        host_backoff.back_off_host(session, "busy.example:443", NOW + 2 * HOUR)
        host_backoff.back_off_host(session, "busy.example:443", NOW + HOUR)
    assert held_until(database)[:2] == [NOW + 2 * HOUR] * 2


def test_an_adopted_address_counts(database: Database, ids: list[int]) -> None:
    with database.write_exclusive() as session:
        session.execute(
            update(Feed).where(Feed.id == ids[4]).values(adopted_url="https://busy.example/new")
        )
        host_backoff.back_off_host(session, "busy.example:443", NOW + HOUR)
    assert held_until(database)[4] == NOW + HOUR


def test_a_feed_that_was_not_asked_is_given_back(database: Database, ids: list[int]) -> None:
    with database.write_exclusive() as session:
        feed = claim_feed(session, ids[0])
        host_backoff.defer_feed(session, feed, NOW + HOUR)
    row = feed_row(database, ids[0])
    assert (row.lease, row.not_before, row.next_poll_at) == (None, NOW + HOUR, NOW + HOUR)
    assert (row.failures, row.last_polled_at, row.error_kind) == (0, None, None)
    with database.write_exclusive() as session, pytest.raises(LeaseLost):
        host_backoff.defer_feed(session, feed, NOW + HOUR)


def test_a_claim_leaves_room_for_other_hosts(database: Database, ids: list[int]) -> None:
    with database.write() as session:
        source = make_source(session, "second")
        for number in range(40):
            make_feed(session, source, f"https://many.example/{number}", next_poll_at=NOW - HOUR)
    with database.write_exclusive() as session:
        taken = leases.claim(
            session, leases.due(NOW), limit=20, lease=leases.new_lease_id(), now=NOW,
            until=NOW + HOUR, shares=HostShares(20, least=2),
        )  # fmt: skip
    many = [feed for feed in taken if "many" in feed.url]
    assert len(many) == 10
    assert len(taken) == 15

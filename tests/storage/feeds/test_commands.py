"""Commands of an operator on a feed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from aggregator.storage.engine import Database
from aggregator.storage.feeds import commands
from tests.builders import NOW, claim_feed, feed_row, make_feed, make_source

LATER = NOW + timedelta(hours=4)
URL, NEW = "https://hespress.example/feed", "https://hespress.example/rss"


def a_feed(database: Database, **values: Any) -> int:
    with database.write() as session:
        values = {"next_poll_at": LATER, "failures": 5, "status": "failing"} | values
        return make_feed(session, make_source(session), URL, **values)


def test_due_now(database: Database) -> None:
    feed_id = a_feed(database)
    with database.write() as session:
        assert commands.schedule_now(session, feed_id, NOW)
    row = feed_row(database, feed_id)
    assert (row.next_poll_at, row.failures, row.status) == (NOW, 5, "failing")


@pytest.mark.parametrize("values", [{"status": "gone"}, {"enabled": False}, {"not_before": LATER}])
def test_not_due_where_it_must_not_be_polled(database: Database, values: dict[str, Any]) -> None:
    feed_id = a_feed(database, **values)
    with database.write() as session:
        assert not commands.schedule_now(session, feed_id, NOW)
    assert feed_row(database, feed_id).next_poll_at == LATER


def test_a_delay_that_is_over_holds_nothing_up(database: Database) -> None:
    feed_id = a_feed(database, not_before=NOW - timedelta(seconds=1))
    with database.write() as session:
        assert commands.schedule_now(session, feed_id, NOW)


def test_resuming_what_is_gone(database: Database) -> None:
    feed_id = a_feed(database, status="gone", error_kind="gone", error_detail="410")
    with database.write() as session:
        assert commands.resume(session, feed_id, NOW)
    row = feed_row(database, feed_id)
    assert (row.status, row.status_since, row.error_kind) == ("failing", NOW, None)
    assert (row.failures, row.next_poll_at) == (0, NOW)


def test_resuming_what_is_held_back_keeps_the_reason(database: Database) -> None:
    feed_id = a_feed(database, error_kind="timeout")
    with database.write() as session:
        assert commands.resume(session, feed_id, NOW)
    row = feed_row(database, feed_id)
    assert (row.status, row.error_kind, row.failures) == ("failing", "timeout", 0)


def test_resuming_respects_the_publisher(database: Database) -> None:
    feed_id = a_feed(database, not_before=LATER)
    with database.write() as session:
        assert not commands.resume(session, feed_id, NOW)


def test_another_url_starts_from_scratch(database: Database) -> None:
    feed_id = a_feed(database, etag='"1"', last_modified="x", body_digest="d", moved_to=NEW)
    with database.write() as session:
        assert commands.find_redirect(session, feed_id) == NEW
        claim_feed(session, feed_id)
        assert commands.adopt(session, feed_id, NEW, NOW)
    row = feed_row(database, feed_id)
    assert (row.url, row.adopted_url, row.moved_to) == (URL, NEW, None)
    assert (row.etag, row.last_modified, row.body_digest) == (None, None, None)
    assert (row.failures, row.next_poll_at, row.lease) == (0, NOW, None)


def test_adopting_waits_as_long_as_the_publisher_asked(database: Database) -> None:
    feed_id = a_feed(database, not_before=LATER)
    with database.write() as session:
        assert commands.adopt(session, feed_id, NEW, NOW)
    assert feed_row(database, feed_id).next_poll_at == LATER


def test_feeds_by_address_or_source(database: Database) -> None:
    feed_id = a_feed(database, adopted_url=NEW)
    with database.read() as session:
        for address in (URL, NEW, "hespress"):
            assert commands.find_feed_ids(session, address) == [feed_id]
        assert commands.find_feed_ids(session, "nobody") == []

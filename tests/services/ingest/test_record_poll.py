"""What a poll leaves of its feed: its state, its address, and when it is polled next."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from aggregator.services.ingest.read_feed import PollResult
from aggregator.services.ingest.store import store
from aggregator.storage.engine import Database
from aggregator.storage.models import Feed
from aggregator.types import CacheHints, FeedFailure, FeedProblem
from tests.builders import NOW, an_entry, feed_row
from tests.services.ingest.polls import POLICY, claim, poll

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def fail(database: Database, feed_id: int, kind: str, **values: Any) -> Feed:
    failure = FeedFailure(kind, "why", values.pop("retry_after", None))
    store(database, [PollResult(claim(database, feed_id), NOW, failure=failure)], POLICY)
    return feed_row(database, feed_id)


# --- when it is polled next ---------------------------------------------------------------------


def wait(row: Feed) -> timedelta:
    assert row.last_polled_at is not None
    return row.next_poll_at - row.last_polled_at


def test_a_lively_feed_is_polled_soon(database: Database, feed_id: int) -> None:
    poll(database, feed_id, an_entry(), document={"mean_gap_s": 1800})
    row = feed_row(database, feed_id)
    assert row.interval_s == 900
    assert 0.9 * 15 * MINUTE <= wait(row) <= 1.1 * 15 * MINUTE


@pytest.mark.parametrize("asked", [2 * 60 * MINUTE, 90 * DAY])
def test_never_before_the_publisher_asked_nor_after_the_maximum(
    database: Database, feed_id: int, asked: timedelta
) -> None:
    for ttl in (True, False):
        values: dict[str, Any] = (
            {"document": {"ttl": asked}} if ttl else {"hints": CacheHints(fresh_for=asked)}
        )
        poll(database, feed_id, an_entry(), **values)
        row = feed_row(database, feed_id)
        assert min(asked, POLICY.max_interval) <= wait(row) <= POLICY.max_interval


def test_a_feed_without_dates_is_as_lively_as_what_we_see(database: Database, feed_id: int) -> None:
    document = {"mean_gap_s": None, "newest_at": None}
    poll(database, feed_id, an_entry(guid="1", published_at=None), document=document)
    assert feed_row(database, feed_id).newest_entry_at == NOW
    later = NOW + 40 * DAY
    poll(database, feed_id, an_entry(guid="1", published_at=None), document=document, now=later)
    row = feed_row(database, feed_id)
    assert row.newest_entry_at == NOW
    assert row.interval_s == POLICY.max_interval.total_seconds()


def test_no_news_keeps_the_rhythm(database: Database, feed_id: int) -> None:
    poll(database, feed_id, an_entry(), document={"mean_gap_s": 1800})
    unchanged = PollResult(claim(database, feed_id), NOW + MINUTE, CacheHints(etag='"1"'))
    store(database, [unchanged], POLICY)
    row = feed_row(database, feed_id)
    assert (row.interval_s, row.last_polled_at, row.etag) == (900, NOW + MINUTE, '"1"')
    assert row.lease is None


def test_failures_back_off(database: Database, feed_id: int) -> None:
    waits = [wait(fail(database, feed_id, "timeout")) for _ in range(12)]
    assert all(POLICY.min_interval <= pause <= DAY for pause in waits)
    assert waits[3] > 30 * MINUTE
    assert waits[-1] >= 0.9 * DAY


def test_retry_after_is_kept(database: Database, feed_id: int) -> None:
    row = fail(database, feed_id, "rate_limited", retry_after=timedelta(hours=6))
    assert wait(row) >= timedelta(hours=6)
    assert row.not_before == NOW + timedelta(hours=6)
    assert (row.status, row.error_kind, row.error_detail) == ("refused", "rate_limited", "why")


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("timeout", "failing"),
        ("not_found", "failing"),
        ("html", "failing"),
        ("unauthorized", "refused"),
        ("forbidden", "refused"),
        ("rate_limited", "refused"),
        ("gone", "gone"),
    ],
)
def test_the_state_of_a_feed_that_fails(
    database: Database, feed_id: int, kind: str, status: str
) -> None:
    assert fail(database, feed_id, kind).status == status


def test_a_damaged_document_is_told(database: Database, feed_id: int) -> None:
    problems = (FeedProblem("damaged_encoding", "3 unreadable characters"),)
    stored = poll(database, feed_id, an_entry(), document={"problems": problems})
    row = feed_row(database, feed_id)
    assert (stored.new, row.status, row.error_kind) == (1, "damaged", "damaged_encoding")


def test_the_details_of_all_problems_are_kept(database: Database, feed_id: int) -> None:
    problems = (
        FeedProblem("damaged", "a bare ampersand"),
        FeedProblem("unreadable_dates", "dates not understood: “أمس”"),
    )
    poll(database, feed_id, an_entry(), document={"problems": problems})
    row = feed_row(database, feed_id)
    assert row.error_kind == "damaged"
    assert row.error_detail == "a bare ampersand; dates not understood: “أمس”"


# --- feeds that move ----------------------------------------------------------------------------


def test_a_permanent_redirect_is_followed_for_good_when_seen_twice(
    database: Database, feed_id: int
) -> None:
    new = "https://new.example/feed"
    poll(database, feed_id, permanent_url=new)
    assert feed_row(database, feed_id).adopted_url is None
    store(database, [PollResult(claim(database, feed_id), NOW, permanent_url=new)], POLICY)
    assert feed_row(database, feed_id).adopted_url == new
    assert claim(database, feed_id).url == new


def test_a_redirect_that_is_taken_back_is_forgotten(database: Database, feed_id: int) -> None:
    for address in ("https://a.example/", "https://b.example/", None, "https://a.example/"):
        poll(database, feed_id, permanent_url=address)
    row = feed_row(database, feed_id)
    assert (row.adopted_url, row.moved_to) == (None, "https://a.example/")


def test_an_adopted_address_that_fails_three_times_is_given_up(
    database: Database, feed_id: int
) -> None:
    for _ in range(2):
        poll(database, feed_id, permanent_url="https://new.example/")
    for expected in ("https://new.example/", "https://new.example/", None):
        assert fail(database, feed_id, "dns").adopted_url == expected


def test_an_adopted_address_that_is_gone_is_given_up_at_once(
    database: Database, feed_id: int
) -> None:
    for _ in range(2):
        poll(database, feed_id, permanent_url="https://new.example/")
    row = fail(database, feed_id, "gone")
    assert (row.adopted_url, row.status) == (None, "failing")


def test_a_damaged_feed_that_failed_in_between_is_read_again(
    database: Database, feed_id: int
) -> None:
    """The same bytes, or a 304, would not tell that they are damaged."""
    with database.write() as session:
        values = {"status": "damaged", "etag": '"1"', "last_modified": "x", "body_digest": "d"}
        session.execute(update(Feed).where(Feed.id == feed_id).values(values))
    row = fail(database, feed_id, "timeout")
    assert (row.etag, row.last_modified, row.body_digest) == (None, None, None)

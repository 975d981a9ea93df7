"""The outcome of a poll, written to its feed while the lease holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from aggregator.errors import LeaseLost
from aggregator.storage.engine import Database
from aggregator.storage.feeds import outcomes
from aggregator.storage.models import Feed
from aggregator.types import FeedFailure, FeedForPoll, FeedProblem
from tests.builders import NOW, claim_feed, feed_row, make_feed, make_source

LATER = NOW + timedelta(hours=1)

GOOD = outcomes.SuccessfulPoll(
    polled_at=NOW,
    next_poll_at=LATER,
    interval_s=3600,
    etag='"1"',
    last_modified="Mon, 02 Nov 2026 08:00:00 GMT",
    body_digest="d1",
    title="هسبريس",
    format="rss 2.0",
    problem=None,
    mean_gap_s=600,
    newest_at=NOW,
    new_entries=3,
    moved_to=None,
    adopted_url=None,
)
UNCHANGED = outcomes.UnchangedPoll(
    polled_at=LATER,
    next_poll_at=LATER + timedelta(hours=1),
    interval_s=1800,
    etag=None,
    last_modified=None,
    moved_to=None,
    adopted_url=None,
)
DAMAGED = replace(GOOD, problem=FeedProblem("damaged", "a bare ampersand"))


@pytest.fixture
def feed_id(database: Database) -> int:
    with database.write() as session:
        return make_feed(session, make_source(session))


def good(database: Database, feed_id: int, poll: outcomes.SuccessfulPoll = GOOD) -> Feed:
    with database.write() as session:
        outcomes.record_success(session, claim_feed(session, feed_id), poll)
    return feed_row(database, feed_id)


def unchanged(database: Database, feed_id: int, poll: outcomes.UnchangedPoll = UNCHANGED) -> Feed:
    with database.write() as session:
        outcomes.record_unchanged(session, [(claim_feed(session, feed_id), poll)])
    return feed_row(database, feed_id)


def failed(database: Database, feed_id: int, kind: str = "timeout", **values: Any) -> Feed:
    with database.write() as session:
        fail(session, claim_feed(session, feed_id), kind, **values)
    return feed_row(database, feed_id)


def fail(session: Any, feed: FeedForPoll, kind: str = "timeout", **values: Any) -> None:
    detail = values.pop("detail", "no answer")
    known: dict[str, Any] = {
        "status": "failing",
        "polled_at": LATER,
        "next_poll_at": LATER,
        "not_before": None,
        "drop_adopted": False,
    }
    outcomes.record_failure(session, feed, FeedFailure(kind, detail), **known | values)


def test_a_good_poll(database: Database, feed_id: int) -> None:
    row = good(database, feed_id)
    assert (row.status, row.failures, row.error_kind) == ("healthy", 0, None)
    assert (row.last_polled_at, row.last_success_at, row.next_poll_at) == (NOW, NOW, LATER)
    assert (row.etag, row.body_digest, row.title, row.format) == ('"1"', "d1", "هسبريس", "rss 2.0")
    assert (row.interval_s, row.mean_gap_s, row.newest_entry_at) == (3600, 600, NOW)
    assert row.entry_count == 3
    assert (row.lease, row.lease_until) == (None, None)


def test_entries_are_counted_up(database: Database, feed_id: int) -> None:
    good(database, feed_id)
    assert good(database, feed_id, replace(GOOD, new_entries=2)).entry_count == 5


def test_a_document_that_could_be_read_but_is_damaged(database: Database, feed_id: int) -> None:
    row = good(database, feed_id, DAMAGED)
    assert (row.status, row.error_kind, row.error_detail) == (
        "damaged",
        "damaged",
        "a bare ampersand",
    )
    assert row.error_since == NOW
    again = good(database, feed_id, replace(DAMAGED, polled_at=LATER))
    assert again.error_since == NOW
    assert good(database, feed_id).error_since is None


def test_validators_are_those_of_the_last_good_answer(database: Database, feed_id: int) -> None:
    good(database, feed_id)
    row = good(database, feed_id, replace(GOOD, etag=None, last_modified=None, body_digest="d2"))
    assert (row.etag, row.last_modified, row.body_digest) == (None, None, "d2")


def test_nothing_new_keeps_what_is_known_of_the_document(database: Database, feed_id: int) -> None:
    good(database, feed_id)
    row = unchanged(database, feed_id)
    assert (row.etag, row.body_digest, row.entry_count) == ('"1"', "d1", 3)
    assert (row.last_success_at, row.interval_s, row.lease) == (LATER, 1800, None)
    assert unchanged(database, feed_id, replace(UNCHANGED, etag='"2"')).etag == '"2"'


def test_nothing_new_after_a_failure_is_a_recovery(database: Database, feed_id: int) -> None:
    failed(database, feed_id)
    row = unchanged(database, feed_id)
    assert (row.status, row.failures, row.error_kind, row.error_since) == ("healthy", 0, None, None)


def test_nothing_new_leaves_damage_as_it_is(database: Database, feed_id: int) -> None:
    good(database, feed_id, DAMAGED)
    row = unchanged(database, feed_id)
    assert (row.status, row.error_kind, row.error_since) == ("damaged", "damaged", NOW)


def test_a_failure_is_told_with_kind_and_detail(database: Database, feed_id: int) -> None:
    row = failed(database, feed_id, not_before=LATER)
    assert (row.status, row.failures) == ("failing", 1)
    assert (row.error_kind, row.error_detail, row.error_since) == ("timeout", "no answer", LATER)
    assert (row.last_polled_at, row.last_success_at, row.not_before) == (LATER, None, LATER)


def test_the_first_of_many_failures_tells_since_when(database: Database, feed_id: int) -> None:
    failed(database, feed_id)
    row = failed(database, feed_id, polled_at=LATER + timedelta(days=1))
    assert (row.failures, row.error_since) == (2, LATER)


def test_a_failure_keeps_entries_and_validators(database: Database, feed_id: int) -> None:
    good(database, feed_id)
    row = failed(database, feed_id)
    assert (row.entry_count, row.etag, row.body_digest, row.title) == (3, '"1"', "d1", "هسبريس")


@pytest.mark.parametrize("detail", ["nul \0 inside", "long " * 1000, "عربي"])
def test_any_detail_can_be_kept(database: Database, feed_id: int, detail: str) -> None:
    kept = failed(database, feed_id, detail=detail).error_detail
    assert kept == detail.replace("\0", "")[:500]


def test_a_good_poll_ends_the_trouble(database: Database, feed_id: int) -> None:
    failed(database, feed_id, not_before=LATER)
    row = good(database, feed_id, replace(GOOD, polled_at=LATER))
    assert (row.status, row.failures, row.error_detail) == ("healthy", 0, None)
    assert row.not_before is None


def test_a_good_poll_does_not_end_what_the_host_asked_for(database: Database, feed_id: int) -> None:
    failed(database, feed_id, not_before=LATER)
    assert good(database, feed_id).not_before == LATER


# --- feeds that move ----------------------------------------------------------------------------


def test_a_new_address_is_remembered_and_then_adopted(database: Database, feed_id: int) -> None:
    row = good(database, feed_id, replace(GOOD, moved_to="https://new.example/"))
    assert (row.moved_to, row.adopted_url) == ("https://new.example/", None)
    row = unchanged(database, feed_id, replace(UNCHANGED, adopted_url="https://new.example/"))
    assert (row.moved_to, row.adopted_url) == (None, "https://new.example/")
    assert good(database, feed_id).adopted_url == "https://new.example/"


def adopted(database: Database, feed_id: int) -> None:
    good(database, feed_id, replace(GOOD, adopted_url="https://new.example/"))


def test_an_adopted_address_that_fails_is_given_up(database: Database, feed_id: int) -> None:
    adopted(database, feed_id)
    row = failed(database, feed_id, drop_adopted=True)
    assert (row.adopted_url, row.etag, row.last_modified, row.body_digest) == (None,) * 4


def test_a_feed_at_its_own_address_keeps_its_validators(database: Database, feed_id: int) -> None:
    good(database, feed_id)
    assert failed(database, feed_id, drop_adopted=True).etag == '"1"'


def test_gone_from_an_adopted_address_is_not_the_end(database: Database, feed_id: int) -> None:
    adopted(database, feed_id)
    row = failed(database, feed_id, "gone", status="gone", drop_adopted=True)
    assert (row.status, row.error_kind, row.adopted_url) == ("failing", "gone", None)
    assert failed(database, feed_id, "gone", status="gone", drop_adopted=True).status == "gone"


# --- leases -------------------------------------------------------------------------------------


def lose(database: Database, feed_id: int) -> FeedForPoll:
    """A feed that was ours until another poller took it over."""
    with database.write() as session:
        mine = claim_feed(session, feed_id)
    with database.write() as session:
        claim_feed(session, feed_id, now=NOW + timedelta(minutes=5))
    return mine


@pytest.mark.parametrize("how", ["good", "failure"])
def test_the_outcome_of_a_lost_feed_is_refused(database: Database, feed_id: int, how: str) -> None:
    mine = lose(database, feed_id)

    def record() -> None:
        with database.write() as session:
            if how == "good":
                outcomes.record_success(session, mine, GOOD)
            else:
                fail(session, mine)

    with pytest.raises(LeaseLost) as caught:
        record()
    assert caught.value.feed_id == feed_id
    assert feed_row(database, feed_id).last_polled_at is None


def test_no_news_of_a_lost_feed_is_not_written(database: Database, feed_id: int) -> None:
    mine = lose(database, feed_id)
    with database.write() as session:
        other = make_feed(session, 1, "https://other.example/")
        outcomes.record_unchanged(
            session, [(mine, UNCHANGED), (claim_feed(session, other), UNCHANGED)]
        )
    assert feed_row(database, feed_id).last_polled_at is None
    assert feed_row(database, feed_id).lease is not None
    assert feed_row(database, other).last_polled_at == LATER


def test_a_lease_that_ran_out_and_nobody_took_is_still_good(
    database: Database, feed_id: int
) -> None:
    with database.write() as session:
        feed = claim_feed(session, feed_id, now=datetime(2020, 1, 1, tzinfo=NOW.tzinfo))
    with database.write() as session:
        outcomes.record_success(session, feed, GOOD)
    assert feed_row(database, feed_id).status == "healthy"


# --- health -------------------------------------------------------------------------------------


def test_since_when_it_is_as_it_is(database: Database, feed_id: int) -> None:
    assert good(database, feed_id).status_since == NOW
    assert unchanged(database, feed_id).status_since == NOW
    assert good(database, feed_id, replace(GOOD, polled_at=LATER)).status_since == NOW
    assert failed(database, feed_id).status_since == LATER
    assert failed(database, feed_id, polled_at=LATER + timedelta(days=1)).status_since == LATER
    back = LATER + timedelta(days=2)
    assert unchanged(database, feed_id, replace(UNCHANGED, polled_at=back)).status_since == back


def test_slow_and_moved_are_states_of_their_own(database: Database, feed_id: int) -> None:
    good(database, feed_id)
    slow = unchanged(database, feed_id, replace(UNCHANGED, took_s=6.2))
    assert (slow.last_duration_ms, slow.status_since) == (6200, LATER)
    later = LATER + timedelta(hours=1)
    still = unchanged(database, feed_id, replace(UNCHANGED, took_s=7.0, polled_at=later))
    assert still.status_since == LATER
    poll = replace(GOOD, took_s=7.0, polled_at=later, adopted_url="https://new.example/")
    assert good(database, feed_id, poll).status_since == later


def test_delays_and_impossible_dates(database: Database, feed_id: int) -> None:
    row = good(database, feed_id, replace(GOOD, delays=(60, 900, 120), clamped_dates=2))
    assert (row.recent_delays, row.median_delay_s, row.clamped_dates) == ([60, 900, 120], 120, 2)
    row = good(database, feed_id)
    assert (row.median_delay_s, row.clamped_dates) == (120, 0)
    with database.read() as session:
        assert outcomes.recent_delays(session, feed_id) == (60, 900, 120)


def test_advertised_feeds_are_offered_until_it_is_read(database: Database, feed_id: int) -> None:
    assert good(database, feed_id).advertised is None
    offered = (("Actualités", "https://h.example/rss"),)
    with database.write() as session:
        feed = claim_feed(session, feed_id)
        failure = FeedFailure("html", "a web page", advertised=offered)
        outcomes.record_failure(
            session,
            feed,
            failure,
            status="failing",
            polled_at=LATER,
            next_poll_at=LATER,
            not_before=None,
            drop_adopted=False,
        )
    assert feed_row(database, feed_id).advertised == [["Actualités", "https://h.example/rss"]]
    assert failed(database, feed_id).advertised is not None
    assert unchanged(database, feed_id).advertised is None

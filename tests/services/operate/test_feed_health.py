"""The health of feeds, and commands of operators on them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from aggregator.errors import FeedCommandError, NotFound
from aggregator.process.feeds.schedule import PollPolicy
from aggregator.services.ingest.read_feed import PollResult
from aggregator.services.ingest.store import store
from aggregator.services.operate import feed_health
from aggregator.services.reading import entries as reading
from aggregator.storage.engine import Database
from aggregator.storage.feeds import days as feed_days
from aggregator.types import FeedDay, FeedFailure, FeedHealth, PreparedEntry
from tests.builders import (
    NOW,
    a_document,
    an_entry,
    claim_feed,
    feed_row,
    make_feed,
    make_source,
)

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
URL = "https://hespress.example/feed"
OFFERED = (("Actualités", "https://h.example/rss"), ("Sport", "https://h.example/sport"))


@pytest.fixture
def feed_id(database: Database) -> int:
    with database.write() as session:
        return make_feed(session, make_source(session), URL)


def poll(
    database: Database, feed_id: int, now: Any, *entries: PreparedEntry, **values: Any
) -> None:
    document = a_document(*entries, **values.pop("document", {}))
    with database.write() as session:
        feed = claim_feed(session, feed_id, now)
    store(database, [PollResult(feed, now, document=document, **values)], PollPolicy(HOUR, HOUR))


def fail(database: Database, feed_id: int, now: Any, **values: Any) -> None:
    failure = FeedFailure(**{"kind": "html", "detail": "a web page"} | values)
    with database.write() as session:
        feed = claim_feed(session, feed_id, now)
    store(database, [PollResult(feed, now, failure=failure)], PollPolicy(HOUR, HOUR))


def silent(database: Database, feed_id: int, now: Any) -> None:
    with database.write() as session:
        feed = claim_feed(session, feed_id, now)
    store(database, [PollResult(feed, now)], PollPolicy(HOUR, HOUR))


def look(database: Database, feed_id: int, now: Any = NOW) -> Any:
    with database.read() as session:
        return feed_health.feed_report(session, feed_id, now)


def entry(number: int, **values: Any) -> PreparedEntry:
    return an_entry(f"خبر {number}", f"https://hespress.example/{number}", **values)


# --- looking -----------------------------------------------------------------------------------


def test_polls_are_counted_by_day(database: Database, feed_id: int) -> None:
    poll(database, feed_id, NOW - DAY, entry(1), entry(2))
    silent(database, feed_id, NOW)
    poll(database, feed_id, NOW + MINUTE, entry(1), entry(2), entry(3))
    fail(database, feed_id, NOW + HOUR)
    report = look(database, feed_id)
    assert report.days[-2:] == (
        FeedDay(NOW.date() - DAY, 1, 0, 0),  # what it had before is no news of that day
        FeedDay(NOW.date(), 3, 1, 1),
    )
    assert len(report.days) == 30


def test_how_late_entries_arrive(database: Database, feed_id: int) -> None:
    poll(database, feed_id, NOW, entry(1, published_at=NOW - 300 * DAY))
    assert look(database, feed_id).feed.median_delay_s is None
    later = NOW + HOUR
    fresh = [entry(n, published_at=later - n * MINUTE) for n in (2, 10, 50)]
    poll(database, feed_id, later, *fresh, entry(60, published_at=None))
    assert look(database, feed_id).feed.median_delay_s == 600
    silent(database, feed_id, later + MINUTE)
    assert look(database, feed_id).feed.median_delay_s == 600


def test_only_the_last_fifty_delays_count(database: Database, feed_id: int) -> None:
    poll(database, feed_id, NOW, entry(0))
    for first, minutes in ((100, 90), (200, 5)):
        dated = NOW - minutes * MINUTE
        poll(database, feed_id, NOW, *(entry(first + n, published_at=dated) for n in range(50)))
    assert look(database, feed_id).feed.median_delay_s == 300
    assert len(feed_row(database, feed_id).recent_delays) == 50


def test_a_slow_answer_and_impossible_dates_are_noted(database: Database, feed_id: int) -> None:
    poll(database, feed_id, NOW, entry(1), document={"clamped_dates": 3}, took_s=6.04)
    feed = look(database, feed_id).feed
    assert (feed.status, feed.took_ms, feed.clamped_dates) == ("slow", 6040, 3)


def test_the_worst_comes_first(database: Database) -> None:
    with database.write() as session:
        source = make_source(session)
        made = {}
        for number, (status, kind, since) in enumerate(
            [
                ("healthy", None, NOW),
                ("failing", "timeout", NOW),
                ("failing", "html", NOW),
                ("gone", "gone", NOW),
                ("failing", "html", NOW - DAY),
                ("new", None, None),
            ]
        ):
            url = f"https://h.example/{number}"
            values = {"status": status, "error_kind": kind, "status_since": since}
            made[make_feed(session, source, url, **values)] = number
        make_feed(session, source, "https://h.example/off", enabled=False)
    with database.read() as session:
        board = feed_health.list_feed_reports(session, NOW)
        failing = feed_health.list_feed_reports(session, NOW, "failing")
        off = feed_health.list_feed_reports(session, NOW, "disabled")
    assert [made[report.feed.id] for report in board.reports] == [3, 1, 4, 2, 5, 0]
    assert list(board.counts.items()) == [
        ("gone", 1), ("unreachable", 1), ("failing", 2), ("new", 1), ("healthy", 1),
        ("disabled", 1),
    ]  # fmt: skip
    assert [made[report.feed.id] for report in failing.reports] == [4, 2]
    assert [report.feed.url for report in off.reports] == ["https://h.example/off"]
    assert board.next_page is None


def test_a_long_board_has_pages(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_health, "PAGE_SIZE", 2)
    with database.write() as session:
        source = make_source(session)
        ids = [make_feed(session, source, f"https://h.example/{n}") for n in range(3)]
    with database.read() as session:
        first, second = (
            feed_health.list_feed_reports(session, NOW),
            feed_health.list_feed_reports(session, NOW, page=2),
        )
    assert [report.feed.id for report in (*first.reports, *second.reports)] == ids
    assert (first.next_page, second.next_page) == (2, None)


def test_sources_know_how_many_entries_a_day(database: Database, feed_id: int) -> None:
    with database.write() as session:
        days = [(feed_id, FeedDay(NOW.date() - back * DAY, 9, 0, 6)) for back in (1, 2, 3)]
        feed_days.add_polls(session, days)
    with database.read() as session:
        (source,) = feed_health.with_entry_rates(session, reading.list_sources(session), NOW)
    assert source.feeds[0].entries_per_day == 6


def test_feeds_by_name(database: Database, feed_id: int) -> None:
    with database.read() as session:
        assert [feed.id for feed in feed_health.find_feeds(session, URL)] == [feed_id]
        with pytest.raises(NotFound):
            feed_health.find_feeds(session, "nobody")


# --- doing -------------------------------------------------------------------------------------


def do(database: Database, action: Any, *arguments: Any) -> FeedHealth:
    with database.write() as session:
        done: FeedHealth = action(session, *arguments)
        return done


def refused(database: Database, action: Any, *arguments: Any) -> FeedCommandError:
    with pytest.raises(FeedCommandError) as raised:
        do(database, action, *arguments)
    return raised.value


def test_poll_now(database: Database, feed_id: int) -> None:
    fail(database, feed_id, NOW)
    do(database, feed_health.poll_now, feed_id, NOW)
    assert feed_row(database, feed_id).next_poll_at == NOW


def test_poll_now_waits_where_the_publisher_asked_for_it(database: Database, feed_id: int) -> None:
    fail(database, feed_id, NOW, kind="rate_limited", retry_after=HOUR)
    for action in (feed_health.poll_now, feed_health.resume):
        error = refused(database, action, feed_id, NOW)
        assert (error.key, error.until) == ("error.feed_waits", NOW + HOUR)
    do(database, feed_health.poll_now, feed_id, NOW + HOUR)


def test_what_is_gone_is_resumed_not_polled(database: Database, feed_id: int) -> None:
    fail(database, feed_id, NOW, kind="gone")
    assert look(database, feed_id).feed.next_poll_at is None
    assert refused(database, feed_health.poll_now, feed_id, NOW).key == "error.feed_gone"
    do(database, feed_health.resume, feed_id, NOW)
    feed = look(database, feed_id).feed
    assert (feed.status, feed.failures, feed.next_poll_at) == ("failing", 0, NOW)


def test_what_left_the_config_stays_out(database: Database) -> None:
    with database.write() as session:
        feed_id = make_feed(session, make_source(session), URL, enabled=False)
    for action in (feed_health.poll_now, feed_health.resume):
        assert refused(database, action, feed_id, NOW).key == "error.feed_disabled"


def test_an_advertised_feed_is_adopted(database: Database, feed_id: int) -> None:
    fail(database, feed_id, NOW, advertised=OFFERED)
    feed = look(database, feed_id).feed
    assert (feed.status, feed.advertised) == ("failing", OFFERED)
    with database.read() as session:
        assert feed_health.alternative_urls(session, feed) == list(OFFERED)
    _, chosen = OFFERED[0]
    do(database, feed_health.adopt_url, feed_id, chosen, NOW)
    with database.write() as session:
        assert claim_feed(session, feed_id).url == chosen
    assert feed_row(database, feed_id).url == URL


def test_an_adopted_feed_that_works_is_shown_as_moved(database: Database, feed_id: int) -> None:
    fail(database, feed_id, NOW, advertised=OFFERED)
    do(database, feed_health.adopt_url, feed_id, OFFERED[0][1], NOW)
    poll(database, feed_id, NOW + MINUTE, entry(1))
    feed = look(database, feed_id).feed
    assert (feed.status, feed.since) == ("moved", NOW + MINUTE)
    with database.read() as session:
        assert feed_health.alternative_urls(session, feed) == [("", URL)]
    do(database, feed_health.adopt_url, feed_id, URL, NOW + HOUR)
    assert feed_row(database, feed_id).adopted_url is None


def test_no_other_address_is_adopted(database: Database, feed_id: int) -> None:
    fail(database, feed_id, NOW, advertised=OFFERED)
    error = refused(database, feed_health.adopt_url, feed_id, "http://10.0.0.1/", NOW)
    assert error.key == "error.feed_address"
    assert feed_row(database, feed_id).adopted_url is None


def test_nothing_is_done_to_a_feed_that_is_not_there(database: Database) -> None:
    for action, *more in (
        (feed_health.poll_now, NOW),
        (feed_health.resume, NOW),
        (feed_health.adopt_url, URL, NOW),
    ):
        with pytest.raises(NotFound), database.write() as session:
            action(session, 99, *more)


# --- keeping house -----------------------------------------------------------------------------


def test_old_days_are_forgotten_once_a_day(database: Database, feed_id: int) -> None:
    def add_old() -> None:
        with database.write() as session:
            feed_days.add_polls(session, [(feed_id, FeedDay(NOW.date() - 61 * DAY, 1))])

    def count() -> int:
        with database.read() as session:
            found = feed_days.list_days(session, [feed_id], NOW.date() - 99 * DAY)
            return sum(len(days) for days in found.values())

    add_old()
    feed_health.delete_old_days(database, NOW)
    assert count() == 0
    add_old()
    feed_health.delete_old_days(database, NOW + HOUR)
    assert count() == 1
    feed_health.delete_old_days(database, NOW + DAY)
    assert count() == 0


PRIVATE = ("http://127.0.0.1:8000/feed", "http://[::1]/", "http://nas.local/rss", "http://router/")


@pytest.mark.parametrize("url", PRIVATE)
def test_a_public_feed_adopts_no_private_address(
    database: Database, feed_id: int, url: str
) -> None:
    fail(database, feed_id, NOW, advertised=(("داخلي", url),))
    error = refused(database, feed_health.adopt_url, feed_id, url, NOW)
    assert error.key == "error.feed_private"
    assert feed_row(database, feed_id).adopted_url is None


def test_a_feed_of_a_private_network_moves_within_it(database: Database) -> None:
    with database.write() as session:
        feed_id = make_feed(session, make_source(session), "http://10.0.0.1/feed")
    fail(database, feed_id, NOW, advertised=(("", "http://10.0.0.2/feed"),))
    do(database, feed_health.adopt_url, feed_id, "http://10.0.0.2/feed", NOW)
    assert feed_row(database, feed_id).adopted_url == "http://10.0.0.2/feed"

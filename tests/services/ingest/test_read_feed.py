"""Polling one feed: what is read, and what becomes of it in the database."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from aggregator.errors import FetchError, ParseError
from aggregator.process.feeds.schedule import PollPolicy
from aggregator.services.ingest.prepare import prepare
from aggregator.services.ingest.read_feed import PollOutcome, PollResult, poll_feed
from aggregator.services.ingest.store import store
from aggregator.storage.engine import Database
from aggregator.storage.entries.retention import delete_before
from aggregator.storage.models import Feed
from aggregator.types import (
    CacheHints,
    FeedDocument,
    FeedFailure,
    FeedForPoll,
    FeedProblem,
    NotModified,
    PreparedEntry,
    PreparedFeed,
)
from tests.builders import (
    BODY,
    NOW,
    a_document,
    a_feed_for_poll,
    an_entry,
    claim_feed,
    entry_rows,
    feed_row,
    make_feed,
    make_source,
)
from tests.fakes import FakeClient, FakeParser, ok_response

POLICY = PollPolicy(timedelta(minutes=5), timedelta(hours=4))
URL = "https://hespress.example/feed"
HINTS = CacheHints(etag='"1"', last_modified="Mon, 02 Nov 2026 08:00:00 GMT")
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


# --- reading ------------------------------------------------------------------------------------


def reading_of(client: FakeClient, parser: FakeParser | None = None, **feed: Any) -> PollResult:
    return asyncio.run(poll_feed(a_feed_for_poll(**feed), client, parser or FakeParser()))


def test_a_document_is_fetched_and_prepared() -> None:
    document = a_document(an_entry())
    client = FakeClient(
        {URL: ok_response(b"<rss>", URL, hints=HINTS, permanent_url="https://new/")}
    )
    reading = reading_of(client, FakeParser({b"<rss>": document}), etag='"0"', last_modified="L")
    assert reading.document is document
    assert (reading.hints, reading.permanent_url, reading.failure) == (HINTS, "https://new/", None)
    assert client.validators == [('"0"', "L")]


def test_the_hub_of_the_link_header_goes_before_the_document_s() -> None:
    document = a_document(an_entry(), hub_url="https://old.example/", self_url="https://self/")
    named = replace(ok_response(b"<rss>", URL), hub_url="https://hub.example/")
    reading = reading_of(FakeClient({URL: named}), FakeParser({b"<rss>": document}))
    assert reading.document == replace(document, hub_url="https://hub.example/")


def test_the_parser_is_told_where_the_document_comes_from() -> None:
    parser = FakeParser()
    reading_of(
        FakeClient({URL: ok_response(b"<rss>", "https://moved.example/", content_type="text/xml")}),
        parser,
        language="fr",
        timezone="Europe/Paris",
    )
    (document,) = parser.prepared
    assert (document.url, document.content_type) == ("https://moved.example/", "text/xml")
    assert (document.language, document.timezone) == ("fr", "Europe/Paris")


def test_not_modified_is_no_news() -> None:
    reading = reading_of(FakeClient({URL: NotModified(HINTS)}))
    assert reading.is_unchanged


def test_the_same_bytes_again_are_not_parsed_again() -> None:
    client, parser = FakeClient({URL: ok_response(b"<rss>", URL)}), FakeParser()
    first = reading_of(client, parser)
    again = reading_of(client, parser, body_digest=first.body_digest)
    assert again.is_unchanged
    assert len(parser.prepared) == 1


@pytest.mark.parametrize(
    ("answer", "document", "failure"),
    [
        (
            FetchError("rate_limited", "HTTP 429", retry_after=MINUTE),
            None,
            FeedFailure("rate_limited", "HTTP 429", MINUTE),
        ),
        (
            ok_response(b"<html>", URL),
            ParseError("html", "a web page"),
            FeedFailure("html", "a web page"),
        ),
        (ok_response(b"<html>", URL), KeyError("x"), FeedFailure("internal", "KeyError: 'x'")),
        (RuntimeError("odd"), None, FeedFailure("internal", "RuntimeError: odd")),
    ],
)
def test_whatever_goes_wrong_is_a_failure_of_this_feed(
    answer: Any, document: PreparedFeed | Exception | None, failure: FeedFailure
) -> None:
    parser = FakeParser({b"<html>": document} if document else {})
    reading = reading_of(FakeClient({URL: answer}), parser)
    assert reading.failure == failure
    assert reading.document is None


# --- storing ------------------------------------------------------------------------------------


@pytest.fixture
def feed_id(database: Database) -> int:
    with database.write() as session:
        return make_feed(session, make_source(session), URL)


def claim(database: Database, feed_id: int) -> FeedForPoll:
    with database.write() as session:
        return claim_feed(session, feed_id)


def poll(
    database: Database, feed_id: int, *entries: PreparedEntry, now: datetime = NOW, **values: Any
) -> PollOutcome:
    """Poll a feed whose document has these entries."""
    document = a_document(*entries, **values.pop("document", {}))
    reading = PollResult(claim(database, feed_id), now, document=document, **values)
    (stored,) = store(database, [reading], POLICY)
    return stored


def fail(database: Database, feed_id: int, kind: str, **values: Any) -> Feed:
    failure = FeedFailure(kind, "why", values.pop("retry_after", None))
    store(database, [PollResult(claim(database, feed_id), NOW, failure=failure)], POLICY)
    return feed_row(database, feed_id)


def titles(database: Database) -> list[str]:
    return [row.title for row in entry_rows(database)]


def test_new_entries_are_stored_and_counted(database: Database, feed_id: int) -> None:
    stored = poll(database, feed_id, an_entry("ب", guid="2"), an_entry("أ", guid="1"))
    assert (stored.new, stored.changed, stored.failure) == (2, 0, None)
    assert titles(database) == ["أ", "ب"]
    assert feed_row(database, feed_id).entry_count == 2


def test_polled_again_nothing_is_new(database: Database, feed_id: int) -> None:
    entries = an_entry("ب", guid="2"), an_entry("أ", guid="1")
    poll(database, feed_id, *entries)
    stored = poll(database, feed_id, *entries)
    assert (stored.new, stored.changed) == (0, 0)
    assert feed_row(database, feed_id).entry_count == 2


def test_an_edit_updates_the_row(database: Database, feed_id: int) -> None:
    poll(database, feed_id, an_entry("أ", guid="1", text=BODY))
    stored = poll(database, feed_id, an_entry("أ ٢", guid="1", text=f"{BODY} اليوم"))
    assert (stored.new, stored.changed) == (0, 1)
    (row,) = entry_rows(database)
    assert (row.title, row.updated_at) == ("أ ٢", NOW)
    assert feed_row(database, feed_id).entry_count == 1


def test_an_entry_that_left_its_feed_stays(database: Database, feed_id: int) -> None:
    poll(database, feed_id, an_entry("أ", guid="1"))
    poll(database, feed_id, an_entry("ب", guid="2"))
    assert titles(database) == ["أ", "ب"]


def test_copies_in_one_batch_are_found(database: Database, feed_id: int) -> None:
    with database.write() as session:
        other = make_feed(session, make_source(session, "medias24"), "https://m.example/")
    readings = [
        PollResult(claim(database, id_), NOW, document=a_document(an_entry("أ", url, text=BODY)))
        for id_, url in ((feed_id, "https://h.example/a"), (other, "https://m.example/a"))
    ]
    store(database, readings, POLICY)
    first, copy = entry_rows(database)
    assert (first.duplicate_of, copy.duplicate_of) == (None, first.id)
    assert feed_row(database, other).entry_count == 1


def test_what_retention_deleted_does_not_return(database: Database, feed_id: int) -> None:
    old = an_entry("قديم", "https://h.example/1", guid="1", published_at=NOW - 40 * DAY)
    poll(database, feed_id, old)
    with database.write_exclusive() as session:
        delete_before(session, NOW - 30 * DAY, NOW, limit=10)
    assert poll(database, feed_id, an_entry("جديد", guid="2"), old).new == 1
    assert titles(database) == ["جديد"]
    assert feed_row(database, feed_id).entry_count == 1


def test_nor_under_the_guid_that_it_got_later(database: Database, feed_id: int) -> None:
    old = {"url": "https://h.example/1", "published_at": NOW - 40 * DAY}
    poll(database, feed_id, an_entry("قديم", guid="http://h.example/1", **old))
    poll(database, feed_id, an_entry("قديم", guid="https://h.example/1", **old))
    with database.write_exclusive() as session:
        assert delete_before(session, NOW - 30 * DAY, NOW, limit=10) == 1
    assert poll(database, feed_id, an_entry("قديم", guid="https://h.example/1", **old)).new == 0


def test_nor_beside_others_at_the_same_address(database: Database, feed_id: int) -> None:
    """A page with many articles: those that are known hide none that was deleted."""
    place = "https://h.example/live"
    old = an_entry("قديم", place, guid="0", published_at=NOW - 40 * DAY)
    others = [an_entry(str(number), place, guid=str(number)) for number in range(1, 4)]
    for entry in (old, *others):
        poll(database, feed_id, entry)
    with database.write_exclusive() as session:
        assert delete_before(session, NOW - 30 * DAY, NOW, limit=10) == 1
    assert poll(database, feed_id, old).new == 0


def test_validators_are_stored_with_the_entries(database: Database, feed_id: int) -> None:
    poll(database, feed_id, an_entry(), hints=HINTS, body_digest="d")
    row = feed_row(database, feed_id)
    assert (row.etag, row.last_modified, row.body_digest) == ('"1"', HINTS.last_modified, "d")


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
    store(database, [PollResult(claim(database, feed_id), NOW + MINUTE, HINTS)], POLICY)
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


# --- one feed costs no other --------------------------------------------------------------------

# No database stores half a surrogate pair.
BROKEN = replace(an_entry(guid="bad"), title="\ud800")


@pytest.fixture
def another(database: Database) -> int:
    with database.write() as session:
        return make_feed(session, make_source(session, "medias24"), "https://m.example/")


def test_an_entry_that_cannot_be_stored_fails_its_feed_alone(
    database: Database, feed_id: int, another: int
) -> None:
    poll(database, feed_id, an_entry("أ", guid="0"))
    readings = [
        PollResult(claim(database, feed_id), NOW, document=a_document(an_entry(guid="1"), BROKEN)),
        PollResult(claim(database, another), NOW, document=a_document(an_entry("سليم", guid="1"))),
    ]
    bad, good = store(database, readings, POLICY)
    assert bad.failure is not None
    assert (bad.failure.kind, good.new) == ("internal", 1)
    assert titles(database) == ["أ", "سليم"]
    row = feed_row(database, feed_id)
    assert (row.status, row.entry_count, row.lease) == ("failing", 1, None)


def test_nul_in_a_text_never_costs_another_feed(
    database: Database, feed_id: int, another: int
) -> None:
    nul = replace(an_entry(guid="nul"), title="قبل\0بعد")
    readings = [
        PollResult(claim(database, feed_id), NOW, document=a_document(nul)),
        PollResult(claim(database, another), NOW, document=a_document(an_entry("سليم", guid="1"))),
    ]
    store(database, readings, POLICY)
    assert "سليم" in titles(database)
    row = feed_row(database, feed_id)
    assert row.lease is None
    assert "INSERT" not in (row.error_detail or "")


def lose(database: Database, feed_id: int) -> FeedForPoll:
    mine = claim(database, feed_id)
    with database.write() as session:
        session.execute(update(Feed).where(Feed.id == feed_id).values(lease="another:1:x"))
    return mine


@pytest.mark.parametrize("what", ["entries", "broken", "failure"])
def test_a_lost_feed_stores_nothing_and_costs_no_other(
    database: Database, feed_id: int, another: int, what: str
) -> None:
    lost = lose(database, feed_id)
    reading = {
        "entries": PollResult(lost, NOW, document=a_document(an_entry(guid="1"))),
        "broken": PollResult(lost, NOW, document=a_document(BROKEN)),
        "failure": PollResult(lost, NOW, failure=FeedFailure("timeout", "")),
    }[what]
    good = PollResult(
        claim(database, another), NOW, document=a_document(an_entry("سليم", guid="1"))
    )
    outcomes = store(database, [reading, good], POLICY)
    assert [outcome.lost for outcome in outcomes] == [True, False]
    assert titles(database) == ["سليم"]
    row = feed_row(database, feed_id)
    assert (row.lease, row.entry_count, row.last_polled_at) == ("another:1:x", 0, None)


def test_a_database_that_does_not_answer_stores_nothing_of_the_batch(
    database: Database, feed_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_answer(*_: Any) -> None:
        raise OperationalError("SELECT 1", {}, Exception("connection lost"))

    reading = PollResult(claim(database, feed_id), NOW, document=a_document(an_entry(guid="1")))
    with monkeypatch.context() as patch:
        patch.setattr("aggregator.storage.feeds.outcomes.record_success", no_answer)
        with pytest.raises(OperationalError):
            store(database, [reading], POLICY)
    assert titles(database) == []
    (stored,) = store(database, [reading], POLICY)  # the lease still holds
    assert stored.new == 1


def test_what_nobody_foresaw_is_logged(
    database: Database, feed_id: int, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        poll(database, feed_id, BROKEN)
    assert URL in caplog.text


def test_times_are_those_of_the_reading(database: Database, feed_id: int) -> None:
    moment = datetime(2026, 11, 1, 23, 30, tzinfo=UTC)
    poll(database, feed_id, an_entry(published_at=None), now=moment)
    (row,) = entry_rows(database)
    assert row.fetched_at == row.published_at == moment
    assert feed_row(database, feed_id).last_polled_at == moment


# --- what publishers really send ----------------------------------------------------------------

NASTY_RSS = (
    b'<rss version="2.0"><channel><title>a\0&#0;&#xD800;b</title><item>'
    b"<title>t\0&#0;&#xD800;&#xFFFF;itle</title><guid>g\0&#0;&#xD800;1</guid>"
    b"<link>https://h.example/\0&#0;a</link><author>a\0&#0;&#xD83D;</author>"
    b"<category>c\0&#0;</category><description>&lt;p title='\0&#0;'>t\0&#0;&amp;#0;&#xD800;"
    b"&lt;/p></description>"
    b"<enclosure url='https://h.example/a\0&#0;.mp3' type='audio/mpeg\0&#0;' length='1'/>"
    b"</item></channel></rss>"
)
NASTY_JSON = rb"""{"version": "https://jsonfeed.org/version/1.1", "title": "a\u0000\ud800",
"items": [{
 "id": "g\u0000\ud8001", "url": "https://h.example/\u0000\ud800a", "title": "t\u0000\ud800itle",
 "content_html": "<p>t\u0000\ud800</p>", "tags": ["c\u0000\ud800"],
 "authors": [{"name": "a\u0000\ud800"}], "image": "https://h.example/\u0000\ud800.png",
 "attachments": [{"url": "https://h.example/\u0000\ud800", "mime_type": "audio/x\u0000\ud800"}]}]}
"""


@pytest.mark.parametrize("body", [NASTY_RSS, NASTY_JSON], ids=["rss", "json"])
def test_no_character_that_a_publisher_sends_costs_the_feed(
    database: Database, feed_id: int, body: bytes
) -> None:
    """PostgreSQL takes no NUL, neither database half a surrogate pair."""
    document = prepare(FeedDocument(body, "", URL, "ar", "Africa/Casablanca", NOW))
    reading = PollResult(claim(database, feed_id), NOW, document=document)
    (stored,) = store(database, [reading], POLICY)
    assert (stored.new, stored.failure) == (1, None)
    assert titles(database)[0].replace("\ufffd", "") == "title"
    again = PollResult(claim(database, feed_id), NOW, document=document)
    assert store(database, [again], POLICY)[0].new == 0


def test_a_damaged_feed_that_failed_in_between_is_read_again(
    database: Database, feed_id: int
) -> None:
    """The same bytes, or a 304, would not tell that they are damaged."""
    with database.write() as session:
        values = {"status": "damaged", "etag": '"1"', "last_modified": "x", "body_digest": "d"}
        session.execute(update(Feed).where(Feed.id == feed_id).values(values))
    with database.write_exclusive() as session:
        feed = claim_feed(session, feed_id)
    store(database, [PollResult(feed, NOW, failure=FeedFailure("timeout", "slow"))], POLICY)
    row = feed_row(database, feed_id)
    assert (row.etag, row.last_modified, row.body_digest) == (None, None, None)

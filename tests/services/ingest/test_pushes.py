"""Deliveries of hubs: whether they are taken, how they are prepared, what is stored of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from aggregator.clock import SYSTEM_CLOCK
from aggregator.errors import NotFound, ParseError
from aggregator.services.ingest import pushes
from aggregator.services.ingest.cycle import PollCycle
from aggregator.services.ingest.pushes import prepare_pushes
from aggregator.services.ingest.read_feed import PollOutcome, poll_feed
from aggregator.storage.engine import Database
from aggregator.storage.feeds import pushes as push_storage
from aggregator.types import (
    EMPTY_DOCUMENT,
    CacheHints,
    FeedDocument,
    FeedForPoll,
    FetchedFeed,
    PreparedFeed,
    Push,
)
from tests.builders import NOW, a_document, an_entry, entry_rows, feed_row
from tests.fakes import FakeClient, FakeParser
from tests.hub import sign
from tests.services.ingest.polls import POLICY, claim
from tests.services.ingest.subscribing import poll, row, state, subscribe, token

FEED = FeedForPoll(
    0, "https://a.example/feed", 0, "a", "ar", "UTC", "", None, None, None, None, 0, 0, None, None,
    "",
)  # fmt: skip


class Recorder:
    """A parser that keeps what it is given."""

    def __init__(self) -> None:
        self.documents: list[FeedDocument] = []

    def warm_up(self) -> None:
        pass

    async def prepare(self, document: FeedDocument) -> PreparedFeed:
        self.documents.append(document)
        return EMPTY_DOCUMENT


@pytest.mark.parametrize(
    ("url", "configured", "is_internal"),
    [
        ("https://a.example/feed", None, False),
        ("http://127.0.0.1/feed", None, True),
        ("http://127.0.0.1/feed", "https://a.example/feed", False),
    ],
)
def test_the_configured_address_decides_where_a_delivery_may_lead(
    url: str, configured: str | None, is_internal: bool
) -> None:
    parser = Recorder()
    feed = replace(FEED, url=url, configured_url=configured)
    asyncio.run(prepare_pushes(feed, [Push(1, "text/xml", b"<rss/>")], parser, lambda: NOW))
    assert [document.is_internal for document in parser.documents] == [is_internal]


@pytest.mark.parametrize("is_internal", [True, False])
def test_a_polled_document_is_what_the_client_says(is_internal: bool) -> None:
    class Client:
        async def fetch(self, url: str, **_: object) -> FetchedFeed:
            return FetchedFeed(url, b"<rss/>", "", CacheHints(), is_internal=is_internal)

    parser = Recorder()
    asyncio.run(poll_feed(FEED, Client(), parser))
    assert [document.is_internal for document in parser.documents] == [is_internal]


# --- taken and stored ----------------------------------------------------------------------------


def deliver(database: Database, feed_id: int, body: bytes, now: datetime = NOW) -> bool:
    subscription = pushes.find_subscription(database, token(database, feed_id), now)
    signature = sign(subscription.secret, body)
    return pushes.receive_push(database, subscription, "text/xml", body, signature, now)


def waiting(database: Database, feed_id: int) -> list[bytes]:
    with database.read() as session:
        return [push.body for push in push_storage.list_pushes(session, feed_id)]


def run_pushes(
    database: Database,
    documents: dict[bytes, PreparedFeed | Exception],
    now: Callable[[], datetime] = SYSTEM_CLOCK.now,
) -> list[PollOutcome]:
    """A tick of the poller that finds no feed due."""
    stored: list[PollOutcome] = []

    async def run() -> None:
        cycle = PollCycle(
            database,
            FakeClient(),
            FakeParser(documents),
            POLICY,
            in_flight=9,
            on_stored=stored.append,
            now=now,
        )
        await cycle.start()
        await cycle.claim_pushed()
        await cycle.drain()
        await cycle.stop()

    asyncio.run(run())
    return stored


def test_a_delivery_is_stored_like_a_poll(database: Database, feed_id: int) -> None:
    subscribe(database, feed_id)
    polled = poll(database, feed_id, an_entry("أ", guid="1"))
    assert deliver(database, feed_id, b"<rss>")
    news = a_document(an_entry("ب", guid="2"), an_entry("أ ٢", guid="1"), hub_url=None)
    (stored,) = run_pushes(database, {b"<rss>": news})
    assert (stored.new, stored.changed, stored.failure) == (1, 1, None)
    assert [entry.title for entry in entry_rows(database)] == ["أ ٢", "ب"]
    assert waiting(database, feed_id) == []
    pushed = feed_row(database, feed_id)
    assert (pushed.entry_count, pushed.lease) == (2, None)
    for name in ("etag", "last_modified", "body_digest", "last_polled_at", "next_poll_at"):
        assert getattr(pushed, name) == getattr(polled, name)
    assert state(database, feed_id) == "active"


def test_what_waits_is_stored_in_its_order(database: Database, feed_id: int) -> None:
    subscribe(database, feed_id)
    for title in ("أ", "ب"):
        deliver(database, feed_id, title.encode())
    documents: dict[bytes, PreparedFeed | Exception] = {
        title.encode(): a_document(an_entry(title, guid="1")) for title in ("أ", "ب")
    }
    (stored,) = run_pushes(database, documents)
    assert (stored.new, stored.changed) == (1, 1)
    assert [entry.title for entry in entry_rows(database)] == ["ب"]


@pytest.mark.parametrize(
    "document",
    [
        ParseError("html", "a web page"),
        KeyError("odd"),
        a_document(an_entry("\ud800", guid="2")),
    ],
)
def test_a_delivery_that_cannot_be_used_costs_nothing(
    database: Database, feed_id: int, document: PreparedFeed | Exception
) -> None:
    subscribe(database, feed_id)
    before = feed_row(database, feed_id)
    deliver(database, feed_id, b"bad")
    run_pushes(database, {b"bad": document})
    after = feed_row(database, feed_id)
    assert waiting(database, feed_id) == []
    assert (after.status, after.failures, after.lease) == (before.status, 0, None)
    found = row(database, feed_id)
    assert found is not None
    assert found.last_push_at is None


def test_a_feed_that_is_being_polled_keeps_its_deliveries_waiting(
    database: Database, feed_id: int
) -> None:
    subscribe(database, feed_id)
    deliver(database, feed_id, b"<rss>")
    claim(database, feed_id, datetime.now(tz=NOW.tzinfo))
    assert run_pushes(database, {}) == []
    assert waiting(database, feed_id) == [b"<rss>"]


def test_a_feed_is_polled_rarely_while_its_hub_delivers(database: Database, feed_id: int) -> None:
    subscribe(database, feed_id)
    entry = an_entry("أ", guid="1", published_at=NOW)
    values = {"mean_gap_s": 3600, "newest_at": NOW}
    assert poll(database, feed_id, entry, **values).interval_s == 1800
    deliver(database, feed_id, b"<rss>")
    run_pushes(database, {b"<rss>": a_document(entry)}, lambda: NOW)
    assert poll(database, feed_id, entry, **values).interval_s == 7200
    missed = an_entry("ب", guid="2", published_at=NOW)
    assert poll(database, feed_id, entry, missed, **values).interval_s == 1800


@pytest.mark.parametrize("signature", ["", "sha256=00", sign("another", b"<rss>")])
def test_what_is_not_signed_as_agreed_is_ignored(
    database: Database, feed_id: int, signature: str
) -> None:
    subscribe(database, feed_id)
    subscription = pushes.find_subscription(database, token(database, feed_id), NOW)
    assert not pushes.receive_push(database, subscription, "text/xml", b"<rss>", signature, NOW)
    assert waiting(database, feed_id) == []


def test_nothing_is_taken_before_and_after_the_lease(database: Database, feed_id: int) -> None:
    poll(database, feed_id)
    with pytest.raises(NotFound):
        deliver(database, feed_id, b"<rss>")
    subscribe(database, feed_id)
    with pytest.raises(NotFound):
        deliver(database, feed_id, b"<rss>", NOW + timedelta(days=2))

"""Subscribing to hubs, and storing what they deliver."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from sqlalchemy import update

from aggregator.clock import SYSTEM_CLOCK
from aggregator.errors import FetchError, NotFound, ParseError
from aggregator.process.feeds.schedule import PollPolicy
from aggregator.services.ingest import pushes
from aggregator.services.ingest.cycle import PollCycle
from aggregator.services.ingest.read_feed import PollOutcome, PollResult
from aggregator.services.ingest.store import store
from aggregator.services.ingest.websub import Subscriber, is_reachable, verify_intent
from aggregator.storage.engine import Database
from aggregator.storage.feeds import pushes as push_storage
from aggregator.storage.models import Feed, WebsubSubscription
from aggregator.types import CacheHints, PreparedEntry, PreparedFeed
from tests.builders import (
    NOW,
    a_document,
    an_entry,
    claim_feed,
    entry_rows,
    feed_row,
    make_feed,
    make_source,
)
from tests.fakes import FakeClient, FakeParser
from tests.hub import sign

HUB, TOPIC = "https://hub.example/", "https://hespress.example/feed"
POLICY = PollPolicy(timedelta(minutes=5), timedelta(hours=4))
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


# --- can hubs reach us? --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "base_url",
    [
        "https://marsad.ma",
        "http://news.marsad.ma:8443/m",
        "https://1.1.1.1",
        "http://[2606:4700::1]",
    ],
)
def test_a_public_address_can_be_called_back(base_url: str) -> None:
    assert is_reachable(base_url, ())


@pytest.mark.parametrize(
    "base_url",
    [
        "http://127.0.0.1:8000", "http://localhost:8000", "http://10.0.0.7", "http://[::1]",
        "http://marsad", "https://marsad.local", "http://0x7f.1", "http://[fd00::1]",
    ],
)  # fmt: skip
def test_a_private_one_cannot(base_url: str) -> None:
    assert not is_reachable(base_url, ())


def test_unless_the_operator_allows_that_network() -> None:
    loopback = (ip_network("127.0.0.0/8"),)
    assert is_reachable("http://127.0.0.1:8000", loopback)
    assert is_reachable("http://localhost:8000", loopback)
    assert not is_reachable("http://10.0.0.7", loopback)


# --- asking hubs ---------------------------------------------------------------------------------


class FakeHub:
    """Takes forms, or refuses them."""

    def __init__(self, error: FetchError | None = None) -> None:
        self.error = error
        self.asked: list[dict[str, str]] = []

    async def post_form(
        self, url: str, fields: Mapping[str, str], *, configured_url: str | None = None
    ) -> int:
        assert (url, configured_url) == (HUB, TOPIC)
        self.asked.append(dict(fields))
        await asyncio.sleep(0)
        if self.error:
            raise self.error
        return 202


@pytest.fixture
def feed_id(database: Database) -> int:
    with database.write() as session:
        return make_feed(session, make_source(session), TOPIC)


def poll(
    database: Database, feed_id: int, *entries: PreparedEntry, now: datetime = NOW, **document: Any
) -> Feed:
    """Poll a feed whose document has these entries and names the hub."""
    prepared = a_document(*entries, **{"hub_url": HUB, "self_url": TOPIC} | document)
    with database.write() as session:
        feed = claim_feed(session, feed_id, now)
    hints = CacheHints(etag=f'"{now}"')
    store(database, [PollResult(feed, now, hints, body_digest="d", document=prepared)], POLICY)
    return feed_row(database, feed_id)


def ask(database: Database, hub: FakeHub, now: datetime = NOW) -> list[dict[str, str]]:
    """The forms that a round of requests sends."""
    asked = len(hub.asked)
    asyncio.run(Subscriber(database, hub, "https://marsad.ma").run_round(now))
    return hub.asked[asked:]


def row(database: Database, feed_id: int) -> WebsubSubscription | None:
    with database.read() as session:
        found = session.get(WebsubSubscription, feed_id)
        if found:
            session.expunge(found)
        return found


def state(database: Database, feed_id: int) -> str | None:
    found = row(database, feed_id)
    return found.state if found else None


def token(database: Database, feed_id: int) -> str:
    found = row(database, feed_id)
    assert found
    return found.token


def answer(database: Database, feed_id: int, now: datetime = NOW, **asked: str) -> str:
    given = {"mode": "subscribe", "topic": TOPIC, "challenge": "c", "lease_seconds": "86400"}
    parameters = {f"hub.{name}": value for name, value in (given | asked).items()}
    return verify_intent(database, token(database, feed_id), parameters, now)


def subscribe(database: Database, feed_id: int, now: datetime = NOW) -> None:
    poll(database, feed_id, now=now)
    ask(database, FakeHub(), now)
    assert answer(database, feed_id, now) == "c"


def test_a_hub_that_a_feed_names_is_asked_once(database: Database, feed_id: int) -> None:
    poll(database, feed_id)
    hub = FakeHub()
    (form,) = ask(database, hub)
    found = row(database, feed_id)
    assert found is not None
    assert form == {
        "hub.mode": "subscribe",
        "hub.topic": TOPIC,
        "hub.callback": f"https://marsad.ma/websub/{found.token}",
        "hub.secret": found.secret,
        "hub.lease_seconds": "864000",
    }
    assert ask(database, hub) == []
    assert ask(database, hub, NOW + 9 * MINUTE) == []
    assert (found.state, found.requested_at) == ("pending", NOW)


def test_a_feed_without_a_hub_has_no_subscription(database: Database, feed_id: int) -> None:
    poll(database, feed_id, hub_url=None)
    assert row(database, feed_id) is None


def test_a_feed_that_does_not_name_itself_is_known_by_its_address(
    database: Database, feed_id: int
) -> None:
    poll(database, feed_id, self_url=None)
    assert ask(database, FakeHub())[0]["hub.topic"] == TOPIC


def test_two_pollers_ask_once(database: Database, feed_id: int) -> None:
    poll(database, feed_id)
    hub = FakeHub()
    pollers = [Subscriber(database, hub, "https://marsad.ma") for _ in range(2)]

    async def both() -> None:
        await asyncio.gather(*(poller.run_round(NOW) for poller in pollers))

    asyncio.run(both())
    assert len(hub.asked) == 1


def test_a_hub_that_stays_silent_is_asked_again_and_again_more_rarely(
    database: Database, feed_id: int
) -> None:
    poll(database, feed_id)
    hub = FakeHub()
    for minutes in (0, 10, 30, 70):
        assert len(ask(database, hub, NOW + minutes * MINUTE)) == 1
        assert ask(database, hub, NOW + (minutes + 9) * MINUTE) == []


@pytest.mark.parametrize("status", [None, 500, 503, 429])
def test_trouble_of_the_hub_is_no_refusal(
    database: Database, feed_id: int, status: int | None
) -> None:
    poll(database, feed_id)
    ask(database, FakeHub(FetchError("server_error", "trouble\0", status=status)))
    found = row(database, feed_id)
    assert found is not None
    assert (found.state, found.detail) == ("pending", "server_error: trouble")
    assert len(ask(database, FakeHub(), NOW + 10 * MINUTE)) == 1


def test_a_refusal_is_believed_for_a_week(database: Database, feed_id: int) -> None:
    poll(database, feed_id)
    ask(database, FakeHub(FetchError("forbidden", "HTTP 403", status=403)))
    assert state(database, feed_id) == "refused"
    assert ask(database, FakeHub(), NOW + 6 * DAY) == []
    poll(database, feed_id, now=NOW + 6 * DAY)  # it still names the hub
    assert ask(database, FakeHub(), NOW + 6 * DAY) == []
    assert len(ask(database, FakeHub(), NOW + 7 * DAY)) == 1
    assert answer(database, feed_id, NOW + 7 * DAY) == "c"


# --- answering hubs ------------------------------------------------------------------------------


def test_what_we_asked_for_is_confirmed(database: Database, feed_id: int) -> None:
    subscribe(database, feed_id)
    found = row(database, feed_id)
    assert found is not None
    assert (found.state, found.lease_until, found.failures) == ("active", NOW + DAY, 0)


@pytest.mark.parametrize(
    "asked",
    [
        {"topic": "https://other.example/feed"},
        {"mode": "unsubscribe"},
        {"mode": "publish"},
        {"challenge": ""},
    ],
)
def test_what_we_did_not_ask_for_is_not(
    database: Database, feed_id: int, asked: dict[str, str]
) -> None:
    poll(database, feed_id)
    ask(database, FakeHub())
    with pytest.raises(NotFound):
        answer(database, feed_id, **asked)
    assert state(database, feed_id) == "pending"


def test_nor_what_we_have_not_asked_for_yet(database: Database, feed_id: int) -> None:
    poll(database, feed_id)
    with pytest.raises(NotFound):
        answer(database, feed_id)


def test_a_hub_may_say_no_later(database: Database, feed_id: int) -> None:
    subscribe(database, feed_id)
    assert answer(database, feed_id, mode="denied", challenge="", reason="too many") == ""
    found = row(database, feed_id)
    assert found is not None
    assert (found.state, found.lease_until, found.detail) == ("refused", None, "denied: too many")


def test_a_lease_is_renewed_in_time(database: Database, feed_id: int) -> None:
    subscribe(database, feed_id)
    before = token(database, feed_id)
    assert ask(database, FakeHub(), NOW + 15 * HOUR) == []
    (form,) = ask(database, FakeHub(), NOW + 16 * HOUR)
    assert form["hub.mode"] == "subscribe"
    assert answer(database, feed_id, NOW + 16 * HOUR) == "c"
    found = row(database, feed_id)
    assert found is not None
    assert (found.token, found.lease_until) == (before, NOW + 40 * HOUR)


def test_a_feed_that_left_the_config_is_unsubscribed(database: Database, feed_id: int) -> None:
    subscribe(database, feed_id)
    with database.write() as session:
        session.execute(update(Feed).values(enabled=False))
    (form,) = ask(database, FakeHub())
    assert (form["hub.mode"], form["hub.topic"]) == ("unsubscribe", TOPIC)
    assert "hub.secret" not in form
    with pytest.raises(NotFound):
        answer(database, feed_id)
    assert answer(database, feed_id, mode="unsubscribe") == "c"
    assert row(database, feed_id) is None


def test_a_hub_that_is_deaf_to_that_is_left_alone(database: Database, feed_id: int) -> None:
    subscribe(database, feed_id)
    poll(database, feed_id, hub_url=None)
    hub = FakeHub(FetchError("connection", "refused"))
    for hours in range(12):
        ask(database, hub, NOW + hours * HOUR)
    assert [form["hub.mode"] for form in hub.asked] == ["unsubscribe"] * 3
    assert row(database, feed_id) is None


def test_a_hub_that_no_longer_knows_us_needs_no_goodbye(database: Database, feed_id: int) -> None:
    subscribe(database, feed_id)
    poll(database, feed_id, hub_url=None)
    ask(database, FakeHub(FetchError("not_found", "HTTP 404", status=404)))
    assert row(database, feed_id) is None


def test_a_hub_that_comes_back_is_subscribed_anew(database: Database, feed_id: int) -> None:
    subscribe(database, feed_id)
    before = token(database, feed_id)
    poll(database, feed_id, hub_url=None)
    poll(database, feed_id, now=NOW + HOUR)
    assert len(ask(database, FakeHub(), NOW + HOUR)) == 1
    assert token(database, feed_id) != before


def test_another_hub_takes_the_place_of_the_first(database: Database, feed_id: int) -> None:
    subscribe(database, feed_id)
    poll(database, feed_id, self_url="https://hespress.example/other", now=NOW + HOUR)
    (form,) = ask(database, FakeHub(), NOW + HOUR)
    assert form["hub.topic"] == "https://hespress.example/other"


# --- deliveries ----------------------------------------------------------------------------------


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
    with database.write() as session:
        claim_feed(session, feed_id, datetime.now(tz=NOW.tzinfo))
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
        deliver(database, feed_id, b"<rss>", NOW + 2 * DAY)

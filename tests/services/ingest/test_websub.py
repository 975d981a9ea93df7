"""Subscribing to hubs: who can be called back, what is asked for, what is confirmed."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from ipaddress import ip_network

import pytest
from sqlalchemy import update

from aggregator.errors import FetchError, NotFound
from aggregator.services.ingest.websub import Subscriber, is_reachable
from aggregator.storage.engine import Database
from aggregator.storage.models import Feed
from tests.builders import NOW
from tests.services.ingest.subscribing import (
    TOPIC,
    FakeHub,
    answer,
    ask,
    poll,
    row,
    state,
    subscribe,
    token,
)

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

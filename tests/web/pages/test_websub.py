"""The callbacks of hubs, as hubs and strangers meet them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from aggregator.config import PollingSettings, Settings, WebSettings
from aggregator.storage.engine import Database
from aggregator.storage.feeds import pushes, websub
from aggregator.storage.models import WebsubSubscription
from aggregator.types import HubSubscription
from tests.builders import NOW
from tests.hub import sign
from tests.web.browser import Browser
from tests.web.conftest import FAST_PASSWORDS
from web import create_app
from web.request.auth import now

TOPIC = "https://h.example/feed"
FEED = 1


@pytest.fixture
def subscription(newsroom: Database) -> HubSubscription:
    """The first feed's, asked for and not yet granted."""
    with newsroom.write() as session:
        websub.request_subscription(session, FEED, "https://hub.example/", TOPIC, NOW)
        session.execute(update(WebsubSubscription).values(requested_at=NOW))
        (found,) = websub.due_subscriptions(session, NOW, 1)
    return found


def make(newsroom: Database, base_url: str) -> Flask:
    settings = Settings(
        web=WebSettings(base_url=base_url), polling=PollingSettings(max_feed_size="300KiB")
    )
    app = create_app(settings, newsroom, FAST_PASSWORDS)
    app.testing = True
    return app


@pytest.fixture
def hub(newsroom: Database) -> Browser:
    """Somebody who calls at a Marsad that hubs can reach."""
    return Browser(make(newsroom, "https://marsad.ma"))


def verify(hub: Browser, token: str, **asked: str) -> TestResponse:
    given = {"mode": "subscribe", "topic": TOPIC, "challenge": "<b>", "lease_seconds": "86400"}
    query = {f"hub.{name}": value for name, value in (given | asked).items()}
    return hub.get(f"/websub/{token}", query_string=query)


@pytest.fixture
def deliver(hub: Browser, subscription: HubSubscription) -> Callable[..., TestResponse]:
    """Deliver under a subscription that the hub granted."""
    assert verify(hub, subscription.token).status_code == 200

    def deliver(body: bytes, secret: str = subscription.secret, **headers: str) -> TestResponse:
        signed = {"X-Hub-Signature": sign(secret, body)} if secret else {}
        values: dict[str, Any] = {"content_type": "application/rss+xml", "headers": signed}
        return hub.client.post(f"/websub/{subscription.token}", data=body, **values | headers)

    return deliver


def kept(newsroom: Database) -> list[bytes]:
    with newsroom.read() as session:
        return [push.body for push in pushes.list_pushes(session, FEED)]


def test_the_challenge_is_returned_as_plain_text(
    hub: Browser, newsroom: Database, subscription: HubSubscription
) -> None:
    answer = verify(hub, subscription.token)
    assert (answer.status_code, answer.mimetype, answer.text) == (200, "text/plain", "<b>")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    with newsroom.read() as session:
        row = session.execute(select(WebsubSubscription)).scalar_one()
        assert row.state == "active"
        assert row.lease_until is not None
        assert (row.lease_until - now()).total_seconds() == pytest.approx(86400, abs=60)


@pytest.mark.parametrize(
    "asked", [{"topic": "https://x.example/"}, {"mode": "unsubscribe"}, {"challenge": ""}]
)
def test_a_wrong_question_gets_no_answer(
    hub: Browser, subscription: HubSubscription, asked: dict[str, str]
) -> None:
    assert verify(hub, subscription.token, **asked).status_code == 404


def test_a_denial_is_taken_note_of(
    hub: Browser, newsroom: Database, subscription: HubSubscription
) -> None:
    assert verify(hub, subscription.token, mode="denied", challenge="").status_code == 200
    with newsroom.read() as session:
        assert session.execute(select(WebsubSubscription.state)).scalar_one() == "refused"


def test_a_delivery_is_kept_for_the_poller(
    newsroom: Database, deliver: Callable[..., TestResponse]
) -> None:
    answer = deliver(b"<rss/>")
    assert (answer.status_code, answer.data) == (202, b"")
    assert kept(newsroom) == [b"<rss/>"]


@pytest.mark.parametrize("secret", ["", "guessed"])
def test_a_forged_one_is_not_and_is_not_told_so(
    newsroom: Database, deliver: Callable[..., TestResponse], secret: str
) -> None:
    assert deliver(b"<rss/>", secret).status_code == 202
    assert kept(newsroom) == []


def test_as_much_as_a_feed_may_have(
    newsroom: Database, deliver: Callable[..., TestResponse]
) -> None:
    assert deliver(b"x" * 300 * 1024).status_code == 202
    assert deliver(b"x" * (300 * 1024 + 1)).status_code == 413
    assert len(kept(newsroom)) == 1


def test_others_may_still_send_little(hub: Browser, subscription: HubSubscription) -> None:
    assert hub.client.post("/login", data={"name": "x" * 280 * 1024}).status_code == 413


@pytest.mark.parametrize("token", ["unknown", "%00", "x" * 3000])
def test_a_stranger_learns_nothing(hub: Browser, token: str) -> None:
    for answer in (verify(hub, token), hub.client.post(f"/websub/{token}", data=b"x")):
        assert answer.status_code == 404


def test_nor_before_the_hub_has_granted_it(hub: Browser, subscription: HubSubscription) -> None:
    assert hub.client.post(f"/websub/{subscription.token}", data=b"x").status_code == 404


def test_there_are_no_callbacks_where_no_hub_could_reach_them(
    newsroom: Database, subscription: HubSubscription
) -> None:
    private = Browser(make(newsroom, "http://127.0.0.1:8000"))
    assert verify(private, subscription.token).status_code == 404
    assert private.client.post(f"/websub/{subscription.token}", data=b"x").status_code == 404

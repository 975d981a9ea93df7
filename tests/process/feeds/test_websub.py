"""Hubs: what to do next about a subscription, what is signed, how often to poll all the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from aggregator.process.feeds import websub
from aggregator.types import HubSubscription
from tests.builders import NOW
from tests.hub import sign

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def a_subscription(**values: Any) -> HubSubscription:
    subscription = HubSubscription(
        feed_id=1,
        hub_url="https://hub.example/",
        topic_url="https://hespress.example/feed",
        token="token",
        secret="secret",
        state="pending",
        requested_at=None,
        lease_until=None,
        failures=0,
        next_try_at=NOW,
    )
    return replace(subscription, **values)


# --- the next step -------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["pending", "active", "refused"])
def test_a_hub_is_asked_when_it_is_time(state: Any) -> None:
    assert websub.next_action(a_subscription(state=state), NOW) == "subscribe"
    later = a_subscription(state=state, next_try_at=NOW + MINUTE)
    assert websub.next_action(later, NOW) is None


@pytest.mark.parametrize(
    ("state", "requested_at", "step"),
    [
        ("pending", None, "forget"),
        ("pending", NOW - DAY, "unsubscribe"),
        ("active", NOW - DAY, "unsubscribe"),
        ("refused", NOW - DAY, "forget"),
    ],
)
def test_a_feed_that_is_not_polled_needs_no_hub(
    state: Any, requested_at: datetime | None, step: str
) -> None:
    left = a_subscription(
        state=state, requested_at=requested_at, next_try_at=NOW + DAY, enabled=False
    )
    assert websub.next_action(left, NOW) == step


def test_a_hub_that_does_not_hear_our_goodbye_is_left_alone_in_the_end() -> None:
    left = a_subscription(state="unsubscribed", requested_at=NOW)
    assert websub.next_action(left, NOW) == "unsubscribe"
    assert websub.next_action(replace(left, next_try_at=NOW + MINUTE), NOW) is None
    assert (
        websub.next_action(replace(left, failures=websub.MAX_UNSUBSCRIBE_ATTEMPTS), NOW) == "forget"
    )


def test_requests_back_off() -> None:
    waits = [websub.retry_wait(failures) for failures in range(1, 12)]
    assert waits[:3] == [10 * MINUTE, 20 * MINUTE, 40 * MINUTE]
    assert waits[-1] == DAY


def test_a_feed_that_changes_its_hub_all_the_time_does_not_make_us_ask_all_the_time() -> None:
    assert websub.first_attempt_at(None, NOW) == NOW
    assert websub.first_attempt_at(NOW - DAY, NOW) == NOW
    assert websub.first_attempt_at(NOW - MINUTE, NOW) == NOW + 9 * MINUTE


@pytest.mark.parametrize(
    ("named", "lease"),
    [
        ("60", MINUTE),
        (" 864000 ", 10 * DAY),
        ("", websub.DEFAULT_LEASE),
        ("0", websub.DEFAULT_LEASE),
        ("-5", websub.DEFAULT_LEASE),
        ("soon", websub.DEFAULT_LEASE),
        ("١٢", websub.DEFAULT_LEASE),
        ("9" * 12, websub.MAX_LEASE),
        ("9" * 5000, websub.DEFAULT_LEASE),
    ],
)
def test_the_lease_that_a_hub_names(named: str, lease: timedelta) -> None:
    assert websub.granted_lease(named) == lease


@pytest.mark.parametrize(
    ("lease", "wait"), [(3 * HOUR, 2 * HOUR), (timedelta(seconds=1), MINUTE), (365 * DAY, 10 * DAY)]
)
def test_renewal_at_two_thirds(lease: timedelta, wait: timedelta) -> None:
    assert websub.renewal_wait(lease) == wait


# --- signatures ----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_a_good_signature(method: str) -> None:
    signature = sign("key", b"<rss/>", method)
    assert websub.is_signed("key", b"<rss/>", signature)
    assert not websub.is_signed("key", b"<rss />", signature)
    assert not websub.is_signed("yek", b"<rss/>", signature)


@pytest.mark.parametrize("signature", ["", "sha256", "sha256=", "md5=abc", "=", "sha1=é", "x" * 9])
def test_no_signature(signature: str) -> None:
    assert not websub.is_signed("key", b"<rss/>", signature)


# --- polling all the same ------------------------------------------------------------------------


def poll_wait(
    wait: timedelta, pushed_ago: timedelta | None, left: timedelta | None, missed: bool = False
) -> timedelta:
    pushed_at = NOW - pushed_ago if pushed_ago is not None else None
    until = NOW + left if left is not None else None
    return websub.poll_wait(wait, pushed_at, until, NOW, missed=missed)


def test_a_feed_whose_news_are_pushed_is_polled_rarely() -> None:
    assert poll_wait(HOUR, HOUR, DAY) == 4 * HOUR
    assert poll_wait(20 * HOUR, HOUR, DAY) == DAY
    assert poll_wait(2 * DAY, HOUR, DAY) == 2 * DAY


def test_as_often_as_any_other_when_its_hub_cannot_be_relied_on() -> None:
    assert poll_wait(HOUR, None, DAY) == HOUR
    assert poll_wait(HOUR, 2 * DAY, DAY) == HOUR
    assert poll_wait(HOUR, HOUR, None) == HOUR
    assert poll_wait(HOUR, HOUR, -MINUTE) == HOUR
    assert poll_wait(HOUR, HOUR, DAY, missed=True) == HOUR

"""Decide what to request from hubs (https://www.w3.org/TR/websub/, subscriber's side). Pure."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Literal

from aggregator.process.deadlines import is_in_future, is_past
from aggregator.types import HubSubscription

# The lease that we request; the hub decides.
DEFAULT_LEASE = timedelta(days=10)
MAX_LEASE = timedelta(days=365)
# An unconfirmed request is sent again after this wait, which doubles each time.
RETRY_AFTER = timedelta(minutes=10)
MAX_RETRY_WAIT = timedelta(hours=24)
# A hub that refused gets no request for this long.
REFUSED_RETRY_AFTER = timedelta(days=7)
# Maximum wait for the next request to a hub, whatever it answered.
MAX_REQUEST_WAIT = max(DEFAULT_LEASE, MAX_RETRY_WAIT, REFUSED_RETRY_AFTER)
MIN_RENEWAL_WAIT = timedelta(minutes=1)
# Maximum requests to end a subscription before it is left to expire.
MAX_UNSUBSCRIBE_ATTEMPTS = 3
# A hub silent for longer may be broken: its feed is polled like any other.
RECENT = timedelta(hours=24)
# A feed with pushes is polled this many times less often.
POLL_SLOWDOWN = 4
MAX_POLL_WAIT = timedelta(hours=24)

HubAction = Literal["subscribe", "unsubscribe", "forget"]

_DIGESTS = {
    "sha1": hashlib.sha1,
    "sha256": hashlib.sha256,
    "sha384": hashlib.sha384,
    "sha512": hashlib.sha512,
}


# --- subscriptions -----------------------------------------------------------------------------


def next_action(subscription: HubSubscription, now: datetime) -> HubAction | None:
    """The action due for a subscription now; None if it can be left alone."""
    if not subscription.enabled or subscription.state == "unsubscribed":
        return _unsubscribe_action(subscription, now)
    return "subscribe" if is_past(subscription.next_try_at, now, MAX_REQUEST_WAIT) else None


def _unsubscribe_action(subscription: HubSubscription, now: datetime) -> HubAction | None:
    """The action due for a subscription that is no longer needed."""
    if subscription.requested_at is None or subscription.state == "refused":
        return "forget"  # the hub knows nothing of it
    if subscription.state != "unsubscribed":
        return "unsubscribe"
    if not is_past(subscription.next_try_at, now, MAX_REQUEST_WAIT):
        return None
    return "forget" if subscription.failures >= MAX_UNSUBSCRIBE_ATTEMPTS else "unsubscribe"


def retry_wait(failures: int) -> timedelta:
    """How long to wait for a confirmation of the `failures`-th request before the next."""
    wait: timedelta = RETRY_AFTER * 2 ** min(max(failures - 1, 0), 10)
    return min(wait, MAX_RETRY_WAIT)


def first_attempt_at(requested_at: datetime | None, now: datetime) -> datetime:
    """When to subscribe a feed at a newly named hub.

    `requested_at` is of the last request to any hub: a feed that names another one at each poll
    does not cause a request at each poll.
    """
    if requested_at is None or is_in_future(requested_at, now):
        return now
    return max(now, requested_at + RETRY_AFTER)


def granted_lease(lease_seconds: str) -> timedelta:
    """The lease that a hub grants in its verification; the one we requested if it names none."""
    text = lease_seconds.strip()
    if not (text.isascii() and text.isdigit()) or len(text) > 12 or int(text) == 0:
        return DEFAULT_LEASE
    return min(timedelta(seconds=min(int(text), 10**9)), MAX_LEASE)


def renewal_wait(lease: timedelta) -> timedelta:
    """How long to wait before renewing a lease.

    Two thirds of the lease, but never so long that a hub that forgot us goes unnoticed.
    """
    return min(max(lease * 2 / 3, MIN_RENEWAL_WAIT), DEFAULT_LEASE)


# --- deliveries --------------------------------------------------------------------------------


def is_signed(secret: str, body: bytes, signature: str) -> bool:
    """Whether `signature` (X-Hub-Signature: "sha256=…") of `body` was made with `secret`."""
    method, _, given = signature.strip().partition("=")
    digest = _DIGESTS.get(method.lower())
    if digest is None or not given.isascii():
        return False
    expected = hmac.new(secret.encode(), body, digest).hexdigest()
    return hmac.compare_digest(expected, given.strip().lower())


def poll_wait(
    wait: timedelta,
    last_push_at: datetime | None,
    lease_until: datetime | None,
    now: datetime,
    *,
    missed: bool,
) -> timedelta:
    """The wait until the next poll of a feed that would be polled after `wait` without a hub.

    Four times as long, up to a day, while the hub delivers. `missed`: the poll itself found new
    entries, so the hub does not deliver all of them.
    """
    if last_push_at is None or lease_until is None or missed:
        return wait
    if is_in_future(last_push_at, now) or now - last_push_at > RECENT:
        return wait
    if is_past(lease_until, now, MAX_LEASE):
        return wait
    return max(wait, min(wait * POLL_SLOWDOWN, MAX_POLL_WAIT))

"""Subscribe to hubs: send requests, and answer their verification of intent."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from aggregator.clock import SYSTEM_CLOCK
from aggregator.errors import FetchError, NotFound
from aggregator.fetch.guard import AddressGuard, literal_address
from aggregator.networks import Network, is_public_name
from aggregator.process.feeds import websub as hubs
from aggregator.runtime.failure_log import DATABASE_FAILURES
from aggregator.services.ingest.event_counts import EventCounts
from aggregator.storage.engine import Database, driver_error
from aggregator.storage.feeds import websub
from aggregator.types import FeedForPoll, HubState, HubSubscription, PreparedFeed

log = logging.getLogger("marsad.websub")

MAX_REQUESTS_PER_ROUND = 20
# 4xx statuses that may succeed when retried.
_RETRYABLE_STATUSES = frozenset({408, 425, 429})


class HubClient(Protocol):
    """Sends forms (`fetch.client.FeedClient`)."""

    async def post_form(
        self, url: str, fields: Mapping[str, str], *, configured_url: str | None = None
    ) -> int: ...


def is_reachable(base_url: str, allow_networks: Iterable[Network]) -> bool:
    """Whether hubs can call back at `base_url`.

    Its host is a public address or name, or an address that the operator's `allow_networks` name:
    then the hub is as near as the feeds there are.
    """
    guard = AddressGuard(tuple(allow_networks))
    try:
        url = guard.check_url(base_url)
    except FetchError:
        return False
    if url.raw_host == "localhost":
        return guard.is_allowed("127.0.0.1")
    return literal_address(url) is not None or is_public_name(url.raw_host or "")


def update_hub(session: Session, feed: FeedForPoll, document: PreparedFeed, now: datetime) -> None:
    """Request a subscription at the hub that a feed names, if that changed."""
    if document.hub_url is None:
        if feed.hub_url is not None:
            websub.request_unsubscription(session, feed.id, now)
        return
    topic_url = document.self_url or feed.url
    if (document.hub_url, topic_url) != (feed.hub_url, feed.topic_url):
        try_at = hubs.first_attempt_at(websub.last_request(session, feed.id), now)
        websub.request_subscription(session, feed.id, document.hub_url, topic_url, try_at)


# --- asking hubs (the poller) --------------------------------------------------------------------


class Subscriber:
    """Keeps the subscriptions of all feeds current, a round of requests at a time."""

    def __init__(
        self,
        database: Database,
        client: HubClient,
        base_url: str,
        now: Callable[[], datetime] = SYSTEM_CLOCK.now,
        counts: EventCounts | None = None,
    ) -> None:
        self._database = database
        self._client = client
        self._base_url = base_url
        self._now = now
        self._counts = counts or EventCounts()
        self._round: asyncio.Task[None] | None = None

    async def start_round(self) -> None:
        """Start sending due requests, unless the last round is still running."""
        if self._round is None or self._round.done():
            self._round = asyncio.create_task(self.run_round(self._now()))

    async def stop(self) -> None:
        """Abandon the requests in flight; they are sent again later."""
        if self._round is not None:
            self._round.cancel()
            await asyncio.wait({self._round})

    async def run_round(self, now: datetime) -> None:
        """Send the requests that are due at `now`, at most `MAX_REQUESTS_PER_ROUND`."""
        try:
            due = await asyncio.to_thread(_waiting, self._database, now)
            async with asyncio.TaskGroup() as group:
                for subscription in due:
                    group.create_task(self._take_step(subscription, now))
        except* SQLAlchemyError as errors:
            DATABASE_FAILURES.failed("subscribe", driver_error(errors.exceptions[0]))
        else:
            DATABASE_FAILURES.worked("subscribe")

    async def _take_step(self, subscription: HubSubscription, now: datetime) -> None:
        step = hubs.next_action(subscription, now)
        if step == "forget":
            await asyncio.to_thread(_forget, self._database, subscription.token)
        elif step is not None and await asyncio.to_thread(
            _begin, self._database, subscription, step, now
        ):
            await self._ask(subscription, step, now)

    async def _ask(
        self, subscription: HubSubscription, step: hubs.HubAction, now: datetime
    ) -> None:
        """Send a request; the hub confirms it with a request of its own."""
        try:
            await self._client.post_form(
                subscription.hub_url,
                request_fields(subscription, step, self._base_url),
                configured_url=subscription.feed_url,
            )
        except FetchError as error:
            log.warning("%s of %s: %s", step, subscription.topic_url, error)
            self._counts.add("hub_requests", "failed")
            await asyncio.to_thread(_fail, self._database, subscription, step, error, now)
        else:
            self._counts.add("hub_requests", "accepted")


def request_fields(
    subscription: HubSubscription, step: hubs.HubAction, base_url: str
) -> dict[str, str]:
    """Return the form to send to a hub (WebSub, section 5.1)."""
    fields = {
        "hub.mode": step,
        "hub.topic": subscription.topic_url,
        "hub.callback": f"{base_url}/websub/{subscription.token}",
    }
    if step == "subscribe":
        fields["hub.secret"] = subscription.secret
        fields["hub.lease_seconds"] = str(int(hubs.DEFAULT_LEASE.total_seconds()))
    return fields


def _waiting(database: Database, now: datetime) -> list[HubSubscription]:
    with database.read() as session:
        return websub.due_subscriptions(session, now, MAX_REQUESTS_PER_ROUND)


def _begin(
    database: Database, subscription: HubSubscription, step: hubs.HubAction, now: datetime
) -> bool:
    """Claim a request for this process; the next one is due if the hub stays silent."""
    state: HubState = "unsubscribed" if step == "unsubscribe" else subscription.state
    if state == "refused":
        state = "pending"
    failures = subscription.failures + 1 if state == subscription.state else 1
    next_try_at = now + hubs.retry_wait(failures)
    with database.write() as session:
        return websub.claim_request(session, subscription, state, failures, now, next_try_at)


def _fail(
    database: Database,
    subscription: HubSubscription,
    step: hubs.HubAction,
    error: FetchError,
    now: datetime,
) -> None:
    refused = error.status is not None and 400 <= error.status < 500
    final = refused and error.status not in _RETRYABLE_STATUSES
    with database.write() as session:
        if not final:
            websub.record_request_failure(session, subscription.token, str(error))
        elif step == "unsubscribe":
            websub.delete_subscription(session, subscription.token)
        else:
            next_try_at = now + hubs.REFUSED_RETRY_AFTER
            websub.mark_refused(session, subscription.token, str(error), next_try_at)


def _forget(database: Database, token: str) -> None:
    with database.write() as session:
        websub.delete_subscription(session, token)


# --- answering hubs (the web) --------------------------------------------------------------------


def verify_intent(database: Database, token: str, asked: Mapping[str, str], now: datetime) -> str:
    """Return the answer to a hub that verifies our intent; raises `NotFound` if we had none.

    `asked` are the parameters of its request (WebSub, sections 5.2 and 5.3).
    """
    with database.read() as session:
        found = websub.find(session, token)
    if found is None or found.requested_at is None or found.topic_url != asked.get("hub.topic"):
        raise NotFound("callback", token)
    mode, challenge = asked.get("hub.mode"), asked.get("hub.challenge", "")
    if mode == "denied":
        _note_denial(database, found, asked.get("hub.reason", ""), now)
        return ""
    if not challenge or mode != _expected_mode(found):
        raise NotFound("callback", token)
    if mode == "subscribe":
        _note_grant(database, found, hubs.granted_lease(asked.get("hub.lease_seconds", "")), now)
    else:
        _forget(database, token)
    return challenge


def _expected_mode(subscription: HubSubscription) -> str | None:
    if subscription.state == "unsubscribed":
        return "unsubscribe"
    return "subscribe" if subscription.state in ("pending", "active") else None


def _note_grant(
    database: Database, subscription: HubSubscription, lease: timedelta, now: datetime
) -> None:
    with database.write() as session:
        next_try_at = now + hubs.renewal_wait(lease)
        websub.mark_active(session, subscription.token, now + lease, next_try_at)
    log.info("subscribed to %s for %s", subscription.topic_url, lease)


def _note_denial(
    database: Database, subscription: HubSubscription, reason: str, now: datetime
) -> None:
    with database.write() as session:
        detail = f"denied: {reason}" if reason else "denied"
        websub.mark_refused(session, subscription.token, detail, now + hubs.REFUSED_RETRY_AFTER)
    log.warning("the hub of %s does not let us subscribe", subscription.topic_url)

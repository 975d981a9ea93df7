"""Deliveries of hubs: accepted by the web, prepared by the poller."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from aggregator.boundary import Boundary
from aggregator.clock import SYSTEM_CLOCK
from aggregator.errors import NotFound, ParseError
from aggregator.networks import is_private_url
from aggregator.process.feeds.websub import is_signed
from aggregator.services.ingest.read_feed import Parser, PollResult
from aggregator.storage.engine import Database
from aggregator.storage.feeds import pushes, websub
from aggregator.types import (
    FeedDocument,
    FeedForPoll,
    HubSubscription,
    PreparedFeed,
    PreparedPush,
    Push,
)

log = logging.getLogger("marsad.websub")


def find_subscription(database: Database, token: str, now: datetime) -> HubSubscription:
    """Return the subscription that a hub may deliver for now; raises `NotFound`."""
    with database.read() as session:
        found = websub.find(session, token)
    if found is None or found.lease_until is None or found.lease_until <= now:
        raise NotFound("callback", token)
    return found


def receive_push(
    database: Database,
    subscription: HubSubscription,
    content_type: str,
    body: bytes,
    signature: str,
    now: datetime,
) -> bool:
    """Keep a delivery for the poller if its signature is valid; return whether it was."""
    if not body or not is_signed(subscription.secret, body, signature):
        log.warning("a delivery for feed %d is not signed as agreed", subscription.feed_id)
        return False
    with database.write() as session:
        pushes.add(session, subscription.feed_id, content_type, body, now)
    return True


async def prepare_pushes(
    feed: FeedForPoll,
    delivered: Sequence[Push],
    parser: Parser,
    now: Callable[[], datetime] = SYSTEM_CLOCK.now,
) -> PollResult:
    """Prepare a hub's deliveries for one feed; those that cannot be read are dropped."""
    prepared = [
        PreparedPush(push.id, await _prepare(feed, push, parser, now())) for push in delivered
    ]
    return PollResult(feed, now(), pushes=tuple(prepared))


async def _prepare(
    feed: FeedForPoll, push: Push, parser: Parser, now: datetime
) -> PreparedFeed | None:
    document = FeedDocument(
        body=push.body,
        content_type=push.content_type,
        url=feed.url,
        language=feed.language,
        timezone=feed.timezone,
        section=feed.section,
        now=now,
        # Nothing was fetched; a feed at such an address is polled only if the operator allows it.
        is_internal=is_private_url(feed.configured_url or feed.url),
    )
    try:
        with Boundary(f"a delivery for {feed.url}", passing=(ParseError,)):
            return await parser.prepare(document)
    except ParseError as error:
        extra = {"source": feed.source_slug}
        log.warning("a delivery for %s: %s: %s", feed.url, error.kind, error.detail, extra=extra)
    return None

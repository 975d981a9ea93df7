"""Subscriptions at hubs and what hubs deliver."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from aggregator.types.prepared import PreparedFeed

HubState = Literal["pending", "active", "refused", "unsubscribed"]


@dataclass(frozen=True, slots=True)
class HubSubscription:
    """That a hub is to tell us of news in a feed, and how far that has come."""

    feed_id: int
    hub_url: str
    topic_url: str
    token: str
    secret: str
    state: HubState
    requested_at: datetime | None
    lease_until: datetime | None
    failures: int
    next_try_at: datetime
    enabled: bool = True
    """Whether the feed is polled at all."""


@dataclass(frozen=True, slots=True)
class Push:
    """What a hub delivered, as it came."""

    id: int
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class PreparedPush:
    """What a hub delivered, ready to be stored; no `document` where it could not be read."""

    id: int
    document: PreparedFeed | None

"""Subscriptions at hubs and what hubs deliver."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from aggregator.types.prepared import PreparedFeed

HubState = Literal["pending", "active", "refused", "unsubscribed"]


@dataclass(frozen=True, slots=True)
class HubSubscription:
    """A subscription to a feed at its hub, and its progress."""

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
    feed_url: str = ""
    """The feed's address as configured."""


@dataclass(frozen=True, slots=True)
class Push:
    """A delivery of a hub, as received."""

    id: int
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class PreparedPush:
    """A delivery of a hub, ready to be stored; `document` is None if it could not be read."""

    id: int
    document: PreparedFeed | None

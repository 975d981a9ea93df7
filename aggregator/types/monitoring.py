"""The state of an installation, for monitoring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

# What pollers count (`services.ingest.event_counts`), and the label that tells its kinds apart.
CounterName = Literal[
    "polls", "poll_failures", "stored_entries", "deliveries", "hub_requests", "poller_seconds"
]


class Space(NamedTuple):
    """Bytes of a file system."""

    total: int
    free: int


@dataclass(frozen=True, slots=True)
class FeedTotals:
    """All feeds, and the entries that they brought."""

    entries: int
    by_status: Mapping[str, int]
    """Feeds by status; those not polled any more count as "disabled"."""
    last_polled_at: datetime | None
    last_success_at: datetime | None


@dataclass(frozen=True, slots=True)
class Lag:
    """Feeds that wait to be polled, and how long the first of them has waited."""

    feeds: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class InstallationState:
    """What all processes of an installation share."""

    feeds: FeedTotals
    lag: Lag
    queues: Mapping[str, int]
    """Length of each queue; of "index" an upper bound."""
    subscriptions: Mapping[str, int]
    """Subscriptions at hubs by state."""
    counts: Mapping[tuple[str, str], int]
    """Events since the installation began, by name (`CounterName`) and label."""
    database_bytes: int
    disk: Space | None = None
    """Of the disk that a SQLite database is on; None for a server's."""

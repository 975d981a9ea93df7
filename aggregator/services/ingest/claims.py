"""Claims of feeds in the database: made, extended, given back."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from aggregator.process.feeds.host_shares import HostShares
from aggregator.process.feeds.schedule import LEASE_DURATION
from aggregator.storage.engine import Database
from aggregator.storage.feeds import leases
from aggregator.types import FeedForPoll

log = logging.getLogger("marsad.polling")

FeedCondition = Callable[[datetime], ColumnElement[bool]]
FeedCheck = Callable[[Session, datetime], bool]


def claim_feeds(
    database: Database,
    which: FeedCondition,
    any_waiting: FeedCheck,
    shares: HostShares,
    lease: str,
    held: set[str],
    now: datetime,
) -> list[FeedForPoll]:
    """Claim feeds; own claims that expired (the machine slept) are extended, not doubled."""
    with database.read() as session:  # most ticks find nothing and need no write lock
        if not any_waiting(session, now):
            return []
    with database.write_exclusive() as session:
        if held:
            leases.extend(session, held, now + LEASE_DURATION)
        return leases.claim(
            session,
            which(now),
            limit=shares.free_slots,
            shares=shares,
            lease=lease,
            now=now,
            until=now + LEASE_DURATION,
        )


def extend(database: Database, held: set[str], now: datetime) -> None:
    """Keep the feeds of these leases."""
    with database.write_exclusive() as session:
        leases.extend(session, held, now + LEASE_DURATION)


def release(database: Database, held: Iterable[FeedForPoll]) -> None:
    """Give feeds back, to be claimed by anybody."""
    by_lease: dict[str, list[int]] = {}
    for feed in held:
        by_lease.setdefault(feed.lease, []).append(feed.id)
    with database.write_exclusive() as session:
        for lease, ids in by_lease.items():
            leases.release(session, lease, ids)


def release_dead(database: Database) -> None:
    """Give back what killed pollers of this machine held."""
    with database.write_exclusive() as session:
        freed = leases.release_orphaned(session)
    if freed:
        log.info("released the claims of %d killed pollers", freed)

"""Facts for /metrics. Nothing counts entries: a scrape costs the same with a million of them."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, get_args

from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.orm import Session

from aggregator.storage.engine import Database
from aggregator.storage.feeds import leases
from aggregator.storage.models import (
    Entry,
    Feed,
    Push,
    SearchState,
    SourceLookupRow,
    TopicRow,
    WebsubSubscription,
)
from aggregator.storage.stories.left_out import latest_left_out
from aggregator.types.monitoring import FeedTotals, Lag
from aggregator.types.websub import HubState

# Statuses of feeds and states of subscriptions, shown even if nothing has them.
STATUSES = ("new", "healthy", "damaged", "failing", "refused", "gone", "disabled")
STATES: tuple[HubState, ...] = get_args(HubState)


def feed_totals(session: Session) -> FeedTotals:
    """Feeds by status, their entries, and the last polls of any."""
    rows = session.execute(
        select(
            Feed.enabled,
            Feed.status,
            func.count(),
            func.sum(Feed.entry_count),
            func.max(Feed.last_polled_at),
            func.max(Feed.last_success_at),
        ).group_by(Feed.enabled, Feed.status)
    ).all()
    statuses: dict[str, int] = defaultdict(int, dict.fromkeys(STATUSES, 0))
    for enabled, status, count, *_ in rows:
        statuses[status if enabled else "disabled"] += count
    return FeedTotals(
        entries=sum(int(row[3]) for row in rows),
        by_status=dict(statuses),
        last_polled_at=max((row[4] for row in rows if row[4]), default=None),
        last_success_at=max((row[5] for row in rows if row[5]), default=None),
    )


def lag(session: Session, now: datetime, longest: timedelta) -> Lag:
    """How late polling is; `longest`: the longest wait for a next poll (`PollPolicy`)."""
    feeds, since = leases.count_due(session, now, longest)
    return Lag(feeds, max(0.0, (now - since).total_seconds()) if since else 0.0)


def queues(session: Session, now: datetime) -> dict[str, int]:
    """The length of each queue of the pollers; that of "index" at most, by entry ids."""
    return {
        "index": _unindexed(session),
        "stories": len(latest_left_out(session, now)),
        "deliveries": _count(session, Push.id),
        "hub_requests": _count(
            session, WebsubSubscription.feed_id, WebsubSubscription.next_try_at <= now
        ),
        "lookups": _count(session, SourceLookupRow.id, SourceLookupRow.finished_at.is_(None)),
        "topics": _count(session, TopicRow.id, TopicRow.fill_next.is_not(None)),
    }


def _unindexed(session: Session) -> int:
    last = session.execute(select(SearchState.next_id)).scalar_one_or_none()
    if not last:
        return 0
    first = session.execute(select(func.min(Entry.id))).scalar_one_or_none()
    return 0 if first is None else max(0, last - first + 1)


def _count(session: Session, column: Any, *conditions: ColumnElement[bool]) -> int:
    return session.execute(select(func.count(column)).where(*conditions)).scalar_one()


def subscriptions(session: Session) -> dict[str, int]:
    """Subscriptions at hubs by state."""
    rows = session.execute(
        select(WebsubSubscription.state, func.count()).group_by(WebsubSubscription.state)
    ).all()
    return dict.fromkeys(STATES, 0) | {row[0]: row[1] for row in rows}


def database_bytes(database: Database, session: Session) -> int:
    """The size of the database, of SQLite with what is not yet in its main file."""
    if not database.is_sqlite:
        return int(
            session.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
        )
    return sum(map(_size, (database.path, Path(f"{database.path}-wal"))))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0

"""Facts for `marsad doctor`; nothing is changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from aggregator.process.feeds.schedule import LEASE_DURATION
from aggregator.storage import jobs
from aggregator.storage.feeds import leases
from aggregator.storage.models import Entry, Feed, SearchDoc, SearchState, Source
from aggregator.storage.sql.dialects import dialect_of
from aggregator.types.diagnosis import IndexState, PollingState, StoredTimes

# Maximum kinds of damage to show.
MAX_SHOWN = 5

_INVALID_INDEXES = text("SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid")
# FTS5 and PostgreSQL keep what the index holds in tables of different names.
_LOST_DOCS = {
    "sqlite": "SELECT count(*) FROM search_docs d WHERE NOT EXISTS"
    " (SELECT 1 FROM search_index_docsize i WHERE i.id = d.doc)",
    "postgresql": "SELECT count(*) FROM search_docs d WHERE NOT EXISTS"
    " (SELECT 1 FROM search_index i WHERE i.doc = d.doc)",
}


def find_damage(session: Session) -> list[str]:
    """Damage of the database, as it names it; empty if there is none.

    SQLite reads the whole file. PostgreSQL checks its own pages; it is asked for invalid indexes.
    """
    if dialect_of(session) == "postgresql":
        found = session.execute(_INVALID_INDEXES).scalars()
        return [f"the index {name} is not valid" for name in found]
    pages = session.execute(text(f"PRAGMA quick_check({MAX_SHOWN})")).scalars().all()
    if pages != ["ok"]:
        return [line for report in pages for line in report.splitlines()][:MAX_SHOWN]
    rows = session.execute(text('SELECT DISTINCT "table", parent FROM pragma_foreign_key_check'))
    return [f"rows of {table} belong to rows of {parent} that are gone" for table, parent in rows]


def index_state(session: Session) -> IndexState:
    """Compare the search index with the entries."""
    waiting = session.execute(select(SearchState.next_id)).scalar_one_or_none() or 0
    unindexed = ~select(SearchDoc.doc).where(SearchDoc.entry_id == Entry.id).exists()
    missing = select(func.count()).select_from(Entry).where(Entry.id > waiting, unindexed)
    return IndexState(
        entries=session.execute(select(func.count()).select_from(Entry)).scalar_one(),
        waiting_up_to=waiting,
        missing=session.execute(missing).scalar_one(),
        damaged=session.execute(text(_LOST_DOCS[dialect_of(session)])).scalar_one(),
    )


def polling_state(
    session: Session, now: datetime, longest: timedelta, tolerance: timedelta
) -> PollingState:
    """How polling is doing; `tolerance`: how late a poll may be."""
    # A poller that was killed loses its claims after `LEASE_DURATION`, to whichever polls next.
    expired = Feed.lease.is_not(None) & (Feed.lease_until < now - LEASE_DURATION)
    polled = Feed.enabled & (Feed.status != "gone")
    feeds = (
        select(func.count(), func.max(Feed.last_polled_at))
        .join(Source, Source.id == Feed.source_id)
        .where(polled, Source.enabled)
    )
    count, last = session.execute(feeds).one()
    return PollingState(
        feeds=count,
        stuck=session.execute(select(func.count()).where(expired)).scalar_one(),
        overdue=leases.count(session, leases.due(now - tolerance, longest), now),
        last_polled_at=last,
    )


def stored_times(session: Session) -> StoredTimes:
    """The times that an earlier process, or the server, wrote or knows."""
    server_now = None
    if dialect_of(session) == "postgresql":
        server_now = session.execute(text("SELECT clock_timestamp()")).scalar_one().astimezone(UTC)
    latest = session.execute(select(func.max(Feed.last_polled_at))).scalar_one_or_none()
    return StoredTimes(server_now, jobs.last_run(session), latest)

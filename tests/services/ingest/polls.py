"""Polls of one feed: claimed, read and stored as the poller does it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from aggregator.process.feeds.schedule import PollPolicy
from aggregator.services.ingest.read_feed import PollOutcome, PollResult
from aggregator.services.ingest.store import store
from aggregator.storage.engine import Database
from aggregator.types import FeedForPoll, PreparedEntry
from tests.builders import NOW, a_document, claim_feed, entry_rows

POLICY = PollPolicy(timedelta(minutes=5), timedelta(hours=4))


def claim(database: Database, feed_id: int, now: datetime = NOW) -> FeedForPoll:
    """The feed, claimed whether it is due or not."""
    with database.write() as session:
        return claim_feed(session, feed_id, now)


def result_of(
    database: Database,
    feed_id: int,
    *entries: PreparedEntry,
    now: datetime = NOW,
    document: Mapping[str, Any] | None = None,
    **values: Any,
) -> PollResult:
    """What reading the feed gives whose document has these entries, and other fields as given."""
    read = a_document(*entries, **document or {})
    return PollResult(claim(database, feed_id, now), now, document=read, **values)


def poll(database: Database, feed_id: int, *entries: PreparedEntry, **values: Any) -> PollOutcome:
    """Poll a feed whose document has these entries, without failure; `values`: see `result_of`."""
    (stored,) = store(database, [result_of(database, feed_id, *entries, **values)], POLICY)
    assert stored.failure is None
    return stored


def titles(database: Database) -> list[str]:
    """Of all entries, as they were stored."""
    return [row.title for row in entry_rows(database)]

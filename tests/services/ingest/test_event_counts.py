"""What pollers count, and that no count is lost or doubled by a database that is away."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from aggregator.services.ingest.event_counts import EventCounts
from aggregator.services.ingest.read_feed import PollOutcome, PollResult
from aggregator.storage import counters
from aggregator.storage.engine import Database
from aggregator.types import EMPTY_DOCUMENT, FeedFailure, PreparedPush
from tests.builders import NOW, a_feed_for_poll
from tests.fakes import FakeClock

FEED = a_feed_for_poll()
POLL = PollResult(FEED, NOW)
PUSHES = replace(POLL, pushes=(PreparedPush(1, EMPTY_DOCUMENT), PreparedPush(2, None)))
STORED = PollOutcome(FEED)


def stored_counts(database: Database) -> dict[tuple[str, str], int]:
    with database.read() as session:
        return counters.read(session)


def test_polls_by_outcome(database: Database) -> None:
    counts = EventCounts()
    timeout = FeedFailure("timeout", "20 s")
    for outcome in (
        STORED,
        replace(STORED, new=2, changed=1),
        replace(STORED, changed=1),
        replace(STORED, failure=timeout),
        replace(STORED, failure=timeout),
        replace(STORED, lost=True),
        replace(STORED, deferred=True),
    ):
        counts.add_result(POLL, outcome)
    offline = replace(POLL, failure=FeedFailure("dns", "no answer"), is_offline=True)
    counts.add_result(offline, replace(STORED, deferred=True))
    counts.write(database)
    assert stored_counts(database) == {
        ("polls", "new"): 2,
        ("polls", "offline"): 1,
        ("poll_failures", "dns"): 1,
        ("polls", "unchanged"): 1,
        ("polls", "failed"): 2,
        ("polls", "lost"): 1,
        ("polls", "deferred"): 1,
        ("poll_failures", "timeout"): 2,
        ("stored_entries", "new"): 2,
        ("stored_entries", "changed"): 2,
    }


def test_deliveries_are_no_polls(database: Database) -> None:
    counts = EventCounts()
    counts.add_result(PUSHES, replace(STORED, new=3))
    counts.add_result(PUSHES, replace(STORED, lost=True))
    counts.write(database)
    assert stored_counts(database) == {
        ("deliveries", "stored"): 1,
        ("deliveries", "unreadable"): 1,
        ("deliveries", "lost"): 2,
        ("stored_entries", "new"): 3,
    }


def test_whole_seconds_of_running(database: Database) -> None:
    clock = FakeClock(NOW)
    counts = EventCounts(clock.monotonic)
    for _ in range(4):
        clock.wait(timedelta(seconds=0.75))
        counts.write(database)
    assert stored_counts(database) == {("poller_seconds", ""): 3}


def test_what_a_locked_database_refused_is_written_later(sqlite_database: Database) -> None:
    counts = EventCounts()
    counts.add("polls", "new", 2)
    with closing(sqlite3.connect(sqlite_database.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError):
            counts.write(sqlite_database, lock_wait_s=0)
    counts.add("polls", "new")
    counts.write(sqlite_database)
    counts.write(sqlite_database)
    assert stored_counts(sqlite_database) == {("polls", "new"): 3}

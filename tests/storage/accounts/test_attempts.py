"""Attempts in the table."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from sqlalchemy import func, select

from aggregator.storage.accounts import attempts
from aggregator.storage.engine import Database
from aggregator.storage.models import AttemptCount
from tests.builders import NOW

HOUR = timedelta(hours=1)


def count(database: Database, key: str, now: datetime, maximum: int = 2) -> bool:
    with database.write() as session:
        return attempts.count_attempt(session, key, maximum, HOUR, now)


def test_a_window_begins_with_its_first_attempt(database: Database) -> None:
    assert count(database, "x", NOW)
    assert count(database, "x", NOW + HOUR / 2)
    assert count(database, "y", NOW)
    assert not count(database, "x", NOW + HOUR - timedelta(microseconds=1))
    with database.read() as session:
        assert attempts.window_end(session, "x") == NOW + HOUR
        assert attempts.window_end(session, "z") is None
    assert count(database, "x", NOW + HOUR)
    assert count(database, "x", NOW + HOUR)
    assert not count(database, "x", NOW + HOUR)


def test_a_clock_that_was_ahead_locks_nobody_out(database: Database) -> None:
    for _ in range(2):
        assert count(database, "x", NOW + timedelta(days=3650))
    assert count(database, "x", NOW)


def test_attempts_are_taken_back(database: Database) -> None:
    count(database, "x", NOW)
    count(database, "x", NOW)
    with database.write() as session:
        attempts.uncount_attempt(session, "x")
        attempts.uncount_attempt(session, "nothing")
    assert count(database, "x", NOW)
    assert not count(database, "x", NOW)
    with database.write() as session:
        attempts.delete_count(session, "x")
    assert count(database, "x", NOW)


def test_ended_windows_are_deleted(database: Database) -> None:
    count(database, "x", NOW)
    count(database, "y", NOW + HOUR)
    with database.write() as session:
        attempts.delete_ended_windows(session, NOW + HOUR)
        assert session.execute(select(AttemptCount.key)).scalars().all() == ["y"]


def test_parallel_attempts_do_not_count_past_the_maximum(database: Database) -> None:
    """As if by several web processes: each with connections of its own."""
    url = database.url.render_as_string(hide_password=False)
    processes = [Database(url) for _ in range(2)]
    with ThreadPoolExecutor(8) as pool:
        counted = list(pool.map(lambda each: count(processes[each % 2], "x", NOW, 5), range(40)))
    for process in processes:
        process.close()
    assert counted.count(True) == 5
    with database.read() as session:
        assert session.execute(select(func.max(AttemptCount.count))).scalar_one() == 5

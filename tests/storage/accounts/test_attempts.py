"""Attempts in the table."""

from datetime import timedelta

from aggregator.storage.accounts import attempts
from aggregator.storage.engine import Database
from tests.builders import NOW

HOUR = timedelta(hours=1)


def test_attempts_count_within_their_window(database: Database) -> None:
    with database.write() as session:
        for minutes in (0, 10, 20):
            attempts.insert_attempt(session, "name:x", NOW + timedelta(minutes=minutes))
        other = attempts.insert_attempt(session, "address:y", NOW)
        assert len(attempts.attempt_times(session, "name:x", NOW, 9)) == 2
        assert attempts.attempt_times(session, "name:x", NOW, 1) == [NOW + timedelta(minutes=20)]
        attempts.delete_attempts_before(session, NOW + timedelta(minutes=10))
        assert len(attempts.attempt_times(session, "name:x", NOW - HOUR, 9)) == 1
        assert attempts.attempt_times(session, "address:y", NOW - HOUR, 9) == []
        attempts.delete_attempts(session, [other], "name:x")
        assert attempts.attempt_times(session, "name:x", NOW - HOUR, 9) == []

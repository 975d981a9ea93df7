"""What a session for reading has found out it does not read again; one for writing does."""

from aggregator.storage.engine import Database
from aggregator.storage.sql.snapshot import once


def test_a_reading_session_asks_once(database: Database) -> None:
    answers = iter(range(9))
    with database.read() as session:
        assert once(session, "key", lambda: next(answers)) == 0
        assert once(session, "key", lambda: next(answers)) == 0
        assert once(session, "other", lambda: next(answers)) == 1
    with database.read() as session:
        assert once(session, "key", lambda: next(answers)) == 2


def test_a_writing_session_asks_each_time(database: Database) -> None:
    answers = iter(range(9))
    with database.write() as session:
        assert once(session, "key", lambda: next(answers)) == 0
        assert once(session, "key", lambda: next(answers)) == 1

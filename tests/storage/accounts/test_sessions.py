"""Sessions in the tables."""

from datetime import timedelta

from aggregator.storage.accounts import sessions, users
from aggregator.storage.engine import Database
from tests.builders import NOW, make_user

HOUR = timedelta(hours=1)


def test_sessions_end_by_time_by_hand_and_with_the_account(database: Database) -> None:
    with database.write() as session:
        amina, brahim = make_user(session), make_user(session, "Brahim", "editor")
        for name, user, life in (("a", amina, 1), ("b", amina, 3), ("c", brahim, 3)):
            sessions.insert_session(
                session, name, user.id, now=NOW, expires_at=NOW + life * HOUR, user_agent="x"
            )
    with database.read() as session:
        opened = sessions.find_session(session, "a", NOW)
        assert opened
        assert opened.user == amina
        assert sessions.find_session(session, "a", NOW + HOUR) is None
        assert sessions.find_session(session, "nothing", NOW) is None
        assert {each.id for each in sessions.list_sessions(session, amina.id, NOW)} == {
            "a",
            "b",
        }
    with database.write() as session:
        sessions.delete_session(session, "c", user_id=amina.id)
        sessions.delete_sessions(session, amina.id, keep="b")
        sessions.extend_session(session, "a", NOW + 9 * HOUR)
    with database.read() as session:
        assert sessions.find_session(session, "a", NOW) is None
        assert sessions.find_session(session, "b", NOW)
        assert sessions.find_session(session, "c", NOW)
    with database.write() as session:
        users.delete_user(session, amina.id)
    with database.read() as session:
        assert sessions.find_session(session, "b", NOW) is None


def test_expired_sessions_are_deleted(database: Database) -> None:
    with database.write() as session:
        amina = make_user(session)
        for name, now in (("old", NOW), ("new", NOW + 2 * HOUR)):
            sessions.insert_session(
                session, name, amina.id, now=now, expires_at=now + HOUR, user_agent="x"
            )
        sessions.delete_expired_sessions(session, NOW + 2 * HOUR)
    with database.read() as session:
        assert [each.id for each in sessions.list_sessions(session, amina.id, NOW)] == ["new"]

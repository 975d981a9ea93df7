"""Sessions in the tables."""

from datetime import timedelta

from aggregator.storage import user_sessions, users
from aggregator.storage.engine import Database
from tests.builders import NOW, make_user

HOUR = timedelta(hours=1)


def test_sessions_end_by_time_by_hand_and_with_the_account(database: Database) -> None:
    with database.write() as session:
        amina, brahim = make_user(session), make_user(session, "Brahim", "editor")
        for name, user, life in (("a", amina, 1), ("b", amina, 3), ("c", brahim, 3)):
            user_sessions.insert_session(
                session, name, user.id, now=NOW, expires_at=NOW + life * HOUR, user_agent="x"
            )
    with database.read() as session:
        opened = user_sessions.find_session(session, "a", NOW)
        assert opened
        assert opened.user == amina
        assert user_sessions.find_session(session, "a", NOW + HOUR) is None
        assert user_sessions.find_session(session, "nothing", NOW) is None
        assert {each.id for each in user_sessions.list_sessions(session, amina.id, NOW)} == {
            "a",
            "b",
        }
    with database.write() as session:
        user_sessions.delete_session(session, "c", user_id=amina.id)
        user_sessions.delete_sessions(session, amina.id, keep="b")
        user_sessions.extend_session(session, "a", NOW + 9 * HOUR)
    with database.read() as session:
        assert user_sessions.find_session(session, "a", NOW) is None
        assert user_sessions.find_session(session, "b", NOW)
        assert user_sessions.find_session(session, "c", NOW)
    with database.write() as session:
        users.delete_user(session, amina.id)
    with database.read() as session:
        assert user_sessions.find_session(session, "b", NOW) is None


def test_signing_in_forgets_sessions_that_have_run_out(database: Database) -> None:
    with database.write() as session:
        amina = make_user(session)
        for name, now in (("old", NOW), ("new", NOW + 2 * HOUR)):
            user_sessions.insert_session(
                session, name, amina.id, now=now, expires_at=now + HOUR, user_agent="x"
            )
    with database.read() as session:
        assert [each.id for each in user_sessions.list_sessions(session, amina.id, NOW)] == ["new"]

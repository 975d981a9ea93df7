"""Accounts, sessions, tokens and failed sign-ins in the tables."""

from datetime import timedelta

import pytest

from aggregator.errors import Conflict, NotFound
from aggregator.storage import users
from aggregator.storage.engine import Database
from tests.builders import NOW, make_user

HOUR = timedelta(hours=1)


def test_a_name_is_taken_once(database: Database) -> None:
    with database.write() as session:
        amina = users.insert_user(session, "Amina", "amina", "hash", "reader", NOW)
    with pytest.raises(Conflict), database.write() as session:
        users.insert_user(session, "AMINA", "amina", "hash", "operator", NOW)
    with database.read() as session:
        assert users.list_users(session) == (amina,)
        found = users.find_user(session, "amina")
        assert found
        assert (found.user, found.password_hash) == (amina, "hash")
        assert users.find_user(session, "nobody") is None
        with pytest.raises(NotFound):
            users.find_credentials(session, 99)


def test_sessions_end_by_time_by_hand_and_with_the_account(database: Database) -> None:
    with database.write() as session:
        amina, brahim = make_user(session), make_user(session, "Brahim", "editor")
        for name, user, life in (("a", amina, 1), ("b", amina, 3), ("c", brahim, 3)):
            users.insert_session(
                session, name, user.id, now=NOW, expires_at=NOW + life * HOUR, user_agent="x"
            )
    with database.read() as session:
        opened = users.find_session(session, "a", NOW)
        assert opened
        assert opened.user == amina
        assert users.find_session(session, "a", NOW + HOUR) is None
        assert users.find_session(session, "nothing", NOW) is None
        assert {each.id for each in users.list_sessions(session, amina.id, NOW)} == {"a", "b"}
    with database.write() as session:
        users.delete_session(session, "c", user_id=amina.id)
        users.delete_sessions(session, amina.id, keep="b")
        users.extend_session(session, "a", NOW + 9 * HOUR)
    with database.read() as session:
        assert users.find_session(session, "a", NOW) is None
        assert users.find_session(session, "b", NOW)
        assert users.find_session(session, "c", NOW)
    with database.write() as session:
        users.delete_user(session, amina.id)
    with database.read() as session:
        assert users.find_session(session, "b", NOW) is None


def test_signing_in_forgets_sessions_that_have_run_out(database: Database) -> None:
    with database.write() as session:
        amina = make_user(session)
        for name, now in (("old", NOW), ("new", NOW + 2 * HOUR)):
            users.insert_session(
                session, name, amina.id, now=now, expires_at=now + HOUR, user_agent="x"
            )
    with database.read() as session:
        assert [each.id for each in users.list_sessions(session, amina.id, NOW)] == ["new"]


def test_tokens_are_revoked_by_their_owner_only(database: Database) -> None:
    with database.write() as session:
        amina, brahim = make_user(session), make_user(session, "Brahim", "editor")
        users.insert_token(session, "t", amina.id, "phone", NOW)
        users.delete_token(session, "t", brahim.id)
    with database.read() as session:
        assert users.find_token(session, "t") == amina
        assert [each.label for each in users.list_tokens(session, amina.id)] == ["phone"]
    with database.write() as session:
        users.delete_token(session, "t", amina.id)
    with database.read() as session:
        assert users.find_token(session, "t") is None


def test_failures_count_within_their_window(database: Database) -> None:
    with database.write() as session:
        for minutes in (0, 10, 20):
            users.insert_failure(session, "name:x", NOW + timedelta(minutes=minutes))
        other = users.insert_failure(session, "address:y", NOW)
        assert len(users.failure_times(session, "name:x", NOW, 9)) == 2
        assert users.failure_times(session, "name:x", NOW, 1) == [NOW + timedelta(minutes=20)]
        users.delete_failures_before(session, NOW + timedelta(minutes=10))
        assert len(users.failure_times(session, "name:x", NOW - HOUR, 9)) == 1
        assert users.failure_times(session, "address:y", NOW - HOUR, 9) == []
        users.delete_failures(session, [other], "name:x")
        assert users.failure_times(session, "name:x", NOW - HOUR, 9) == []

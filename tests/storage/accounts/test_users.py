"""Accounts in the tables."""

from datetime import timedelta

import pytest

from aggregator.errors import NameTaken, NotFound
from aggregator.storage.accounts import sessions, users
from aggregator.storage.engine import Database
from tests.builders import NOW, make_user


def test_a_name_is_taken_once(database: Database) -> None:
    with database.write() as session:
        amina = users.insert_user(session, "Amina", "amina", "hash", "reader", NOW)
    with pytest.raises(NameTaken), database.write() as session:
        users.insert_user(session, "AMINA", "amina", "hash", "operator", NOW)
    with database.read() as session:
        assert users.list_users(session) == (amina,)
        found = users.find_credentials_by_name(session, "amina")
        assert found
        assert (found.user, found.password_hash) == (amina, "hash")
        assert users.find_credentials_by_name(session, "nobody") is None
        with pytest.raises(NotFound):
            users.find_credentials(session, 99)


def test_people_by_name_with_when_they_were_last_seen(database: Database) -> None:
    life = timedelta(days=30)
    with database.write() as session:
        for name in ("Amina", "Brahim", "100%"):
            make_user(session, name)
        for token, day in (("old", 1), ("new", 2)):
            sessions.insert_session(
                session, token, 1, now=NOW, expires_at=NOW + life + timedelta(days=day),
                user_agent="x",
            )  # fmt: skip

    def names(containing: str = "", after: str = "", limit: int = 9) -> list[str]:
        with database.read() as session:
            found = users.list_people(
                session, containing=containing, after=after, session_life=life, limit=limit
            )
        return [each.user.name for each in found]

    assert names() == ["100%", "Amina", "Brahim"]
    assert names("m") == ["Amina", "Brahim"]
    assert names("%") == ["100%"]
    assert names("m", after="amina", limit=1) == ["Brahim"]
    with database.read() as session:
        people = users.list_people(session, containing="", after="", session_life=life, limit=9)
    assert [each.last_seen_at for each in people] == [None, NOW + timedelta(days=2), None]
    assert people[1].created_at == NOW


def test_whether_there_is_anybody_and_who_operates(database: Database) -> None:
    with database.write() as session:
        assert not users.has_users(session)
        make_user(session)
        chaimae = make_user(session, "Chaimae", "operator")
        assert users.has_users(session)
        assert users.lock_operators(session) == {chaimae.id}

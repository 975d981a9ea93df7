"""Preferences in the table of users."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from aggregator.errors import NotFound
from aggregator.storage.accounts import sessions
from aggregator.storage.engine import Database
from aggregator.storage.readers import preferences
from aggregator.types import Preferences
from tests.builders import NOW, make_user

HOUR = timedelta(hours=1)


def test_what_a_reader_chose(database: Database) -> None:
    with database.write() as session:
        amina, brahim = make_user(session), make_user(session, "Brahim")
        preferences.set_preferences(session, amina.id, Preferences(theme="dark", images=False))
    with database.read() as session:
        chosen = preferences.find_preferences(session, amina.id)
        assert chosen == Preferences(theme="dark", images=False)
        assert preferences.find_preferences(session, brahim.id) == Preferences()
        with pytest.raises(NotFound):
            preferences.find_preferences(session, 99)


def test_only_what_differs_is_stored(database: Database) -> None:
    with database.write() as session:
        amina = make_user(session)
        preferences.set_preferences(session, amina.id, Preferences(size="huge"))
        stored = text("SELECT preferences FROM users")
        assert "huge" in str(session.execute(stored).scalar_one())
        assert "theme" not in str(session.execute(stored).scalar_one())
        preferences.set_preferences(session, amina.id, Preferences())
        assert str(session.execute(stored).scalar_one()) == "{}"


@pytest.mark.parametrize("damaged", ['{"theme": "blue"}', "[]", "null", '"dark"', '{"theme": 1}'])
def test_damaged_values_are_the_defaults(database: Database, damaged: str) -> None:
    with database.write() as session:
        amina = make_user(session)
        on_sqlite = session.get_bind().dialect.name == "sqlite"
        value = ":damaged" if on_sqlite else "CAST(:damaged AS JSON)"
        session.execute(text(f"UPDATE users SET preferences = {value}"), {"damaged": damaged})
    with database.read() as session:
        assert preferences.find_preferences(session, amina.id) == Preferences()


def test_what_is_not_even_json(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        amina = make_user(session)
        session.execute(text("UPDATE users SET preferences = 'dark'"))
    with sqlite_database.read() as session:
        assert preferences.find_preferences(session, amina.id) == Preferences()


def test_a_session_comes_with_them(database: Database) -> None:
    with database.write() as session:
        amina = make_user(session)
        sessions.insert_session(
            session, "a", amina.id, now=NOW, expires_at=NOW + HOUR, user_agent="x"
        )
        preferences.set_preferences(session, amina.id, Preferences(theme="sepia"))
    with database.read() as session:
        opened = sessions.find_session(session, "a", NOW)
        assert opened
        assert opened.preferences == Preferences(theme="sepia")

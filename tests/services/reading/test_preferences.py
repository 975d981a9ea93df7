"""Changing preferences, and taking over a visitor's."""

from __future__ import annotations

import pytest

from aggregator.errors import InvalidInput, NotFound
from aggregator.services.reading import preferences
from aggregator.storage.engine import Database
from aggregator.types import Preferences, User
from tests.builders import make_user


def test_changes_add_up(database: Database) -> None:
    with database.write() as session:
        amina = make_user(session)
        preferences.save(session, amina, {"theme": "dark"})
        saved = preferences.save(session, amina, {"size": "large", "next": "/"})
        assert saved == preferences.load(session, amina) == Preferences(theme="dark", size="large")
        preferences.save(session, amina, {"theme": "system"})
        assert preferences.load(session, amina) == Preferences(size="large")


def test_a_bad_value_changes_nothing(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        amina = make_user(session)
        with pytest.raises(InvalidInput):
            preferences.save(session, amina, {"size": "large", "theme": "blue"})
        assert preferences.load(session, amina) == Preferences()


def test_who_is_gone_saves_nothing(sqlite_database: Database) -> None:
    with sqlite_database.write() as session, pytest.raises(NotFound):
        preferences.save(session, User(99, "Amina", "reader"), {"theme": "dark"})


def test_a_visitors_choice_is_taken_over_once(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        amina = make_user(session)
        assert preferences.adopt_if_unset(session, amina, Preferences(theme="dark")).theme == "dark"
        assert (
            preferences.adopt_if_unset(session, amina, Preferences(theme="sepia")).theme == "dark"
        )
        assert preferences.load(session, amina) == Preferences(theme="dark")

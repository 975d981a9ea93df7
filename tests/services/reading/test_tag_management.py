"""Renaming, merging and deleting tags."""

from __future__ import annotations

import pytest

from aggregator.errors import Conflict, InvalidInput, NotFound
from aggregator.services.reading import tag_management, tagging
from aggregator.storage.engine import Database
from aggregator.storage.readers.tags import list_tags, tags_of
from aggregator.types import TagCount, User
from tests.builders import NOW, make_entry, make_feed, make_source, make_user


@pytest.fixture
def amina(database: Database) -> User:
    """Of three entries two are tagged "ماء", two "Eau", one with both."""
    with database.write() as session:
        feed = make_feed(session, make_source(session))
        for number in range(3):
            make_entry(session, feed, f"entry {number}")
        reader = make_user(session)
        for entry_id, text in ((1, "ماء"), (2, "ماء, Eau"), (3, "Eau")):
            tagging.add_tags(session, reader, entry_id, text, NOW)
        tagging.add_tags(session, make_user(session, "Brahim", "editor"), 1, "ماء, Eau", NOW)
        return reader


def tags(database: Database, user_id: int) -> set[TagCount]:
    with database.read() as session:
        return set(list_tags(session, user_id))


def test_renaming_keeps_the_entries(database: Database, amina: User) -> None:
    with database.write() as session:
        assert tag_management.rename(session, amina, "ماء", "  مياه ") == "مياه"
        assert tag_management.rename(session, amina, "eau", "EAU") == "EAU"
        assert tag_management.find(session, amina, "Eau") == TagCount("EAU", 2)
    assert tags(database, amina.id) == {TagCount("مياه", 2), TagCount("EAU", 2)}
    assert tags(database, 2) == {TagCount("ماء", 1), TagCount("Eau", 1)}


def test_merging_is_asked_for_and_counts_once(database: Database, amina: User) -> None:
    with database.write() as session:
        with pytest.raises(Conflict) as raised:
            tag_management.rename(session, amina, "ماء", "EAU")
        assert raised.value.name == "Eau"
        assert len(list_tags(session, amina.id)) == 2
        assert tag_management.rename(session, amina, "ماء", "EAU", merge=True) == "Eau"
        assert tags_of(session, amina.id, [1, 2, 3]) == {1: ("Eau",), 2: ("Eau",), 3: ("Eau",)}
    assert tags(database, amina.id) == {TagCount("Eau", 3)}
    assert len(tags(database, 2)) == 2


def test_deleting(database: Database, amina: User) -> None:
    with database.write() as session:
        assert tag_management.remove(session, amina, "EAU") == TagCount("Eau", 2)
    assert tags(database, amina.id) == {TagCount("ماء", 2)}
    assert len(tags(database, 2)) == 2


def test_only_tags_that_exist_get_only_names_that_fit(database: Database, amina: User) -> None:
    with database.write() as session:
        for attempt in (
            lambda: tag_management.rename(session, amina, "nothing", "x"),
            lambda: tag_management.remove(session, amina, "nothing"),
            lambda: tag_management.find(session, amina, "nothing"),
        ):
            with pytest.raises(NotFound):
                attempt()
        for name in ("", "x" * 61, ".."):
            with pytest.raises(InvalidInput):
                tag_management.rename(session, amina, "Eau", name)
    assert len(tags(database, amina.id)) == 2

"""Tags and stars belong to one reader; a tag without entries is deleted."""

import pytest
from sqlalchemy import func, select

from aggregator.errors import NotFound
from aggregator.storage.engine import Database
from aggregator.storage.models import Tag
from aggregator.storage.readers.personal import personal_state
from aggregator.storage.readers.tags import (
    add_star,
    add_tags,
    find_tag,
    list_tags,
    remove_star,
    remove_tag,
    require_entry,
    tags_of,
)
from aggregator.types import TagCount
from tests.builders import NOW, make_entry, make_feed, make_source, make_user


@pytest.fixture
def entries(database: Database) -> Database:
    with database.write() as session:
        feed = make_feed(session, make_source(session))
        for number in range(3):
            make_entry(session, feed, f"entry {number}")
        make_user(session)
        make_user(session, "Brahim", "editor")
    return database


def test_put_list_and_take(entries: Database) -> None:
    with entries.write() as session:
        add_tags(session, 1, 1, ("مطر", "Sport"), NOW)
        add_tags(session, 1, 2, ("sport", "SPORT", "ⵜⴰⵎⴰⵣⵉⵖⵜ"), NOW)
        add_tags(session, 1, 2, ("Sport",), NOW)
        add_tags(session, 2, 1, ("sport",), NOW)
    with entries.read() as session:
        assert list_tags(session, 1) == (
            TagCount("Sport", 2),
            TagCount("مطر", 1),
            TagCount("ⵜⴰⵎⴰⵣⵉⵖⵜ", 1),
        )
        assert set(tags_of(session, 1, [1, 2, 3])[2]) == {"Sport", "ⵜⴰⵎⴰⵣⵉⵖⵜ"}
        assert tags_of(session, 2, [1, 2]) == {1: ("sport",)}
        assert find_tag(session, 1, "SPORT") == "Sport"
    with entries.write() as session:
        remove_tag(session, 1, 1, "SPORT")
        remove_tag(session, 1, 1, "مطر")
        remove_tag(session, 1, 1, "never there")
    with entries.read() as session:
        assert tags_of(session, 1, [1, 2]).keys() == {2}
        assert session.execute(select(func.count()).select_from(Tag)).scalar_one() == 3
        with pytest.raises(NotFound):
            find_tag(session, 1, "مطر")


def test_stars(entries: Database) -> None:
    with entries.write() as session:
        add_star(session, 1, 1, NOW)
        add_star(session, 1, 1, NOW)
        add_star(session, 1, 2, NOW)
        add_star(session, 2, 3, NOW)
        remove_star(session, 1, 2)
        remove_star(session, 1, 2)
    with entries.read() as session:
        assert personal_state(session, 1, [], [1, 2, 3]).starred == {1}
        assert personal_state(session, 2, [], [1, 2, 3]).starred == {3}
        assert personal_state(session, 2, [], [1, 2]).starred == frozenset()


@pytest.mark.parametrize("entry_id", [0, 99, 2**40])
def test_only_entries_that_exist(entries: Database, entry_id: int) -> None:
    with entries.read() as session, pytest.raises(NotFound):
        require_entry(session, entry_id)

"""What counts as a tag; adding and removing tags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import InvalidInput, NotFound
from aggregator.services.reading import tagging
from aggregator.storage.engine import Database
from aggregator.storage.readers.tags import starred_ids, tags_of
from aggregator.types import User
from tests.builders import NOW, make_entry, make_feed, make_source, make_user


@pytest.fixture
def amina(database: Database) -> User:
    with database.write() as session:
        make_entry(session, make_feed(session, make_source(session)))
        return make_user(session)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  الماء   والسدود\n", "الماء والسدود"),
        ("ﻣﻄﺮ", "مطر"),
        ("e\u0301conomie", "économie"),
        ("\u200fمطر\u200e", "مطر"),
        ("ⵜⴰⵎⴰⵣⵉⵖⵜ", "ⵜⴰⵎⴰⵣⵉⵖⵜ"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("24/11", "24/11"),
        ("a\u00a0b", "a b"),
        ("x" * 60, "x" * 60),
    ],
)
def test_tags_of_any_script(typed: str, kept: str) -> None:
    assert tagging.clean_tag(typed) == kept


@pytest.mark.parametrize(
    "typed", ["", "  ", "\u200f", "x" * 61, "a\0b", "a\x1bb", "\ud800", ".", ".."]
)
def test_what_is_no_tag(typed: str) -> None:
    with pytest.raises(InvalidInput):
        tagging.clean_tag(typed)


@given(st.text())
def test_a_clean_tag_stays_as_it_is(typed: str) -> None:
    try:
        clean = tagging.clean_tag(typed)
    except InvalidInput:
        return
    assert tagging.clean_tag(clean) == clean
    assert 1 <= len(clean) <= 60


def test_several_at_once() -> None:
    assert tagging.split_tags("ماء، سدود, eau; x ؛ y\n z ,, ") == (
        "ماء", "سدود", "eau", "x", "y", "z",
    )  # fmt: skip


def test_add_and_remove(database: Database, amina: User) -> None:
    with database.write() as session:
        tagging.add_tags(session, amina, 1, "ماء، Sport", NOW)
        tagging.add_tags(session, amina, 1, "SPORT", NOW)
        tagging.remove_tag(session, amina, 1, " ماء ")
    with database.read() as session:
        assert tags_of(session, amina.id, [1]) == {1: ("Sport",)}


@pytest.mark.parametrize("typed", ["", " , ،", "ok, " + "x" * 61])
def test_nothing_is_tagged_when_one_tag_is_wrong(
    database: Database, amina: User, typed: str
) -> None:
    with database.write() as session, pytest.raises(InvalidInput):
        tagging.add_tags(session, amina, 1, typed, NOW)
    with database.read() as session:
        assert tags_of(session, amina.id, [1]) == {}


def test_an_entry_has_at_most_fifty(database: Database, amina: User) -> None:
    fifty = ",".join(f"t{number}" for number in range(50))
    with database.write() as session:
        tagging.add_tags(session, amina, 1, fifty, NOW)
        tagging.add_tags(session, amina, 1, "T7", NOW)
        with pytest.raises(InvalidInput):
            tagging.add_tags(session, amina, 1, "one more", NOW)


def test_only_entries_that_exist(database: Database, amina: User) -> None:
    with database.write() as session:
        with pytest.raises(NotFound):
            tagging.add_tags(session, amina, 99, "a", NOW)
        with pytest.raises(NotFound):
            tagging.remove_tag(session, amina, 99, "a")
        with pytest.raises(NotFound):
            tagging.star(session, amina, 99, True, NOW)


def test_suggestions_leave_out_what_is_there(database: Database, amina: User) -> None:
    with database.write() as session:
        second = make_entry(session, 1, "another")
        tagging.add_tags(session, amina, 1, "rare, often, here", NOW)
        tagging.add_tags(session, amina, second, "often", NOW)
        assert tagging.suggest_tags(session, amina, ("HERE",)) == ("often", "rare")


def test_starring_many_entries_says_what_changed(database: Database, amina: User) -> None:
    with database.write() as session:
        for number in range(3):
            make_entry(session, 1, f"more {number}")  # 2 to 4
        tagging.star(session, amina, 2, True, NOW)
        for _ in range(2):
            found = tagging.star_entries(session, amina, [3, 2, 1, 3, 99], True, NOW)
            assert found.unknown == (99,)
            assert starred_ids(session, amina.id, range(9)) == {1, 2, 3}
        assert found.changed == ()
        found = tagging.star_entries(session, amina, [4, 3, 1, 98, 99], False, NOW)
        assert (found.changed, found.unknown) == ((1, 3), (98, 99))
        assert starred_ids(session, amina.id, range(9)) == {2}


def test_tagging_many_entries_says_what_changed(database: Database, amina: User) -> None:
    with database.write() as session:
        make_entry(session, 1, "more")
        tagging.add_tags(session, amina, 1, "ماء", NOW)
        found = tagging.tag_entries(session, amina, [2, 1, 99], [" ماء ", "Sport"], True, NOW)
        assert (found.changed, found.unknown) == ((1, 2), (99,))
        assert set(tags_of(session, amina.id, [1])[1]) == {"ماء", "Sport"}
        assert set(tags_of(session, amina.id, [2])[2]) == {"ماء", "Sport"}
        again = tagging.tag_entries(session, amina, [1, 2], ["SPORT"], True, NOW)
        assert again.changed == ()
        found = tagging.tag_entries(session, amina, [1, 2], ["sport", "never"], False, NOW)
        assert found.changed == (1, 2)
        assert tags_of(session, amina.id, [1, 2]) == {1: ("ماء",), 2: ("ماء",)}
        assert [tag.name for tag in tagging.list_tags(session, amina)] == ["ماء"]
        found = tagging.tag_entries(session, amina, [1, 2], ["ماء"], False, NOW)
        assert found.changed == (1, 2)
        assert tagging.list_tags(session, amina) == ()


def test_no_entry_is_tagged_if_one_would_have_too_many(database: Database, amina: User) -> None:
    with database.write() as session:
        make_entry(session, 1, "more")
        tagging.add_tags(session, amina, 2, ",".join(f"t{number}" for number in range(50)), NOW)
        with pytest.raises(InvalidInput, match="entry 2"):
            tagging.tag_entries(session, amina, [1, 2], ["one more"], True, NOW)
        assert tags_of(session, amina.id, [1]) == {}
        assert tagging.tag_entries(session, amina, [1, 2], ["T7"], True, NOW).changed == (1,)

"""Muting words, in all their spellings, and sources."""

from __future__ import annotations

import pytest

from aggregator.errors import InvalidInput, NotFound
from aggregator.services.reading import entries, muting
from aggregator.storage.engine import Database
from aggregator.storage.readers.mutes import mutes_of
from aggregator.types import EntryFilter, User
from tests.builders import NOW, make_entry, make_feed, make_source, make_user


@pytest.fixture
def amina(database: Database) -> User:
    with database.write() as session:
        feed = make_feed(session, make_source(session))
        make_entry(session, feed, "والأمطار تعود إلى الريف")
        make_entry(session, feed, "فوز الوداد")
        return make_user(session)


def titles(database: Database, reader: User, **chosen: str) -> list[str]:
    with database.read() as session:
        page = entries.list_entries(session, reader, EntryFilter(**chosen))  # type: ignore[arg-type]  # only names
        return [entry.title for entry in page.entries]


def test_a_word_is_muted_in_all_spellings_but_once(database: Database, amina: User) -> None:
    with database.write() as session:
        assert muting.mute_word(session, amina, "  أَمطار ", NOW) == "أَمطار"
        assert muting.mute_word(session, amina, "امطار", NOW) == "أَمطار"
        assert mutes_of(session, amina.id).words == ("أَمطار",)
    assert titles(database, amina) == ["فوز الوداد"]
    assert len(titles(database, amina, source="hespress")) == 2
    with database.write() as session:
        muting.unmute_word(session, amina, "أَمطار")
        muting.unmute_word(session, amina, "never there")
    assert len(titles(database, amina)) == 2


@pytest.mark.parametrize("typed", ["", "  ", "؟!", "ـ", "\u200f", "x" * 81, "a\0b", "a\ud800"])
def test_what_cannot_be_muted(database: Database, amina: User, typed: str) -> None:
    with database.write() as session, pytest.raises(InvalidInput):
        muting.mute_word(session, amina, typed, NOW)


def test_at_most_two_hundred(
    database: Database, amina: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(muting, "MAX_MUTED_WORDS", 2)
    with database.write() as session:
        for word in ("a", "b", "A"):
            muting.mute_word(session, amina, word, NOW)
        with pytest.raises(InvalidInput):
            muting.mute_word(session, amina, "c", NOW)


def test_a_muted_source_is_left_out_of_mixed_lists(database: Database, amina: User) -> None:
    with database.write() as session:
        assert muting.mute_source(session, amina, "hespress", True, NOW).slug == "hespress"
    assert titles(database, amina) == []
    assert len(titles(database, amina, source="hespress")) == 2
    with database.write() as session:
        muting.mute_source(session, amina, "hespress", False, NOW)
        with pytest.raises(NotFound):
            muting.mute_source(session, amina, "nobody", True, NOW)
    assert len(titles(database, amina)) == 2

"""New matches of saved searches."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest

from aggregator.errors import InvalidInput, NotFound
from aggregator.services.reading import muting
from aggregator.services.search import saved
from aggregator.services.search.request import SearchContext
from aggregator.storage.engine import Database
from aggregator.types import SavedSearch, User
from tests.builders import NOW, an_entry, make_feed, make_source, make_user, store_entries

DAY = timedelta(days=1)


@pytest.fixture
def amina(database: Database) -> User:
    """A reader who saved a search when it had one match."""
    with database.write() as session:
        reader = make_user(session, "amina")
        feed = make_feed(session, make_source(session))
        store_entries(session, feed, an_entry("السدود", guid="first", published_at=NOW - 9 * DAY))
        saved.save(session, reader, "سدود", "ماء", "ar", NOW)
    return reader


def arrive(database: Database, title: str, age: timedelta = timedelta(0)) -> None:
    with database.write() as session:
        store_entries(session, 1, an_entry(title, guid=title, published_at=NOW - age))


def new_in(database: Database, reader: User, **values: str) -> int:
    with database.read() as session:
        (search,) = saved.list_saved(session, reader)
        if values:
            search = SavedSearch(search.id, search.name, values["query"], search.seen_up_to)
        return saved.count_new(session, SearchContext(reader, NOW, UTC), search)


def test_entries_that_arrived_since_are_counted(database: Database, amina: User) -> None:
    assert new_in(database, amina) == 0
    arrive(database, "سدود الشمال")
    arrive(database, "زلزال")
    arrive(database, "سدود الجنوب", 2 * DAY)
    arrive(database, "سدود قديمة", 8 * DAY)  # late by more than can be told
    assert new_in(database, amina) == 2
    assert new_in(database, amina, query="is:unread سدود") == 2
    with database.write() as session:
        (search,) = saved.list_saved(session, amina)
        latest = saved.latest_entry(session)
        saved.mark_seen(session, amina, search.id, latest)
        saved.mark_seen(session, amina, search.id, 1)  # never back
    assert new_in(database, amina) == 0


def test_muted_sources_and_malformed_queries_count_nothing(database: Database, amina: User) -> None:
    arrive(database, "سدود الشمال")
    assert new_in(database, amina, query='"سدود') == 0
    with database.write() as session:
        muting.mute_source(session, amina, "hespress", True, NOW)
    assert new_in(database, amina) == 0
    assert new_in(database, amina, query="سدود source:hespress") == 1


def test_a_search_is_renamed(database: Database, amina: User) -> None:
    with database.write() as session:
        brahim = make_user(session, "brahim")
        (search,) = saved.list_saved(session, amina)
        assert saved.rename(session, amina, search.id, " ماء \n الشرب ") == "ماء الشرب"
        assert saved.list_saved(session, amina)[0].name == "ماء الشرب"
        with pytest.raises(NotFound):
            saved.rename(session, brahim, search.id, "x")
        with pytest.raises(InvalidInput):
            saved.rename(session, amina, search.id, " ")

"""Loading the configured sources: a feed that moves to another source takes its entries along."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest
from sqlalchemy import insert, select, text

from aggregator.query import parse
from aggregator.services.operate.load_sources import load_sources
from aggregator.services.search.request import SearchContext, SearchRequest
from aggregator.services.search.search import search
from aggregator.storage.engine import Database
from aggregator.storage.entries import moves
from aggregator.storage.entries.retention import delete_before
from aggregator.storage.models import Entry, ReadException
from tests.builders import NOW, a_source, an_entry, make_user, store_entries

MOVING, STAYING = "https://old.example/moving", "https://old.example/staying"
TITLES = ("السدود تمتلئ", "أمطار الخير", "موسم الحصاد")
OTHER = "خبر آخر"


@pytest.fixture
def moving(database: Database) -> list[int]:
    """Three entries of a feed of "old", and one of another of its feeds."""
    load_sources(database, [a_source("old", MOVING, STAYING), a_source("new")], NOW)
    with database.write() as session:
        ids = store_entries(session, 1, *map(an_entry, TITLES))
        store_entries(session, 2, an_entry(OTHER))
    return ids


def move(database: Database) -> None:
    new = a_source("new", "https://new.example/feed", MOVING)
    load_sources(database, [a_source("old", STAYING), new], NOW)


def found(database: Database, query: str) -> set[str]:
    with database.read() as session:
        page = search(session, SearchContext(None, NOW, UTC), SearchRequest(parse(query)))
    return {hit.entry.title for hit in page.hits}


def test_its_entries_are_found_under_the_new_source(
    database: Database, moving: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moves, "CHUNK", 2)
    move(database)
    assert found(database, "source:new") == set(TITLES)
    assert found(database, "source:old") == {OTHER}
    assert found(database, "السدود source:new") == {TITLES[0]}
    with database.read() as session:
        sources = dict(map(tuple, session.execute(select(Entry.title, Entry.source_id))))
    assert sources == dict.fromkeys(TITLES, 2) | {OTHER: 1}


def test_no_word_is_left_behind_in_the_index(sqlite_database: Database) -> None:
    """FTS5 keeps no documents: it removes the words that it is given, not those it has."""
    load_sources(sqlite_database, [a_source("old", MOVING, STAYING), a_source("new")], NOW)
    with sqlite_database.write() as session:
        store_entries(session, 1, *map(an_entry, TITLES))
    move(sqlite_database)
    with sqlite_database.write_exclusive() as session:
        assert delete_before(session, NOW + timedelta(days=1), NOW, limit=10) == len(TITLES)
        session.execute(
            text("CREATE VIRTUAL TABLE temp.left_words USING fts5vocab(main, search_index, row)")
        )
        assert session.execute(text("SELECT term FROM temp.left_words")).all() == []


def test_what_was_read_stays_read(database: Database, moving: list[int]) -> None:
    with database.write() as session:
        reader = make_user(session).id
        read = {"user_id": reader, "entry_id": moving[0], "source_id": 1, "read": True}
        session.execute(insert(ReadException), read)
    move(database)
    with database.read() as session:
        rows = session.execute(select(ReadException.source_id, ReadException.read)).all()
    assert rows == [(2, True)]

"""Lists of entries: what they show, in which order, and that they never sort the table."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from aggregator.errors import InvalidInput, NotFound
from aggregator.storage.engine import Database
from aggregator.storage.listing.keys import find_keys
from aggregator.storage.listing.summaries import find_entry, list_entries, neighbours
from aggregator.storage.readers.tags import add_star, add_tags
from aggregator.storage.sql.cursors import Position
from aggregator.types import Enclosure, EntryFilter
from tests.builders import NOW, make_entry, make_feed, make_source, make_user


def titles(database: Database, chosen: EntryFilter, reader: int | None = None) -> list[str]:
    """The whole list, read three at a time."""
    found: list[str] = []
    cursor = None
    with database.read() as session:
        for _ in range(50):
            page = list_entries(session, chosen, reader=reader, cursor=cursor, limit=3)
            found += [entry.title for entry in page.entries]
            cursor = page.next_cursor
            if cursor is None:
                return found
    raise AssertionError("the list does not end")


@pytest.fixture
def newsroom(database: Database) -> Database:
    """Two Moroccan sources, one Tunisian; "flood" is told by all, twice by Hespress."""
    with database.write() as session:
        hespress = make_source(session, "hespress", position=0)
        medias = make_source(session, "medias24", position=1, language="fr")
        kapitalis = make_source(session, "kapitalis", position=2, country="TN", language="fr")
        general = make_feed(session, hespress, "https://h.example/general")
        sport = make_feed(session, hespress, "https://h.example/sport")
        economy = make_feed(session, medias, "https://m.example/")
        tunis = make_feed(session, kapitalis, "https://k.example/")
        flood = make_entry(session, economy, "flood at Medias24", age=9, language="fr")
        make_entry(session, general, "flood at Hespress", age=8, duplicate_of=flood)
        make_entry(session, sport, "flood at Hespress again", age=7, duplicate_of=flood)
        make_entry(session, tunis, "flood at Kapitalis", age=6, duplicate_of=flood, language="fr")
        derby = make_entry(session, general, "derby", age=5)
        make_entry(session, sport, "derby again", age=4, duplicate_of=derby)
        make_entry(session, economy, "budget", age=3, language="fr")
        make_entry(session, tunis, "olives", age=2, language="fr")
    return database


def test_everything_newest_first_and_each_article_once(newsroom: Database) -> None:
    assert titles(newsroom, EntryFilter()) == ["olives", "budget", "derby", "flood at Medias24"]


def test_every_copy_where_it_is_asked_for(newsroom: Database) -> None:
    assert len(titles(newsroom, EntryFilter(duplicates=True))) == 8


def test_a_copy_stays_on_the_page_of_its_own_source_once(newsroom: Database) -> None:
    assert titles(newsroom, EntryFilter(source="hespress")) == ["derby", "flood at Hespress"]


def test_a_country_misses_nothing_that_another_published_first(newsroom: Database) -> None:
    assert titles(newsroom, EntryFilter(country="TN")) == ["olives", "flood at Kapitalis"]
    assert titles(newsroom, EntryFilter(country="MA")) == ["budget", "derby", "flood at Medias24"]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (EntryFilter(language="ar"), ["derby"]),
        (EntryFilter(language="fr"), ["olives", "budget", "flood at Medias24"]),
        (EntryFilter(language="zgh"), []),
        (EntryFilter(country="MA", language="fr"), ["budget", "flood at Medias24"]),
        (EntryFilter(country="TN", source="kapitalis"), ["olives", "flood at Kapitalis"]),
        (EntryFilter(country="MA", source="kapitalis"), []),
        (EntryFilter(country="EG"), []),
        (EntryFilter(feed_id=2), ["derby again", "flood at Hespress again"]),
        (EntryFilter(feed_id=2, source="hespress"), ["derby again", "flood at Hespress again"]),
        (EntryFilter(feed_id=2, source="medias24"), []),
        (EntryFilter(source="hespress", language="ar"), ["derby", "flood at Hespress"]),
        (
            EntryFilter(source="hespress", duplicates=True),
            ["derby again", "derby", "flood at Hespress again", "flood at Hespress"],
        ),
        (EntryFilter(language="ar", duplicates=True), [
            "derby again", "derby", "flood at Hespress again", "flood at Hespress"]),
    ],
)  # fmt: skip
def test_filters(newsroom: Database, chosen: EntryFilter, expected: list[str]) -> None:
    assert titles(newsroom, chosen) == expected


@pytest.mark.parametrize(
    "chosen", [EntryFilter(source="nobody"), EntryFilter(feed_id=99), EntryFilter(tag="none")]
)
def test_a_filter_cannot_name_what_is_not_there(newsroom: Database, chosen: EntryFilter) -> None:
    with newsroom.read() as session, pytest.raises(NotFound):
        list_entries(session, chosen, reader=1)


def test_marks_need_a_reader(newsroom: Database) -> None:
    with newsroom.read() as session, pytest.raises(InvalidInput):
        list_entries(session, EntryFilter(starred=True))


def test_what_a_reader_marked_is_shown_even_where_it_is_a_copy(newsroom: Database) -> None:
    with newsroom.write() as session:
        amina = make_user(session).id
        brahim = make_user(session, "Brahim", "editor").id
        add_tags(session, amina, 2, ("مطر",), NOW)
        add_tags(session, amina, 5, ("مطر",), NOW)
        add_tags(session, amina, 6, ("مطر",), NOW)
        add_tags(session, brahim, 7, ("مطر",), NOW)
        add_star(session, amina, 6, NOW)
        add_star(session, amina, 4, NOW)
    assert titles(newsroom, EntryFilter(tag="مطر"), amina) == ["derby", "flood at Hespress"]
    assert titles(newsroom, EntryFilter(starred=True), amina) == [
        "derby again",
        "flood at Kapitalis",
    ]
    assert titles(newsroom, EntryFilter(starred=True, tag="مطر"), amina) == ["derby again"]
    assert titles(newsroom, EntryFilter(starred=True, country="TN"), amina) == [
        "flood at Kapitalis"
    ]
    assert len(titles(newsroom, EntryFilter(tag="مطر", duplicates=True), amina)) == 3
    assert titles(newsroom, EntryFilter(tag="مطر"), brahim) == ["budget"]


def test_an_entry_tells_who_else_has_it(newsroom: Database) -> None:
    with newsroom.read() as session:
        entry = list_entries(session, EntryFilter(), limit=10).entries[-1]
        assert [(id_, source.slug) for id_, source in entry.also_in] == [
            (2, "hespress"),
            (4, "kapitalis"),
        ]
        copy = find_entry(session, 2).summary
        assert [(id_, source.slug) for id_, source in copy.also_in] == [
            (1, "medias24"),
            (4, "kapitalis"),
        ]
        assert find_entry(session, 5).summary.also_in == ()


def test_a_page_carries_the_marks_of_its_reader_only(newsroom: Database) -> None:
    with newsroom.write() as session:
        amina = make_user(session).id
        add_tags(session, amina, 7, ("b", "a"), NOW)
        add_star(session, amina, 7, NOW)
        brahim = make_user(session, "Brahim").id
    with newsroom.read() as session:
        mine = {e.title: e for e in list_entries(session, EntryFilter(), reader=amina).entries}
        theirs = list_entries(session, EntryFilter(), reader=brahim).entries
    assert mine["budget"].tags == ("b", "a")
    assert mine["budget"].starred
    assert not mine["olives"].starred
    assert not any(entry.tags or entry.starred for entry in theirs)


def test_entries_of_the_same_moment_are_neither_lost_nor_repeated(database: Database) -> None:
    with database.write() as session:
        for slug in ("one", "two", "three"):
            feed = make_feed(session, make_source(session, slug), f"https://{slug}.example/feed")
            for number in range(5):
                make_entry(session, feed, f"{slug} {number}", age=1)
    for chosen in (EntryFilter(), EntryFilter(country="MA"), EntryFilter(language="ar")):
        found = titles(database, chosen)
        assert len(found) == len(set(found)) == 15


def test_new_entries_do_not_shift_a_list_that_is_being_read(newsroom: Database) -> None:
    with newsroom.read() as session:
        first = list_entries(session, EntryFilter(), limit=2)
    with newsroom.write() as session:
        make_entry(session, 3, "breaking", age=0)
    with newsroom.read() as session:
        second = list_entries(session, EntryFilter(), cursor=first.next_cursor, limit=2)
    assert [entry.title for entry in second.entries] == ["derby", "flood at Medias24"]


def test_an_entry_in_full(database: Database) -> None:
    with database.write() as session:
        source = make_source(session, "hespress", name="هسبريس")
        entry_id = make_entry(
            session,
            make_feed(session, source),
            "عنوان",
            content="<p>نص</p>",
            categories=["سياسة"],
            enclosures=[
                {"url": "https://h.example/a.mp3", "type": "audio/mpeg", "length": 7},
                {"url": "https://h.example/a.jpg", "type": "", "length": 0, "alt": "سوق"},
            ],
        )
    with database.read() as session:
        entry = find_entry(session, entry_id)
    assert entry.content == "<p>نص</p>"
    assert entry.categories == ("سياسة",)
    assert entry.enclosures == (
        Enclosure("https://h.example/a.mp3", "audio/mpeg", 7),
        Enclosure("https://h.example/a.jpg", alt="سوق"),
    )
    assert entry.summary.source.name.ar == "هسبريس"
    assert entry.summary.published_at.tzinfo is not None


@pytest.mark.parametrize("entry_id", [0, -1, 999, 2**31, 2**63, 10**30])
def test_no_such_entry(database: Database, entry_id: int) -> None:
    with database.read() as session, pytest.raises(NotFound):
        find_entry(session, entry_id)


def test_a_source_that_only_copies_does_not_hold_a_list_up(database: Database) -> None:
    with database.write() as session:
        one = make_feed(session, make_source(session, "one"), "https://one.example/feed")
        two = make_feed(session, make_source(session, "two"), "https://two.example/feed")
        for number in range(30):
            first = make_entry(session, one, f"first {number}", age=100 - number)
            make_entry(session, two, f"copy {number}", age=50 - number, duplicate_of=first)
    assert titles(database, EntryFilter(country="MA")) == [f"first {n}" for n in range(29, -1, -1)]
    assert titles(database, EntryFilter(source="two")) == [f"copy {n}" for n in range(29, -1, -1)]


def test_neighbours_in_the_list_of_everything(newsroom: Database) -> None:
    def around(session: Session, entry_id: int) -> list[str | None]:
        sides = neighbours(session, find_entry(session, entry_id).summary)
        return [side.title if side else None for side in sides]

    with newsroom.read() as session:
        assert around(session, 8) == [None, "budget"]
        assert around(session, 5) == ["budget", "flood at Medias24"]
        assert around(session, 1) == ["derby", None]
        assert around(session, 4) == ["derby", "flood at Medias24"]  # a copy, from its place


PLANS = {
    "everything": EntryFilter(),
    "every copy": EntryFilter(duplicates=True),
    "language": EntryFilter(language="ar"),
    "language, every copy": EntryFilter(language="ar", duplicates=True),
    "source": EntryFilter(source="hespress"),
    "source and language": EntryFilter(source="hespress", language="fr"),
    "feed": EntryFilter(feed_id=1),
    "country": EntryFilter(country="MA"),
    "country and language": EntryFilter(country="MA", language="fr"),
    "country, every copy": EntryFilter(country="MA", duplicates=True),
}


Statement = tuple[str, Any]


def statements_of(
    database: Database, chosen: EntryFilter, reader: int | None, place: Position | None
) -> list[Statement]:
    """The statements on entries with which the keys of a screenful are found."""
    found: list[Statement] = []

    @event.listens_for(database.engine, "before_cursor_execute")
    def note(*seen: Any) -> None:
        if "FROM entries" in seen[2] and "max(" not in seen[2]:
            found.append((seen[2], seen[3]))

    with database.read() as session:
        find_keys(session, chosen, reader, place, 51)
    event.remove(database.engine, "before_cursor_execute", note)
    return found


def plan_of(database: Database, statement: Statement) -> list[str]:
    """How SQLite finds what a statement asks for."""
    with database.engine.connect() as connection:
        rows = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement[0], statement[1])
        return [row.detail for row in rows]


@pytest.mark.parametrize("first_page", [True, False])
@pytest.mark.parametrize("name", PLANS)
def test_lists_follow_an_index(sqlite_database: Database, name: str, first_page: bool) -> None:
    """The keys of a screenful come from an index alone; only a stretch of time is ever sorted."""
    with sqlite_database.write() as session:
        for slug in ("hespress", "medias24", "le360"):
            make_feed(session, make_source(session, slug), f"https://{slug}.example/feed")
        make_entry(session, 1, age=500)
    place = None if first_page else Position(NOW, 1)
    chosen = PLANS[name]
    for statement in statements_of(sqlite_database, chosen, None, place):
        plan = plan_of(sqlite_database, statement)
        scans = [step for step in plan if "entries" in step]
        assert scans
        assert all("COVERING INDEX ix_entries_" in step for step in scans), plan
        if chosen.country:
            assert all("ix_entries_source_newest (source_id=?" in step for step in scans), plan
        else:
            assert not any("TEMP B-TREE" in step for step in plan), plan


def test_marks_drive_the_lists_of_what_is_marked(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        make_entry(session, make_feed(session, make_source(session)))
        amina = make_user(session).id
        add_tags(session, amina, 1, ("a",), NOW)
    tagged = EntryFilter(tag="a")
    for chosen in (tagged, EntryFilter(starred=True), replace(tagged, source="hespress")):
        (statement,) = statements_of(sqlite_database, chosen, amina, None)
        plan = plan_of(sqlite_database, statement)
        assert plan[0] == "MATERIALIZE marked", plan
        assert "SEARCH entries USING INTEGER PRIMARY KEY (rowid=?)" in plan, plan

"""Marking entries and lists read and unread, and undoing it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from aggregator.errors import InvalidInput, NotFound, UndoExpired
from aggregator.services.reading import marking
from aggregator.storage.engine import Database
from aggregator.storage.listing import summaries
from aggregator.storage.models import Entry, SourceSubscription
from aggregator.types import EntryFilter, MarkResult, UnreadCounts, User
from tests.builders import (
    NOW,
    make_entry,
    make_feed,
    make_source,
    make_tag,
    make_user,
    unread_counts_of,
)


@pytest.fixture
def newsroom(database: Database) -> Database:
    """Entries 1 to 6 of Hespress, the newest last, 7 copies 3 at Medias24; Amina follows both."""
    with database.write() as session:
        make_user(session)
        make_user(session, "Brahim", "editor")
        hespress = make_feed(session, make_source(session), "https://h.example/feed")
        medias = make_feed(session, make_source(session, "medias24"), "https://m.example/feed")
        for number in range(6):
            make_entry(session, hespress, f"entry {number}", age=60 - 10 * number)
        make_entry(session, medias, "copy", age=20, duplicate_of=3)
        rows = [{"user_id": 1, "source_id": id_, "followed_at": NOW} for id_ in (1, 2)]
        session.execute(insert(SourceSubscription), rows)
    return database


AMINA = User(1, "Amina", "reader")
BRAHIM = User(2, "Brahim", "editor")
ALL = EntryFilter()


def unread(database: Database, reader: User = AMINA, chosen: EntryFilter = ALL) -> list[int]:
    with database.read() as session:
        page = summaries.list_entries(session, replace(chosen, unread=True), reader=reader.id)
    return [entry.id for entry in page.entries]


def test_one_entry_and_its_copies(newsroom: Database) -> None:
    with newsroom.write() as session:
        marked = marking.mark_entries(session, AMINA, [7, 7, 99, 0, 2**40], True, NOW)
    assert (marked.count, marked.changed) == (1, (3, 7))
    assert unread(newsroom) == [6, 5, 4, 2, 1]
    assert unread(newsroom, chosen=EntryFilter(source="medias24")) == []
    assert len(unread(newsroom, BRAHIM)) == 6


def test_what_is_read_already_changes_nothing(newsroom: Database) -> None:
    with newsroom.write() as session:
        marking.mark_entries(session, AMINA, [2], True, NOW)
        again = marking.mark_entries(session, AMINA, [2], True, NOW)
    assert again == MarkResult(0, None)


def test_at_most_so_many(newsroom: Database) -> None:
    with newsroom.write() as session, pytest.raises(InvalidInput):
        marking.mark_entries(session, AMINA, range(1, 502), True, NOW)


@pytest.mark.parametrize(
    ("values", "left"),
    [
        ({"up_to": 7}, []),
        ({"up_to": 2**31 - 1}, []),
        ({"up_to": 4}, [6, 5]),
        ({"up_to": 0}, [6, 5, 4, 3, 2, 1]),
        ({"up_to": 7, "above": 4}, [3, 2, 1]),
        ({"up_to": 5, "above": 4}, [6, 3, 2, 1]),
        ({"up_to": 7, "older_than": timedelta(days=1)}, [6, 5]),
        ({"up_to": 7, "older_than": timedelta(days=7)}, [6, 5, 4, 3, 2, 1]),
        ({"up_to": 7, "older_than": timedelta(days=1), "above": 3}, [6, 5, 2, 1]),
    ],
)
def test_a_list(newsroom: Database, values: dict[str, Any], left: list[int]) -> None:
    before = unread(newsroom)
    with newsroom.write() as session:
        marked = marking.mark_list(session, AMINA, ALL, NOW, **values)
    assert unread(newsroom) == left
    assert marked.count == len(before) - len(left)
    assert len(unread(newsroom, BRAHIM)) == 6
    if marked.undo:
        with newsroom.write() as session:
            marking.undo(session, AMINA, marked.undo, NOW)
    assert unread(newsroom) == before


def test_lists_that_are_not_of_whole_sources(newsroom: Database) -> None:
    with newsroom.write() as session:
        make_tag(session, AMINA.id, 2, "ماء")
        make_entry(session, 1, "français", language="fr")
        marking.mark_list(session, AMINA, EntryFilter(tag="ماء"), NOW, up_to=8)
    assert unread(newsroom) == [8, 6, 5, 4, 3, 1]
    with newsroom.write() as session:
        marking.mark_list(session, AMINA, EntryFilter(language="ar"), NOW, up_to=8)
    assert unread(newsroom) == [8]


def test_an_entry_that_arrives_late_with_an_old_date_is_unread(newsroom: Database) -> None:
    with newsroom.write() as session:
        marking.mark_list(session, AMINA, ALL, NOW, up_to=7)
        make_entry(session, 1, "late", age=1000)
    assert unread(newsroom) == [8]


@pytest.mark.parametrize("chosen", [EntryFilter(source="nobody"), EntryFilter(tag="nothing")])
def test_a_list_that_is_not_there(newsroom: Database, chosen: EntryFilter) -> None:
    with newsroom.write() as session, pytest.raises(NotFound):
        marking.mark_list(session, AMINA, chosen, NOW, up_to=7)


def test_above_what_is_not_there(newsroom: Database) -> None:
    with newsroom.write() as session, pytest.raises(NotFound):
        marking.mark_list(session, AMINA, ALL, NOW, up_to=7, above=99)


def test_only_the_last_change_can_be_undone_and_only_for_a_while(newsroom: Database) -> None:
    def mark(*ids: int) -> str:
        with newsroom.write() as session:
            token = marking.mark_entries(session, AMINA, ids, True, NOW).undo
            assert token
            return token

    def undo(token: str, now: datetime = NOW, reader: User = AMINA) -> None:
        with newsroom.write() as session:
            marking.undo(session, reader, token, now)

    first, second = mark(1), mark(2)
    for late in (
        lambda: undo(first),
        lambda: undo(second, NOW + timedelta(hours=2)),
        lambda: undo(second, reader=BRAHIM),
        lambda: undo(""),
    ):
        with pytest.raises(UndoExpired):
            late()
    undo(second)
    assert unread(newsroom) == [6, 5, 4, 3, 2]
    with pytest.raises(UndoExpired):
        undo(second)


def test_undoing_brings_back_what_was_read_and_kept_one_by_one(newsroom: Database) -> None:
    with newsroom.write() as session:
        marking.mark_list(session, AMINA, ALL, NOW, up_to=3)
        marking.mark_entries(session, AMINA, [2], False, NOW)
        marking.mark_entries(session, AMINA, [5], True, NOW)
    assert unread(newsroom) == [6, 4, 2]
    with newsroom.write() as session:
        marked = marking.mark_list(session, AMINA, ALL, NOW, up_to=7)
    assert unread(newsroom) == []
    with newsroom.write() as session:
        assert marked.undo
        assert marking.undo(session, AMINA, marked.undo, NOW) == 3
    assert unread(newsroom) == [6, 4, 2]


def test_opening_leaves_what_can_be_undone(newsroom: Database) -> None:
    with newsroom.write() as session:
        marked = marking.mark_list(session, AMINA, ALL, NOW, up_to=4)
        marking.mark_opened(session, AMINA, 6)
        assert marked.undo
        marking.undo(session, AMINA, marked.undo, NOW)
    assert unread(newsroom) == [5, 4, 3, 2, 1]


def test_what_is_left_by_source_and_in_all(newsroom: Database) -> None:
    with newsroom.read() as session:
        left = unread_counts_of(session, AMINA)
        nothing = unread_counts_of(session, BRAHIM)
    assert left == UnreadCounts({"hespress": 6, "medias24": 1}, 6)
    assert nothing == UnreadCounts({}, 0)


def test_two_browsers_of_one_reader(newsroom: Database) -> None:
    """They mark the same and each other's entries at once: neither fails, nothing is lost."""

    def mark(chosen: EntryFilter, ids: list[int]) -> None:
        for number in range(6):
            with newsroom.write() as session:
                marking.mark_entries(session, AMINA, ids, number % 2 == 0, NOW)
            with newsroom.write() as session:
                marking.mark_list(session, AMINA, chosen, NOW, up_to=7)

    with ThreadPoolExecutor(2) as browsers:
        working = [
            browsers.submit(mark, EntryFilter(following=True), [7, 1, 5]),
            browsers.submit(mark, ALL, [5, 2, 3, 1]),
        ]
        for browser in working:
            browser.result(timeout=60)
    assert unread(newsroom) == []


def test_known_entries_are_marked_and_unknown_ones_named(newsroom: Database) -> None:
    with newsroom.write() as session:
        found, change = marking.mark_known(session, AMINA, [7, 1, 99, 7], True, NOW)
        assert (found.changed, found.unknown) == ((1, 3, 7), (99,))
        assert change is not None
        again, change = marking.mark_known(session, AMINA, [1, 3], True, NOW)
        assert (again.changed, again.unknown, change) == ((), (), None)
    assert unread(newsroom) == [6, 5, 4, 2]


@pytest.mark.parametrize("source", [None, "hespress"])
def test_what_arrived_later_stays_unread(newsroom: Database, source: str | None) -> None:
    chosen = EntryFilter(source=source)
    with newsroom.write() as session:
        for entry_id in range(1, 8):
            at = NOW + timedelta(minutes=entry_id)
            session.execute(update(Entry).where(Entry.id == entry_id).values(fetched_at=at))
        until = NOW + timedelta(minutes=5)
        marked, is_cut = marking.mark_arrived(session, AMINA, chosen, NOW, until)
    assert (marked.count, is_cut) == (4, False)
    assert unread(newsroom) == [6, 5]
    with newsroom.write() as session:
        with pytest.raises(NotFound):
            marking.mark_arrived(session, AMINA, EntryFilter(source="nobody"), NOW, NOW)
        marked, _ = marking.mark_arrived(session, AMINA, chosen, NOW, NOW - timedelta(days=9))
    assert marked.count == 0


def test_a_long_list_that_is_no_source_is_marked_in_parts(
    newsroom: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marking, "MAX_MARKED_ENTRIES", 2)
    arabic = EntryFilter(language="ar")
    counts = []
    later = NOW + timedelta(days=1)
    for _ in range(4):
        with newsroom.write() as session:
            marked, is_cut = marking.mark_arrived(session, AMINA, arabic, NOW, later)
        counts.append((marked.count, is_cut))
    assert counts[:3] == [(2, True), (2, True), (2, True)]
    assert counts[3][1] is False
    assert unread(newsroom) == []

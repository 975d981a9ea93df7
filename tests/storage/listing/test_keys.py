"""A reader's own lists: followed, unread and muted entries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from sqlalchemy import insert

from aggregator.errors import InvalidInput, NotFound
from aggregator.storage.engine import Database
from aggregator.storage.listing import keys, plan
from aggregator.storage.listing.summaries import find_entry, list_entries, neighbours
from aggregator.storage.models import MutedSource, MutedWord, ReadMark, SourceSubscription
from aggregator.storage.readers import unread_counts as counting
from aggregator.storage.readers.read_marks import ReadSnapshot, set_read
from aggregator.storage.readers.tags import add_star
from aggregator.storage.readers.unread_counts import unread_counts, unread_total
from aggregator.types import EntryFilter
from tests.builders import NOW, make_entry, make_feed, make_source, make_user

ALL = EntryFilter()
MINE = EntryFilter(following=True)
AMINA = 1


@pytest.fixture
def newsroom(database: Database) -> Database:
    """Three sources with four entries each, 1 to 12 from the newest; Amina follows one and two."""
    with database.write() as session:
        make_user(session)
        make_user(session, "Brahim")
        for number, slug in enumerate(("one", "two", "three")):
            source = make_source(session, slug, country="TN" if number else "MA")
            make_feed(session, source, f"https://{slug}.example/feed")
        for number in range(12):
            make_entry(session, number % 3 + 1, f"entry {number + 1}", age=30 * (number + 1))
        follow(database, session, 1, 2)
    return database


def follow(_database: Database, session: object, *sources: int) -> None:
    rows = [{"user_id": AMINA, "source_id": id_, "followed_at": NOW} for id_ in sources]
    session.execute(insert(SourceSubscription), rows)  # type: ignore[attr-defined]  # a Session


def ids(
    database: Database, chosen: EntryFilter, reader: int | None = AMINA, limit: int = 5
) -> list[int]:
    """The whole list, read a few at a time."""
    found: list[int] = []
    cursor = None
    with database.read() as session:
        for _ in range(60):
            page = list_entries(session, chosen, reader=reader, cursor=cursor, limit=limit)
            found += [entry.id for entry in page.entries]
            cursor = page.next_cursor
            if cursor is None:
                return found
    raise AssertionError("the list does not end")


def read(database: Database, entry_ids: Sequence[int], on: bool = True) -> None:
    with database.write() as session:
        set_read(session, AMINA, entry_ids, on, ReadSnapshot())


def mute(database: Database, *sources: int, words: Sequence[str] = ()) -> None:
    with database.write() as session:
        for id_ in sources:
            row = {"user_id": AMINA, "source_id": id_, "muted_at": NOW}
            session.execute(insert(MutedSource), row)
        for word in words:
            row = {"user_id": AMINA, "word": word, "muted_at": NOW}
            session.execute(insert(MutedWord), row)


def test_what_a_reader_follows(newsroom: Database) -> None:
    assert ids(newsroom, MINE) == [1, 2, 4, 5, 7, 8, 10, 11]
    assert ids(newsroom, MINE, reader=2) == []
    assert ids(newsroom, EntryFilter(following=True, source="one")) == [1, 4, 7, 10]
    assert ids(newsroom, EntryFilter(following=True, source="three")) == []
    assert ids(newsroom, EntryFilter(following=True, country="TN")) == [2, 5, 8, 11]


def test_a_source_that_is_not_there(newsroom: Database) -> None:
    with pytest.raises(NotFound):
        ids(newsroom, EntryFilter(following=True, source="nobody"))


@pytest.mark.parametrize("chosen", [MINE, EntryFilter(unread=True)])
def test_only_a_reader_has_such_lists(newsroom: Database, chosen: EntryFilter) -> None:
    with pytest.raises(InvalidInput):
        ids(newsroom, chosen, reader=None)


@pytest.mark.parametrize("few", [0, 2000])
def test_what_is_unread(newsroom: Database, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "MAX_SORTED_UNREAD", few)
    with newsroom.write() as session:
        session.execute(insert(ReadMark), {"user_id": AMINA, "source_id": 1, "up_to": 4})
    read(newsroom, [2, 7, 9])
    read(newsroom, [1], on=False)  # below its mark
    assert ids(newsroom, EntryFilter(unread=True)) == [1, 3, 5, 6, 8, 10, 11, 12]
    assert ids(newsroom, EntryFilter(following=True, unread=True)) == [1, 5, 8, 10, 11]
    assert ids(newsroom, EntryFilter(source="one", unread=True)) == [1, 10]
    assert ids(newsroom, EntryFilter(feed_id=3, unread=True)) == [3, 6, 12]
    assert ids(newsroom, EntryFilter(country="TN", unread=True, language="fr")) == []
    assert len(ids(newsroom, EntryFilter(unread=True), reader=2)) == 12
    with newsroom.read() as session:
        assert unread_counts(session, AMINA, [1, 2, 3]) == {1: 2, 2: 3, 3: 3}
        assert unread_total(session, AMINA, [1, 2]) == 5
        assert unread_counts(session, AMINA, []) == {}
        assert unread_total(session, AMINA, []) == 0


def test_starred_and_unread(newsroom: Database) -> None:
    with newsroom.write() as session:
        for id_ in (3, 4, 5):
            add_star(session, AMINA, id_, NOW)
    read(newsroom, [4])
    assert ids(newsroom, EntryFilter(starred=True, unread=True)) == [3, 5]


def test_muted_sources_are_left_out_of_mixed_lists(newsroom: Database) -> None:
    mute(newsroom, 2)
    with newsroom.write() as session:
        add_star(session, AMINA, 2, NOW)
    assert ids(newsroom, ALL) == [1, 3, 4, 6, 7, 9, 10, 12]
    assert ids(newsroom, EntryFilter(unread=True)) == [1, 3, 4, 6, 7, 9, 10, 12]
    assert ids(newsroom, MINE) == [1, 4, 7, 10]
    assert ids(newsroom, EntryFilter(country="TN")) == [3, 6, 9, 12]
    assert ids(newsroom, EntryFilter(source="two")) == [2, 5, 8, 11]
    assert ids(newsroom, EntryFilter(starred=True)) == [2]
    assert len(ids(newsroom, ALL, reader=2)) == len(ids(newsroom, ALL, reader=None)) == 12


def test_a_muted_source_does_not_hide_what_others_copied_from_it(newsroom: Database) -> None:
    with newsroom.write() as session:
        make_entry(session, 1, "copy", age=1, duplicate_of=2)
    assert ids(newsroom, ALL)[:2] == [1, 2]
    mute(newsroom, 2)
    assert ids(newsroom, ALL)[:2] == [13, 1]


def test_everything_is_muted(newsroom: Database) -> None:
    mute(newsroom, 1, 2, 3)
    assert ids(newsroom, ALL) == ids(newsroom, MINE) == []
    assert ids(newsroom, EntryFilter(unread=True)) == []


def test_muted_words_are_left_out_of_mixed_lists(newsroom: Database) -> None:
    with newsroom.write() as session:
        make_entry(session, 1, "نتائج الكُرَة", age=1)
        make_entry(session, 2, "مذكرة تفاهم", age=2)
    mute(newsroom, words=["كرة"])
    assert ids(newsroom, ALL)[:2] == [14, 1]
    assert ids(newsroom, MINE)[:2] == [14, 1]
    assert ids(newsroom, EntryFilter(source="one"))[0] == 13
    assert ids(newsroom, ALL, reader=2)[0] == 13


def test_a_word_that_hides_nearly_everything_costs_no_more_than_so_much(
    newsroom: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page may be empty and still go on; nothing that is not muted is lost."""
    monkeypatch.setattr(keys, "MAX_ROWS_SCANNED", 10)
    monkeypatch.setattr(keys, "MAX_BATCH", 5)
    with newsroom.write() as session:
        for number in range(40):
            make_entry(session, 1, f"muted {number}", age=number / 10)
    mute(newsroom, words=["muted"])
    with newsroom.read() as session:
        first = list_entries(session, ALL, reader=AMINA, limit=2)
    assert not first.entries
    assert first.next_cursor
    assert ids(newsroom, ALL, limit=2) == list(range(1, 13))


def test_a_list_of_several_sources_reaches_over_long_silences(newsroom: Database) -> None:
    with newsroom.write() as session:
        make_entry(session, 1, "years ago", age=24 * 900)
        make_entry(session, 3, "ages ago", age=24 * 20_000)
    assert ids(newsroom, EntryFilter(country="TN"))[-1] == 14
    assert ids(newsroom, MINE)[-1] == 13


@pytest.mark.parametrize(
    ("chosen", "entry_id", "expected"),
    [
        (ALL, 1, (None, 2)),
        (ALL, 5, (4, 6)),
        (ALL, 12, (11, None)),
        (MINE, 5, (4, 7)),
        (MINE, 6, (5, 7)),  # from a place of its own
        (EntryFilter(source="two"), 5, (2, 8)),
        (EntryFilter(country="TN"), 6, (5, 8)),
        (EntryFilter(unread=True), 5, (3, 6)),
        (EntryFilter(following=True, unread=True), 5, (1, 7)),
        (EntryFilter(starred=True), 8, (3, None)),
        (EntryFilter(language="fr"), 8, (None, None)),
    ],
)
def test_neighbours_in_the_list_one_came_from(
    newsroom: Database, chosen: EntryFilter, entry_id: int, expected: tuple[int | None, int | None]
) -> None:
    read(newsroom, [4, 2, 8])
    with newsroom.write() as session:
        for id_ in (3, 8):
            add_star(session, AMINA, id_, NOW)
    with newsroom.read() as session:
        entry = find_entry(session, entry_id, reader=AMINA).summary
        found = neighbours(session, entry, chosen, AMINA)
    assert tuple(side.id if side else None for side in found) == expected


@pytest.fixture
def low_cap(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Counting stops at 3."""
    statements = (counting._counts_above_marks, counting._totals)
    monkeypatch.setattr(counting, "UNREAD_CAP", 3)
    for statement in statements:
        statement.cache_clear()
    yield
    for statement in statements:
        statement.cache_clear()


@pytest.mark.usefixtures("low_cap")
def test_counting_stops(newsroom: Database) -> None:
    read(newsroom, [2, 5])
    with newsroom.read() as session:
        assert unread_counts(session, AMINA, [1, 2]) == {1: 3, 2: 2}
        assert unread_total(session, AMINA, [1, 2]) == 3
        assert unread_total(session, AMINA, [2]) == 2

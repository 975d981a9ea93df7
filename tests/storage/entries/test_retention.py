"""Deleting old entries: what a reader marked stays, what is deleted never returns."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from aggregator.storage.engine import Database
from aggregator.storage.entries import write as entries
from aggregator.storage.entries.retention import delete_before
from aggregator.storage.models import EntryContent, Tombstone
from tests.builders import (
    NOW,
    an_entry,
    entry_rows,
    feed_row,
    make_entry,
    make_feed,
    make_source,
    make_star,
    make_tag,
    make_user,
    store_entries,
)

CUTOFF = NOW - timedelta(days=30)
# Hours: published before the cutoff.
OLD = 24 * 40.0


@pytest.fixture
def feed_id(database: Database) -> int:
    with database.write() as session:
        return make_feed(session, make_source(session))


def delete(database: Database, limit: int = 100) -> int:
    with database.write_exclusive() as session:
        return delete_before(session, CUTOFF, NOW, limit=limit)


def titles(database: Database) -> list[str]:
    return [row.title for row in entry_rows(database)]


def test_old_entries_go_with_their_bodies(database: Database, feed_id: int) -> None:
    with database.write() as session:
        make_entry(session, feed_id, "قديم", age=OLD)
        make_entry(session, feed_id, "جديد", age=1)
    assert delete(database) == 1
    assert titles(database) == ["جديد"]
    assert feed_row(database, feed_id).entry_count == 1
    with database.read() as session:
        assert session.execute(select(func.count()).select_from(EntryContent)).scalar_one() == 1


def test_the_very_moment_of_the_cutoff_stays(database: Database, feed_id: int) -> None:
    with database.write() as session:
        make_entry(session, feed_id, published_at=CUTOFF)
    assert delete(database) == 0


def test_the_oldest_go_first_so_many_at_a_time(database: Database, feed_id: int) -> None:
    with database.write() as session:
        for number in range(5):
            make_entry(session, feed_id, str(number), age=OLD + number)
    assert delete(database, limit=2) == 2
    assert titles(database) == ["0", "1", "2"]
    assert delete(database, limit=2) == 2
    assert delete(database, limit=2) == 1
    assert delete(database, limit=2) == 0


def test_starred_and_tagged_entries_stay(database: Database, feed_id: int) -> None:
    with database.write() as session:
        starred, tagged, _ = (
            make_entry(session, feed_id, title, age=OLD) for title in ("نجمة", "وسم", "لا شيء")
        )
        amina = make_user(session)
        make_star(session, amina.id, starred)
        make_tag(session, amina.id, tagged)
    assert delete(database) == 1
    assert titles(database) == ["نجمة", "وسم"]
    assert feed_row(database, feed_id).entry_count == 2


def test_what_was_deleted_is_remembered(database: Database, feed_id: int) -> None:
    entry = an_entry("قديم", guid="1", published_at=CUTOFF - timedelta(days=1))
    with database.write_exclusive() as session:
        store_entries(session, feed_id, entry)
    delete(database)
    other = an_entry("آخر", guid="2")
    with database.read() as session:
        keys = [entry.identity, other.identity]
        assert entries.deleted_identities(session, feed_id, keys).keys() == {entry.identity}
        assert entries.deleted_identities(session, feed_id + 1, keys) == {}


def test_deleting_what_is_remembered_already(database: Database, feed_id: int) -> None:
    with database.write() as session:
        make_entry(session, feed_id, age=OLD, identity=7)
        session.add(Tombstone(feed_id=feed_id, identity=7, deleted_at=CUTOFF))
    assert delete(database) == 1


def test_every_feed_counts_its_own(database: Database, feed_id: int) -> None:
    with database.write() as session:
        other = make_feed(session, 1, "https://h.example/other")
        for feed in (feed_id, feed_id, other):
            make_entry(session, feed, age=OLD)
        make_entry(session, other)
    delete(database)
    assert feed_row(database, feed_id).entry_count == 0
    assert feed_row(database, other).entry_count == 1


# --- copies -------------------------------------------------------------------------------------


def test_a_copy_takes_the_place_of_the_first(database: Database, feed_id: int) -> None:
    with database.write() as session:
        first = make_entry(session, feed_id, "first", age=OLD)
        for title in ("second", "third"):
            make_entry(session, feed_id, title, duplicate_of=first)
    delete(database)
    second, third = entry_rows(database)
    assert (second.title, second.duplicate_of) == ("second", None)
    assert third.duplicate_of == second.id


def test_a_copy_that_goes_too_is_passed_over(database: Database, feed_id: int) -> None:
    with database.write() as session:
        first = make_entry(session, feed_id, "first", age=OLD)
        make_entry(session, feed_id, "second", age=OLD, duplicate_of=first)
        kept = make_entry(session, feed_id, "third", duplicate_of=first)
        make_entry(session, feed_id, "fourth", duplicate_of=first)
    assert delete(database) == 2
    assert [(row.title, row.duplicate_of) for row in entry_rows(database)] == [
        ("third", None),
        ("fourth", kept),
    ]


def test_a_first_that_stays_keeps_its_copies(database: Database, feed_id: int) -> None:
    with database.write() as session:
        first = make_entry(session, feed_id, "first")
        make_entry(session, feed_id, "second", age=OLD, duplicate_of=first)
        make_entry(session, feed_id, "third", duplicate_of=first)
    delete(database)
    assert [row.duplicate_of for row in entry_rows(database)] == [None, first]


# --- in the very moment -------------------------------------------------------------------------


def test_a_star_given_while_old_entries_are_deleted_is_never_lost(
    database: Database, feed_id: int
) -> None:
    """Either the star comes first and the entry stays, or the entry is gone and it is refused."""
    with database.write() as session:
        entry_id = make_entry(session, feed_id, age=OLD)
        amina = make_user(session)
    starred, go_on = threading.Event(), threading.Event()

    def star() -> None:
        with database.write() as session:
            make_star(session, amina.id, entry_id)
            starred.set()
            go_on.wait(5)

    reader = threading.Thread(target=star)
    reader.start()
    starred.wait(5)
    keeper = threading.Thread(target=delete, args=(database,))
    keeper.start()
    keeper.join(0.3)  # it waits for the star, or at least has not seen it yet
    go_on.set()
    reader.join()
    keeper.join()
    assert [row.id for row in entry_rows(database)] == [entry_id]

"""Marks follow the archive; obsolete exceptions are deleted."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, insert, select

from aggregator.services.reading.marking import mark_entries, mark_list, undo
from aggregator.services.reading.read_mark_compaction import (
    compact_read_marks,
    compact_read_marks_daily,
)
from aggregator.storage.engine import Database
from aggregator.storage.models import Entry, ReadException, ReadMark, ReadUndo
from aggregator.types import EntryFilter
from tests.builders import NOW, make_entry, make_feed, make_source, make_user

DAY = timedelta(days=1)


def fill(database: Database, *ages: int) -> None:
    """Entries that were fetched so many days ago, in this order."""
    with database.write() as session:
        feed = make_feed(session, make_source(session))
        for days in ages:
            make_entry(session, feed, age=0, fetched_at=NOW - days * DAY)


def exceptions(database: Database) -> dict[int, bool]:
    with database.read() as session:
        rows = session.execute(select(ReadException.entry_id, ReadException.read))
        return {row.entry_id: row.read for row in rows}


def marks(database: Database) -> dict[tuple[int, int], int]:
    with database.read() as session:
        rows = session.execute(select(ReadMark.user_id, ReadMark.source_id, ReadMark.up_to))
        return {(row.user_id, row.source_id): row.up_to for row in rows}


def test_what_arrived_long_ago_counts_as_read(database: Database) -> None:
    fill(database, 50, 40, 35, 2, 1)
    with database.write() as session:
        amina, brahim = make_user(session), make_user(session, "Brahim")
        mark_entries(session, amina, [1, 4], True, NOW)
        mark_entries(session, amina, [2], False, NOW)
        session.execute(insert(ReadMark), {"user_id": brahim.id, "source_id": 1, "up_to": 4})
    assert compact_read_marks(database, NOW) == 1
    assert marks(database) == {(amina.id, 1): 3, (brahim.id, 1): 4}
    assert exceptions(database) == {4: True, 2: False}  # kept unread stays
    assert compact_read_marks(database, NOW) == 0


def test_entries_that_retention_deleted_are_forgotten(database: Database) -> None:
    fill(database, 3, 2, 1)
    with database.write() as session:
        amina = make_user(session)
        mark_entries(session, amina, [1, 2], True, NOW)
        mark_entries(session, amina, [3], False, NOW)
        session.execute(delete(Entry).where(Entry.id.in_([1, 3])))
    assert compact_read_marks(database, NOW) == 2
    assert exceptions(database) == {2: True}


def test_undoing_after_retention_and_the_daily_job(database: Database) -> None:
    fill(database, 50, 40, 2, 1)
    with database.write() as session:
        amina = make_user(session)
        mark_entries(session, amina, [3], True, NOW)
        marked = mark_list(session, amina, EntryFilter(), NOW, up_to=4)
    with database.write() as session:
        session.execute(delete(Entry).where(Entry.id == 1))
    compact_read_marks(database, NOW)
    with database.write() as session:
        assert marked.undo
        undo(session, amina, marked.undo, NOW)
    compact_read_marks(database, NOW)
    assert marks(database) == {}
    assert exceptions(database) == {3: True}


def test_old_undos_are_forgotten(database: Database) -> None:
    fill(database, 1)
    with database.write() as session:
        mark_entries(session, make_user(session), [1], True, NOW - DAY)
    compact_read_marks(database, NOW)
    with database.read() as session:
        assert session.execute(select(ReadUndo.user_id)).first() is None


def test_once_a_day(database: Database) -> None:
    assert compact_read_marks_daily(database, NOW) == 0
    assert compact_read_marks_daily(database, NOW + timedelta(hours=23)) is None
    assert compact_read_marks_daily(database, NOW + DAY) == 0


def test_it_stops_when_told(database: Database) -> None:
    fill(database, 50)
    with database.write() as session:
        amina = make_user(session)
        session.execute(insert(ReadMark), {"user_id": amina.id, "source_id": 1, "up_to": 0})
    compact_read_marks(database, NOW, stop=lambda: True)
    assert marks(database) == {(amina.id, 1): 0}

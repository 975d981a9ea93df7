"""Read state of given entries, case by case; counting reads no more rows than it must."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from sqlalchemy import event, insert, update

from aggregator.storage.engine import Database
from aggregator.storage.models import Feed, ReadException, ReadMark
from aggregator.storage.readers.read_state import read_ids, unread_counts, unread_total
from aggregator.types import UNREAD_CAP
from tests.builders import make_entry, make_feed, make_source, make_user


class Row(NamedTuple):
    """An entry, as far as it matters here."""

    id: int
    source_id: int


@pytest.mark.parametrize(
    ("mark", "exception", "is_read"),
    [
        (None, None, False),
        (None, True, True),
        (None, False, False),
        (9, None, False),
        (9, True, True),
        (9, False, False),
        (10, None, True),
        (10, False, False),
        (10, True, True),
        (11, None, True),
    ],
)
def test_whether_entry_ten_is_read(
    database: Database, mark: int | None, exception: bool | None, is_read: bool
) -> None:
    with database.write() as session:
        make_source(session)
        amina, brahim = make_user(session).id, make_user(session, "Brahim").id
        of_source = {"user_id": amina, "source_id": 1}
        if mark is not None:
            session.execute(insert(ReadMark), of_source | {"up_to": mark})
        if exception is not None:
            session.execute(insert(ReadException), of_source | {"entry_id": 10, "read": exception})
    with database.read() as session:
        rows = [Row(10, 1), Row(10**6, 2)]
        assert read_ids(session, amina, rows) == (frozenset([10]) if is_read else frozenset())
        assert read_ids(session, brahim, rows) == frozenset()
        assert read_ids(session, amina, []) == frozenset()


def test_a_source_that_was_never_touched_is_counted_without_reading_it(database: Database) -> None:
    """Its feeds know how many entries they have; one mark or row, and the entries are counted."""
    with database.write() as session:
        amina, brahim = make_user(session).id, make_user(session, "Brahim").id
        feeds = [make_feed(session, make_source(session, s), f"https://{s}.example") for s in "ab"]
        for feed in feeds:
            make_entry(session, feed, f"of {feed}")
        session.execute(update(Feed).values(entry_count=UNREAD_CAP))
        of_brahim = {"user_id": brahim, "source_id": 1}
        session.execute(insert(ReadMark), of_brahim | {"up_to": 0})
        session.execute(insert(ReadException), of_brahim | {"entry_id": 1, "read": True})
    with database.read() as session:
        assert unread_counts(session, amina, [1, 2]) == {1: UNREAD_CAP, 2: UNREAD_CAP}
        assert unread_counts(session, brahim, [1, 2]) == {1: 0, 2: UNREAD_CAP}


def test_counting_looks_up_what_arrived_after_the_marks(sqlite_database: Database) -> None:
    """A source is read from its mark on, and of a copy only what tells the same."""
    with sqlite_database.write() as session:
        amina = make_user(session).id
        for slug in ("one", "two"):
            make_feed(session, make_source(session, slug), f"https://{slug}.example/feed")
    statements = []

    @event.listens_for(sqlite_database.engine, "before_cursor_execute")
    def note(*seen: object) -> None:
        statements.append((str(seen[2]), seen[3]))

    with sqlite_database.read() as session:
        unread_counts(session, amina, [1, 2])
        unread_total(session, amina, [1, 2])
    event.remove(sqlite_database.engine, "before_cursor_execute", note)
    above = [each for each in statements if "read_marks.up_to, ?" in each[0]]
    assert len(above) == 2
    for sql, values in above:
        with sqlite_database.engine.connect() as connection:
            rows = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + sql, values)  # type: ignore[arg-type]  # as SQLAlchemy gave them
            plan = "\n".join(row.detail for row in rows)
        assert "COVERING INDEX ix_entries_source_arrival (source_id=? AND id>?" in plan
        assert "sibling USING INDEX ix_entries_duplicate_of (duplicate_of=?)" in plan
        assert "first USING INTEGER PRIMARY KEY" in plan
        assert "SCAN entries" not in plan

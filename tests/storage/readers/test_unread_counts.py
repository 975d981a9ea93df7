"""Counting what is unread reads no more rows than it must."""

from __future__ import annotations

from sqlalchemy import event, insert, update

from aggregator.storage.engine import Database
from aggregator.storage.models import Feed, ReadException, ReadMark
from aggregator.storage.readers.unread_counts import unread_counts, unread_total
from aggregator.types import UNREAD_CAP
from tests.builders import make_entry, make_feed, make_source, make_user


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

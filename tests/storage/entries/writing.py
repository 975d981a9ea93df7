"""Entries stored and changed as polls do it."""

from __future__ import annotations

from datetime import datetime, timedelta

from aggregator.storage.engine import Database
from aggregator.storage.entries import write as entries
from aggregator.storage.models import Entry
from aggregator.types import ChangedEntry, PreparedEntry
from tests.builders import NOW, entry_rows, store_entries


def store(database: Database, feed_id: int, *new: PreparedEntry, now: datetime = NOW) -> list[int]:
    """New entries of a feed; their ids."""
    with database.write_exclusive() as session:
        return store_entries(session, feed_id, *new, now=now)


def change(database: Database, id_: int, entry: PreparedEntry, *, edited: bool = True) -> Entry:
    """What became of an entry that came again an hour later."""
    later = NOW + timedelta(hours=1)
    with database.write_exclusive() as session:
        entries.update_entries(
            session, [ChangedEntry(id_, entry.identity, entry, edited, NOW)], later
        )
    return next(row for row in entry_rows(database) if row.id == id_)

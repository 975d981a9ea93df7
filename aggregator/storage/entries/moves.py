"""Entries of a feed that now belongs to another source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from aggregator.storage.models import Entry, Feed, ReadException
from aggregator.storage.models.base import table
from aggregator.storage.search import indexing

# Entries to read and index at once; each comes with its text.
CHUNK = 200


def take_entries_along(session: Session, feed_ids: Sequence[int]) -> None:
    """Give the entries of feeds to the source that each feed has now, in the index as well.

    The caller holds the lock of the writers.
    """
    sources = session.execute(select(Feed.id, Feed.source_id).where(Feed.id.in_(feed_ids))).all()
    for feed_id, source_id in sources:
        _move_entries(session, feed_id, source_id)


def _move_entries(session: Session, feed_id: int, source_id: int) -> None:
    entries, exceptions = table(Entry).c, table(ReadException)
    of_feed = select(entries.id).where(entries.feed_id == feed_id)
    session.execute(
        update(exceptions)
        .where(exceptions.c.source_id != source_id, exceptions.c.entry_id.in_(of_feed))
        .values(source_id=source_id)
    )
    ids = session.execute(of_feed.where(entries.source_id != source_id)).scalars().all()
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        found = indexing.stored_entries(session, chunk)
        documents = [indexing.to_document(each) for each in found if each.doc is not None]
        indexing.remove_documents(session, documents)
        moved = update(table(Entry)).where(entries.id.in_(chunk)).values(source_id=source_id)
        session.execute(moved)
        indexing.add(session, [replace(each, source_id=source_id) for each in documents])

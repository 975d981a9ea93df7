"""Entries dated in the future: stored while the clock was ahead.

The date of an entry is also in topics, in stories and in its number in the search index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import case, literal, or_, select, update
from sqlalchemy.orm import Session

from aggregator.storage.entries.latest import latest_entry_id
from aggregator.storage.entries.retention import affected_story_ids
from aggregator.storage.future_times import ARRIVALS
from aggregator.storage.models import Entry, Feed, StoryVectorRow, TopicEntry
from aggregator.storage.models.base import UtcTime, table
from aggregator.storage.search import indexing
from aggregator.storage.sql.deadlines import is_in_future
from aggregator.storage.stories import write as stories

_DATES = ("published_at", "updated_at", "fetched_at")


def find_future_entries(session: Session, now: datetime) -> list[int]:
    """Return the ids of entries with a date in the future, the oldest first."""
    found = set(
        session.execute(select(Entry.id).where(is_in_future(Entry.published_at, now))).scalars()
    )
    found |= _arrived_in_future(session, now)
    # Only feeds polled in the future can have entries that were edited there.
    polled_then = select(Feed.id).where(is_in_future(Feed.last_polled_at, now))
    feed_ids = session.execute(polled_then).scalars().all()
    for start in range(0, len(feed_ids), 500):
        edited = select(Entry.id).where(
            Entry.feed_id.in_(feed_ids[start : start + 500]), is_in_future(Entry.updated_at, now)
        )
        found.update(session.execute(edited).scalars())
    return sorted(found)


def _arrived_in_future(session: Session, now: datetime) -> set[int]:
    found: set[int] = set()
    last = latest_entry_id(session)
    while last > 0:
        span = select(Entry.id).where(
            Entry.id > last - ARRIVALS, Entry.id <= last, is_in_future(Entry.fetched_at, now)
        )
        some = session.execute(span).scalars().all()
        if not some:
            break
        found.update(some)
        last -= ARRIVALS
    return found


def bring_entries_back(session: Session, entry_ids: Sequence[int], now: datetime) -> None:
    """Date entries at `now` where they are dated in the future; they keep their order by id.

    The caller holds the lock of the writers.
    """
    published = select(Entry.id).where(
        Entry.id.in_(entry_ids), is_in_future(Entry.published_at, now)
    )
    moved = list(session.execute(published).scalars())
    indexed = [each for each in indexing.stored_entries(session, moved) if each.doc is not None]
    documents = [indexing.to_document(each) for each in indexed]
    indexing.remove_documents(session, documents)
    entries, then = table(Entry), literal(now, UtcTime())
    in_future = {name: is_in_future(entries.c[name], now) for name in _DATES}
    session.execute(
        update(entries)
        .where(entries.c.id.in_(entry_ids), or_(*in_future.values()))
        .values({name: case((in_future[name], then), else_=entries.c[name]) for name in _DATES})
    )
    session.execute(
        update(TopicEntry).where(TopicEntry.entry_id.in_(moved)).values(published_at=now)
    )
    session.execute(update(StoryVectorRow).where(StoryVectorRow.entry_id.in_(moved)).values(at=now))
    indexing.add(session, [replace(each, published_at=now) for each in documents])
    stories.refresh(session, affected_story_ids(session, moved))

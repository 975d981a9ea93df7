"""Entries that have no story yet: what assigning them needs, and which were left out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, delete, func, select
from sqlalchemy.orm import Session

from aggregator.storage.models import (
    Entry,
    EntryContent,
    StoryEntry,
    StoryPosting,
    StoryRedirect,
    StoryRow,
    StoryVectorRow,
)
from aggregator.storage.models.base import table
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import in_list
from aggregator.storage.sql.row_counts import affected_rows

AnyRow = Row[*tuple[Any, ...]]

_entries = table(Entry)


def entry_rows(session: Session, entry_ids: Collection[int]) -> Sequence[AnyRow]:
    """Return id, source_id, language, published_at, duplicate_of of entries, by arrival."""
    statement = _rows(dialect_of(session))
    return session.execute(statement, {"keys": sorted(entry_ids)}).all()


@cache
def _rows(dialect: str) -> Select[Any]:
    columns = (
        _entries.c.id, _entries.c.source_id, _entries.c.language, _entries.c.published_at,
        _entries.c.duplicate_of,
    )  # fmt: skip
    found = select(*columns).where(in_list(_entries.c.id, "keys", dialect))
    return found.order_by(_entries.c.id)


def entry_content(session: Session, entry_id: int) -> str:
    """Return the sanitized HTML of an entry; "" if it is gone."""
    found = session.execute(
        select(EntryContent.content).where(EntryContent.entry_id == entry_id)
    ).scalar_one_or_none()
    return found or ""


def unplaced_entries(
    session: Session, published_since: datetime, after: int, limit: int
) -> Sequence[AnyRow]:
    """Return recent entries above the id `after` that were left out, the oldest first."""
    recent = (
        select(Entry.id)
        .outerjoin(StoryVectorRow, StoryVectorRow.entry_id == Entry.id)
        .outerjoin(StoryEntry, StoryEntry.entry_id == Entry.id)
        .where(
            Entry.published_at >= published_since,
            Entry.id > after,
            StoryVectorRow.entry_id.is_(None),
            StoryEntry.entry_id.is_(None),
        )
        .order_by(Entry.id)
        .limit(limit)
    )
    ids = session.execute(recent).scalars().all()
    columns = Entry.id, Entry.title, Entry.author, EntryContent.content
    return session.execute(
        select(*columns)
        .outerjoin(EntryContent, EntryContent.entry_id == Entry.id)
        .where(Entry.id.in_(ids))
        .order_by(Entry.id)
    ).all()


def prune_before(session: Session, published_before: datetime) -> int:
    """Drop the comparison data of older entries; return of how many.

    Postings are dropped with the last entry they list, redirects with the story they lead to.
    """
    dropped = affected_rows(
        session, delete(StoryVectorRow).where(StoryVectorRow.at < published_before)
    )
    oldest = session.execute(select(func.min(StoryVectorRow.entry_id))).scalar_one_or_none()
    stale = delete(StoryPosting)
    session.execute(stale if oldest is None else stale.where(StoryPosting.newest < oldest))
    there = select(StoryEntry.story_id)
    session.execute(
        delete(StoryRedirect).where(
            StoryRedirect.story_id.not_in(there),
            StoryRedirect.story_id.not_in(select(Entry.id)),
        )
    )
    session.execute(delete(StoryRow).where(StoryRow.id.not_in(there)))
    return dropped


# How long an entry is kept for comparison: late arrivals may be days old.
COMPARISON_TTL = timedelta(days=8)

"""Entries that have no story yet: what assigning them needs, and which were left out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, bindparam, delete, func, select
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

_entries, _contents = table(Entry), table(EntryContent)
_members, _vectors = table(StoryEntry), table(StoryVectorRow)


def entry_rows(session: Session, entry_ids: Collection[int]) -> Sequence[AnyRow]:
    """Return id, source_id, language, published_at, duplicate_of, section, story_id of entries.

    By arrival; those that another process has assigned in the meantime are left out.
    """
    statement = _rows(dialect_of(session))
    return session.execute(statement, {"keys": sorted(entry_ids)}).all()


@cache
def _rows(dialect: str) -> Select[Any]:
    columns = (
        _entries.c.id, _entries.c.source_id, _entries.c.language, _entries.c.published_at,
        _entries.c.duplicate_of, _entries.c.section, _members.c.story_id,
    )  # fmt: skip
    is_duplicate, in_story = _entries.c.duplicate_of.is_not(None), _members.c.entry_id.is_not(None)
    return (
        select(*columns)
        .outerjoin(_members, _members.c.entry_id == _entries.c.id)
        .outerjoin(_vectors, _vectors.c.entry_id == _entries.c.id)
        .where(in_list(_entries.c.id, "keys", dialect), _vectors.c.entry_id.is_(None))
        .where(~(is_duplicate & in_story))
        .order_by(_entries.c.id)
    )


def entry_content(session: Session, entry_id: int) -> str:
    """Return the sanitized HTML of an entry; "" if it is gone."""
    found = session.execute(
        select(EntryContent.content).where(EntryContent.entry_id == entry_id)
    ).scalar_one_or_none()
    return found or ""


def recent_ids(session: Session, published_since: datetime) -> Sequence[int]:
    """Return the ids of recent entries."""
    recent = select(Entry.id).where(Entry.published_at >= published_since)
    return session.execute(recent).scalars().all()


def unplaced_entries(
    session: Session, entry_ids: Collection[int], published_since: datetime
) -> Sequence[AnyRow]:
    """Return id, title, author and content of those recent entries that have no story."""
    return session.execute(
        _unplaced(dialect_of(session)), {"keys": sorted(entry_ids), "since": published_since}
    ).all()


@cache
def _unplaced(dialect: str) -> Select[Any]:
    columns = _entries.c.id, _entries.c.title, _entries.c.author, _contents.c.content
    return (
        select(*columns)
        .outerjoin(_contents, _contents.c.entry_id == _entries.c.id)
        .outerjoin(_members, _members.c.entry_id == _entries.c.id)
        .outerjoin(_vectors, _vectors.c.entry_id == _entries.c.id)
        .where(
            in_list(_entries.c.id, "keys", dialect),
            _entries.c.published_at >= bindparam("since", type_=_entries.c.published_at.type),
            _vectors.c.entry_id.is_(None),
            _members.c.entry_id.is_(None),
        )
        .order_by(_entries.c.id)
    )


def prune_before(session: Session, published_before: datetime, limit: int) -> int:
    """Drop the comparison data of up to `limit` older entries; return how many."""
    old = select(StoryVectorRow.entry_id).where(StoryVectorRow.at < published_before).limit(limit)
    return affected_rows(
        session, delete(StoryVectorRow).where(StoryVectorRow.entry_id.in_(old.scalar_subquery()))
    )


def stale_terms(session: Session) -> Sequence[int]:
    """Return the terms whose last entry is no longer compared with."""
    oldest = session.execute(select(func.min(StoryVectorRow.entry_id))).scalar_one_or_none()
    stale = select(StoryPosting.term)
    if oldest is not None:
        stale = stale.where(StoryPosting.newest < oldest)
    return session.execute(stale).scalars().all()


def drop_terms(session: Session, terms: Collection[int]) -> None:
    """Drop terms that `stale_terms` returned."""
    oldest = select(func.coalesce(func.min(StoryVectorRow.entry_id), StoryPosting.newest + 1))
    session.execute(
        delete(StoryPosting).where(
            StoryPosting.term.in_(terms), StoryPosting.newest < oldest.scalar_subquery()
        )
    )


def lost_ids(session: Session) -> tuple[Sequence[int], Sequence[int]]:
    """Return the ids of stories without entries, and those of redirects that lead nowhere."""
    there = select(StoryEntry.story_id)
    stories = select(StoryRow.id).where(StoryRow.id.not_in(there))
    redirects = select(StoryRedirect.old_id).where(
        StoryRedirect.story_id.not_in(there), StoryRedirect.story_id.not_in(select(Entry.id))
    )
    return session.execute(stories).scalars().all(), session.execute(redirects).scalars().all()


def drop_lost(session: Session, stories: Collection[int], redirects: Collection[int]) -> None:
    """Drop what `lost_ids` returned, unless entries have joined those stories since."""
    there = select(StoryEntry.story_id)
    session.execute(
        delete(StoryRedirect).where(
            StoryRedirect.old_id.in_(redirects), StoryRedirect.story_id.not_in(there)
        )
    )
    session.execute(delete(StoryRow).where(StoryRow.id.in_(stories), StoryRow.id.not_in(there)))

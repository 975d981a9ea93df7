"""Applying a changed rule to the archive: newest first, in chunks, resumable at any point.

Progress is written in the transaction that stores a chunk, and only if no newer revision restarted
the backfill meanwhile: neither `kill -9` nor two pollers lose anything or store it twice.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, literal, select, tuple_, update
from sqlalchemy.orm import Session

from aggregator.storage.models import Entry, EntryContent, TopicRow
from aggregator.storage.models.base import UtcTime, table
from aggregator.storage.sql.cursors import Position
from aggregator.storage.sql.row_counts import affected_rows

_topics = table(TopicRow)
# Read every two seconds, so compiled once.
_PENDING = (
    select(_topics.c.id, _topics.c.rule, _topics.c.rule_version, _topics.c.fill_next)
    .where(_topics.c.fill_next.is_not(None))
    .order_by(_topics.c.rule_version)
)


@dataclass(frozen=True, slots=True)
class BackfillStep:
    """A topic whose rule has not been applied to every entry yet."""

    topic_id: int
    rule: str
    rule_version: int
    next_id: int


class StoredEntry(NamedTuple):
    """An entry with everything that a rule can test; `content` and `categories` may be missing."""

    id: int
    feed_id: int
    title: str
    author: str
    summary: str
    language: str
    image_url: str | None
    published_at: datetime
    content: str | None
    categories: list[str] | None


def pending_backfills(session: Session) -> list[BackfillStep]:
    """The next step of every topic with a backfill under way, the oldest change first."""
    rows = session.connection().execute(_PENDING)
    return [
        BackfillStep(id_, rule, version, next_id)
        for id_, rule, version, next_id in rows
        if next_id is not None
    ]


def entries_up_to(session: Session, last_id: int, limit: int) -> list[StoredEntry]:
    """Up to `limit` entries from `last_id` downward."""
    below = _entries.where(Entry.id <= last_id).order_by(Entry.id.desc()).limit(limit)
    return list(map(StoredEntry._make, session.execute(below)))


def newest_up_to(session: Session, last_id: int) -> tuple[int, datetime] | None:
    """(id, time of arrival) of the newest entry up to `last_id`."""
    newest = select(Entry.id, Entry.fetched_at).where(Entry.id <= last_id)
    row = session.execute(newest.order_by(Entry.id.desc()).limit(1)).one_or_none()
    return (row.id, row.fetched_at) if row else None


def find_entries(session: Session, ids: Collection[int]) -> list[StoredEntry]:
    """These entries, the newest first."""
    found = _entries.where(Entry.id.in_(ids))
    ordered = found.order_by(Entry.published_at.desc(), Entry.id.desc())
    return list(map(StoredEntry._make, session.execute(ordered)))


def published_at(session: Session, ids: Collection[int]) -> dict[int, datetime]:
    """When entries were published, by id."""
    rows = session.execute(select(Entry.id, Entry.published_at).where(Entry.id.in_(ids)))
    return {row.id: row.published_at for row in rows}


def newest_entries(
    session: Session, start: datetime, after: Position | None, limit: int
) -> list[StoredEntry]:
    """Entries published since `start`, the newest first, from behind the position `after`."""
    statement = _entries.where(Entry.published_at >= start)
    if after is not None:
        position = literal(after.published_at, UtcTime()), literal(after.id)
        statement = statement.where(tuple_(Entry.published_at, Entry.id) < tuple_(*position))
    ordered = statement.order_by(Entry.published_at.desc(), Entry.id.desc())
    return list(map(StoredEntry._make, session.execute(ordered.limit(limit))))


def advance_backfill(session: Session, step: BackfillStep, next_id: int | None) -> bool:
    """Record a step as done; False if the rule changed or another process got there first."""
    unchanged = update(TopicRow).where(
        TopicRow.id == step.topic_id,
        TopicRow.rule_version == step.rule_version,
        TopicRow.fill_next == step.next_id,
    )
    return affected_rows(session, unchanged.values(fill_next=next_id)) > 0


_entries: Select[*tuple[Any, ...]] = select(
    Entry.id,
    Entry.feed_id,
    Entry.title,
    Entry.author,
    Entry.summary,
    Entry.language,
    Entry.image_url,
    Entry.published_at,
    EntryContent.content,
    EntryContent.categories,
).outerjoin(EntryContent, EntryContent.entry_id == Entry.id)

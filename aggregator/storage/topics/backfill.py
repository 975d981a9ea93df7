"""Applying a changed rule to what is stored: newest first, a chunk at a time, resumable anywhere.

How far it came is written in the transaction that stores a chunk, and only if no newer revision
started over meanwhile: neither `kill -9` nor two pollers lose or repeat anything that matters.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, literal, select, tuple_, update
from sqlalchemy.orm import Session

from aggregator.storage.models import Entry, EntryContent, TopicRow
from aggregator.storage.models.base import UtcTime
from aggregator.storage.sql.row_counts import affected_rows


@dataclass(frozen=True, slots=True)
class BackfillStep:
    """A topic with entries that are still to be tried."""

    topic_id: int
    rule: str
    rule_version: int
    next_id: int


_RULE_COLUMNS = (
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
)

AnyRow = Row[*tuple[Any, ...]]


def pending_backfills(session: Session) -> list[BackfillStep]:
    """What is to be done, one step a topic."""
    rows = session.execute(
        select(TopicRow.id, TopicRow.rule, TopicRow.rule_version, TopicRow.fill_next)
        .where(TopicRow.fill_next.is_not(None))
        .order_by(TopicRow.rule_version)
    )
    return [BackfillStep(row.id, row.rule, row.rule_version, row.fill_next) for row in rows]


def entries_up_to(session: Session, last_id: int, limit: int) -> list[AnyRow]:
    """Up to `limit` entries from `last_id` downward, with all that a rule may ask."""
    statement = _entries().where(Entry.id <= last_id).order_by(Entry.id.desc()).limit(limit)
    return list(session.execute(statement))


def newest_up_to(session: Session, last_id: int) -> tuple[int, datetime] | None:
    """Id and arrival of the newest entry that is not newer than `last_id`."""
    newest = select(Entry.id, Entry.fetched_at).where(Entry.id <= last_id)
    row = session.execute(newest.order_by(Entry.id.desc()).limit(1)).one_or_none()
    return (row.id, row.fetched_at) if row else None


def find_entries(session: Session, ids: Collection[int]) -> list[AnyRow]:
    """These entries, with all that a rule may ask; the newest first."""
    statement = _entries().where(Entry.id.in_(ids))
    return list(session.execute(statement.order_by(Entry.published_at.desc(), Entry.id.desc())))


def published_at(session: Session, ids: Collection[int]) -> dict[int, datetime]:
    """When entries were published, by id."""
    rows = session.execute(select(Entry.id, Entry.published_at).where(Entry.id.in_(ids)))
    return {row.id: row.published_at for row in rows}


def newest_entries(
    session: Session, start: datetime, before: tuple[datetime, int] | None, limit: int
) -> list[AnyRow]:
    """Entries published since `start`, the newest first, after the place `before`."""
    statement = _entries().where(Entry.published_at >= start)
    if before is not None:
        statement = statement.where(tuple_(Entry.published_at, Entry.id) < tuple_(*_place(before)))
    ordered = statement.order_by(Entry.published_at.desc(), Entry.id.desc())
    return list(session.execute(ordered.limit(limit)))


def advance_backfill(session: Session, step: BackfillStep, next_id: int | None) -> bool:
    """Note that the step is done; False where the rule changed meanwhile or another was quicker."""
    unchanged = update(TopicRow).where(
        TopicRow.id == step.topic_id,
        TopicRow.rule_version == step.rule_version,
        TopicRow.fill_next == step.next_id,
    )
    return affected_rows(session, unchanged.values(fill_next=next_id)) > 0


def _place(before: tuple[datetime, int]) -> tuple[Any, Any]:
    published_at, entry_id = before
    return literal(published_at, UtcTime()), literal(entry_id)


def _entries() -> Any:
    return select(*_RULE_COLUMNS).outerjoin(EntryContent, EntryContent.entry_id == Entry.id)

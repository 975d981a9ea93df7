"""The entries of a topic: by its rule, or pinned."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnExpressionArgument, bindparam, delete, exists, func, select, update
from sqlalchemy.orm import Session

from aggregator.storage.models import Entry, TopicEntry, TopicPin, TopicRemoval, TopicRow
from aggregator.storage.models.base import table
from aggregator.storage.sql.upsert import insert_or_replace
from aggregator.types import TOPIC_COUNT_CAP, MatchReason

_PINNED = exists().where(
    TopicPin.topic_id == TopicEntry.topic_id, TopicPin.entry_id == TopicEntry.entry_id
)

_COUNT = select(func.count()).select_from(
    select(TopicEntry.entry_id)
    .where(TopicEntry.topic_id == bindparam("topic"))
    .limit(TOPIC_COUNT_CAP)
    .subquery()
)


@dataclass(frozen=True, slots=True)
class Membership:
    """An entry that matches the rule of a topic."""

    topic_id: int
    entry_id: int
    published_at: datetime
    why: tuple[str, ...]


def add_members(session: Session, members: Sequence[Membership]) -> None:
    """Put entries into topics; those that an editor removed stay out."""
    if not members:
        return
    removed = _removed(session, {each.entry_id for each in members})
    rows = [
        {
            "topic_id": each.topic_id,
            "entry_id": each.entry_id,
            "published_at": each.published_at,
            "by_rule": True,
            "why": list(each.why),
        }
        for each in members
        if (each.topic_id, each.entry_id) not in removed
    ]
    insert_or_replace(session, TopicEntry, rows, "by_rule", "why")


def retain_members(
    session: Session, kept: Mapping[int, Collection[int]], first_id: int, last_id: int
) -> None:
    """Of the entries `first_id` to `last_id`, keep in each topic only those that it maps to.

    Pinned entries stay, but no longer by the rule.
    """
    for topic_id, entry_ids in kept.items():
        gone = (
            TopicEntry.topic_id == topic_id,
            TopicEntry.by_rule,
            TopicEntry.entry_id.between(first_id, last_id),
            TopicEntry.entry_id.not_in(entry_ids),
        )
        _remove(session, *gone)


def topics_of(session: Session, entry_ids: Collection[int]) -> dict[int, set[int]]:
    """The topics that entries are in by a rule, by entry id."""
    found: dict[int, set[int]] = {}
    rows = session.execute(
        select(TopicEntry.entry_id, TopicEntry.topic_id).where(
            TopicEntry.entry_id.in_(entry_ids), TopicEntry.by_rule
        )
    )
    for entry_id, topic_id in rows:
        found.setdefault(entry_id, set()).add(topic_id)
    return found


def remove_older(session: Session, topic_id: int, before: datetime) -> None:
    """Remove the entries published before the window of a topic, except pinned ones."""
    _remove(
        session, TopicEntry.topic_id == topic_id, TopicEntry.by_rule,
        TopicEntry.published_at < before,
    )  # fmt: skip


def count_entries(session: Session, topic_id: int) -> int:
    """The number of entries in a topic, at most `TOPIC_COUNT_CAP`."""
    return session.execute(_COUNT, {"topic": topic_id}).scalar_one()


def source_ids(session: Session, topic_id: int, *, newest: int = 1000) -> frozenset[int]:
    """The sources of the newest entries of a topic."""
    some = (
        select(TopicEntry.entry_id)
        .where(TopicEntry.topic_id == topic_id)
        .order_by(TopicEntry.published_at.desc(), TopicEntry.entry_id.desc())
        .limit(newest)
    )
    found = select(Entry.source_id).where(Entry.id.in_(some)).distinct()
    return frozenset(session.execute(found).scalars())


def reasons(session: Session, topic_id: int, entry_ids: Collection[int]) -> dict[int, MatchReason]:
    """Why each of these entries is in a topic, for those that are."""
    rows = session.execute(
        select(TopicEntry.entry_id, TopicEntry.why, TopicPin.editor)
        .outerjoin(
            TopicPin,
            (TopicPin.topic_id == TopicEntry.topic_id) & (TopicPin.entry_id == TopicEntry.entry_id),
        )
        .where(TopicEntry.topic_id == topic_id, TopicEntry.entry_id.in_(entry_ids))
    )
    return {row.entry_id: MatchReason(tuple(row.why), row.editor) for row in rows}


def published_topics_of(session: Session, entry_id: int) -> list[tuple[int, MatchReason]]:
    """(topic id, reason) of the published topics that an entry is in, by slug."""
    topic_ids = session.execute(_published_topics, {"entry": entry_id}).scalars().all()
    return [(topic_id, reasons(session, topic_id, [entry_id])[entry_id]) for topic_id in topic_ids]


_topics, _members = table(TopicRow), table(TopicEntry)
_published_topics = (
    select(_topics.c.id)
    .join_from(_topics, _members, _members.c.topic_id == _topics.c.id)
    .where(_members.c.entry_id == bindparam("entry"), _topics.c.state == "published")
    .order_by(_topics.c.slug)
)


def _removed(session: Session, entry_ids: Collection[int]) -> set[tuple[int, int]]:
    rows = session.execute(
        select(TopicRemoval.topic_id, TopicRemoval.entry_id).where(
            TopicRemoval.entry_id.in_(entry_ids)
        )
    )
    return {(row.topic_id, row.entry_id) for row in rows}


def _remove(session: Session, *which: ColumnExpressionArgument[bool]) -> None:
    """Remove entries from their topic; pinned ones stay, but no longer by the rule."""
    options = {"synchronize_session": False}
    session.execute(
        update(TopicEntry).where(*which, _PINNED).values(by_rule=False, why=[]),
        execution_options=options,
    )
    session.execute(delete(TopicEntry).where(*which, ~_PINNED), execution_options=options)

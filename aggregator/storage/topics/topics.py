"""Topics and their revisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from aggregator.errors import Conflict, NotFound, TopicChanged, TopicGone
from aggregator.storage.entries.latest import latest_entry_id
from aggregator.storage.models import (
    TopicEntry,
    TopicNoteRow,
    TopicPin,
    TopicRemoval,
    TopicRevisionRow,
    TopicRow,
    TopicSubscription,
)
from aggregator.storage.models.base import table
from aggregator.storage.sql.row_counts import affected_rows
from aggregator.storage.sql.snapshot import once
from aggregator.types import (
    BackfillProgress,
    LocalizedText,
    Topic,
    TopicContent,
    TopicRevision,
    TopicState,
)
from aggregator.types.limits import is_id

_topics = table(TopicRow)
_in_states = (
    select(_topics)
    .where(_topics.c.state.in_(bindparam("states", expanding=True)))
    .order_by(_topics.c.slug)
)


def list_topics(session: Session, *states: TopicState) -> tuple[Topic, ...]:
    """The topics in one of these states, by slug."""

    def read() -> tuple[Topic, ...]:
        rows = session.execute(_in_states, {"states": states}).all()
        return tuple(map(_topic, rows))

    return once(session, ("topics", *states), read)


def find_topic(session: Session, slug: str, *, published: bool = False) -> Topic:
    """The topic under a slug. Raises NotFound.

    With `published`, a draft is not found either, and TopicGone is raised for a deleted topic that
    was published.
    """
    row = session.execute(select(TopicRow).where(TopicRow.slug == slug)).scalar_one_or_none()
    if published and row is not None and row.state == "deleted" and row.published_at:
        raise TopicGone(slug)
    if row is None or (published and row.state != "published"):
        raise NotFound("topic", slug)
    return _topic(row)


def topic_by_id(session: Session, topic_id: int) -> Topic:
    """The topic under an id. Raises NotFound."""
    row = session.get(TopicRow, topic_id)
    if row is None:
        raise NotFound("topic", topic_id)
    return _topic(row)


def add_topic(session: Session, content: TopicContent, editor: str, now: datetime) -> Topic:
    """Create a topic with its first revision. Raises Conflict if the slug is taken."""
    values = _values(content, 1, editor, now) | _backfill_values(session)
    values["published_at"] = now if content.state == "published" else None
    try:
        with session.begin_nested():
            topic_id = session.execute(insert(TopicRow).returning(TopicRow.id), values).scalar_one()
    except IntegrityError as error:
        raise Conflict("topic", content.slug) from error
    _record(session, topic_id, 1, content, editor, "", now)
    return find_topic(session, content.slug)


def save_topic(
    session: Session,
    topic: Topic,
    content: TopicContent,
    *,
    base: int,
    editor: str,
    reason: str,
    now: datetime,
) -> Topic:
    """Save the next revision of a topic, made from revision `base`.

    Raises TopicChanged if another one was saved since, Conflict if the slug is taken.
    """
    values = _values(content, base + 1, editor, now)
    if content.state == "deleted":
        values |= _backfill_values(session) | {"fill_from": None, "fill_next": None}
    elif content.rule != topic.content.rule or topic.content.state == "deleted":
        values |= _backfill_values(session)
    if content.state == "published" and topic.published_at is None:
        values["published_at"] = now
    unchanged = update(TopicRow).where(TopicRow.id == topic.id, TopicRow.revision == base)
    try:
        with session.begin_nested():
            saved = affected_rows(session, unchanged.values(values))
    except IntegrityError as error:
        raise Conflict("topic", content.slug) from error
    if not saved:
        raise TopicChanged(topic.id, base)
    _record(session, topic.id, base + 1, content, editor, reason, now)
    session.expire_all()
    return find_topic(session, content.slug)


def empty_topic(session: Session, topic_id: int) -> None:
    """Delete the entries, pins, removals, notes and followers of a topic."""
    for rows in (TopicEntry, TopicPin, TopicRemoval, TopicNoteRow, TopicSubscription):
        session.execute(delete(rows).where(rows.topic_id == topic_id))


def list_revisions(session: Session, topic_id: int) -> tuple[TopicRevision, ...]:
    """All revisions of a topic, the newest first."""
    rows = session.execute(
        select(TopicRevisionRow)
        .where(TopicRevisionRow.topic_id == topic_id)
        .order_by(TopicRevisionRow.number.desc())
    )
    return tuple(map(_revision, rows.scalars()))


def find_revision(session: Session, topic_id: int, number: int) -> TopicRevision:
    """One revision of a topic. Raises NotFound."""
    row = session.get(TopicRevisionRow, (topic_id, number)) if is_id(number) else None
    if row is None:
        raise NotFound("revision", number)
    return _revision(row)


def rules_version(session: Session) -> int:
    """The number of the last change of a rule over all topics; 0 without topics."""
    return session.execute(select(func.coalesce(func.max(TopicRow.rule_version), 0))).scalar_one()


def all_rules(session: Session) -> dict[int, str]:
    """The rules of all topics that are not deleted, by id."""
    kept = select(TopicRow.id, TopicRow.rule).where(TopicRow.state != "deleted")
    rows = session.execute(kept.order_by(TopicRow.id))
    return {row.id: row.rule for row in rows}


# --- rows ------------------------------------------------------------------------------------


def _content(values: Mapping[str, Any]) -> TopicContent:
    """The content stored in a row, as JSON."""
    return TopicContent(
        slug=values["slug"],
        name=LocalizedText(**values["name"]),
        about=LocalizedText(**values["about"]),
        rule=values["rule"],
        state=values["state"],
    )


def _values(content: TopicContent, number: int, editor: str, now: datetime) -> dict[str, Any]:
    return {
        "slug": content.slug,
        "content": asdict(content),
        "rule": content.rule,
        "state": content.state,
        "revision": number,
        "updated_at": now,
        "updated_by": editor,
    }


def _backfill_values(session: Session) -> dict[str, Any]:
    """Start a backfill: a changed rule has to be applied to the whole archive."""
    newest = latest_entry_id(session) or None
    return {
        "rule_version": rules_version(session) + 1,
        "fill_from": newest,
        "fill_next": newest,
    }


def _record(
    session: Session,
    topic_id: int,
    number: int,
    content: TopicContent,
    editor: str,
    reason: str,
    now: datetime,
) -> None:
    session.execute(
        insert(TopicRevisionRow),
        {
            "topic_id": topic_id,
            "number": number,
            "saved_at": now,
            "editor": editor,
            "reason": reason,
            "content": asdict(content),
        },
    )


def _topic(row: TopicRow | Row[Any]) -> Topic:
    fill = None
    if row.fill_next is not None and row.fill_from:
        fill = BackfillProgress(row.fill_from - row.fill_next, row.fill_from)
    return Topic(
        id=row.id,
        revision=row.revision,
        content=_content(row.content),
        updated_at=row.updated_at,
        updated_by=row.updated_by,
        published_at=row.published_at,
        fill=fill,
    )


def _revision(row: TopicRevisionRow) -> TopicRevision:
    return TopicRevision(
        number=row.number,
        saved_at=row.saved_at,
        editor=row.editor,
        reason=row.reason,
        content=_content(row.content),
    )

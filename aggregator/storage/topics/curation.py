"""What editors do to a topic by hand: pins, removals, notes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from aggregator.errors import NotFound
from aggregator.storage.models import (
    Entry,
    TopicEntry,
    TopicNoteRow,
    TopicPin,
    TopicRemoval,
)
from aggregator.storage.models.base import table
from aggregator.storage.sql.row_counts import affected_rows
from aggregator.storage.sql.upsert import insert_or_ignore, insert_or_replace
from aggregator.types import Pin, Removal, TopicNote

_pins = table(TopicPin)
# Read every two seconds, so compiled once.
_EXPIRED = select(_pins.c.topic_id, _pins.c.entry_id).where(_pins.c.expires_at <= bindparam("now"))


def list_pins(session: Session, topic_id: int, now: datetime) -> tuple[Pin, ...]:
    """The pins that have not expired, in their order."""
    rows = session.execute(
        select(TopicPin)
        .where(
            TopicPin.topic_id == topic_id,
            or_(TopicPin.expires_at.is_(None), TopicPin.expires_at > now),
        )
        .order_by(TopicPin.position, TopicPin.pinned_at, TopicPin.entry_id)
    ).scalars()
    return tuple(
        Pin(row.entry_id, row.position, row.editor, row.pinned_at, row.expires_at, row.note)
        for row in rows
    )


def pin_entry(session: Session, topic_id: int, pin: Pin) -> None:
    """Pin an entry below the other pins, or change its pin. Raises NotFound for the entry."""
    published_at = session.execute(
        select(Entry.published_at).where(Entry.id == pin.entry_id)
    ).scalar_one_or_none()
    if published_at is None:
        raise NotFound("entry", pin.entry_id)
    restore_entry(session, topic_id, pin.entry_id)
    last = session.execute(
        select(func.coalesce(func.max(TopicPin.position), 0)).where(TopicPin.topic_id == topic_id)
    ).scalar_one()
    key: dict[str, object] = {"topic_id": topic_id, "entry_id": pin.entry_id}
    values: dict[str, object] = {
        "expires_at": pin.expires_at,
        "note": pin.note,
        "editor": pin.editor,
        "pinned_at": pin.pinned_at,
    }
    insert_or_replace(session, TopicPin, [key | {"position": last + 1} | values], *values)
    member = key | {"published_at": published_at, "by_rule": False, "why": []}
    insert_or_ignore(session, TopicEntry, [member])


def reorder_pins(session: Session, topic_id: int, entry_ids: Sequence[int]) -> None:
    """Put the pins in this order."""
    for position, entry_id in enumerate(entry_ids, 1):
        session.execute(
            update(TopicPin)
            .where(TopicPin.topic_id == topic_id, TopicPin.entry_id == entry_id)
            .values(position=position)
        )


def unpin_entry(session: Session, topic_id: int, entry_id: int) -> None:
    """Unpin an entry; one that is in the topic only by its pin leaves it."""
    session.execute(
        delete(TopicPin).where(TopicPin.topic_id == topic_id, TopicPin.entry_id == entry_id)
    )
    session.execute(
        delete(TopicEntry).where(
            TopicEntry.topic_id == topic_id,
            TopicEntry.entry_id == entry_id,
            ~TopicEntry.by_rule,
        )
    )


def expired_pins(session: Session, now: datetime) -> list[tuple[int, int]]:
    """(topic id, entry id) of the expired pins."""
    rows = session.connection().execute(_EXPIRED, {"now": now})
    return [(row.topic_id, row.entry_id) for row in rows]


# --- removals --------------------------------------------------------------------------------


def remove_entry(
    session: Session, topic_id: int, entry_id: int, editor: str, reason: str, now: datetime
) -> None:
    """Remove an entry from a topic for good, whatever the rule says."""
    row = {"topic_id": topic_id, "entry_id": entry_id, "editor": editor, "reason": reason}
    insert_or_ignore(session, TopicRemoval, [row | {"removed_at": now}])
    session.execute(
        delete(TopicPin).where(TopicPin.topic_id == topic_id, TopicPin.entry_id == entry_id)
    )
    session.execute(
        delete(TopicEntry).where(TopicEntry.topic_id == topic_id, TopicEntry.entry_id == entry_id)
    )


def restore_entry(session: Session, topic_id: int, entry_id: int) -> bool:
    """Undo a removal, so that the rule decides again; whether there was one."""
    removal = delete(TopicRemoval).where(
        TopicRemoval.topic_id == topic_id, TopicRemoval.entry_id == entry_id
    )
    return affected_rows(session, removal) > 0


def list_removals(session: Session, topic_id: int, *, limit: int = 50) -> tuple[Removal, ...]:
    """The latest removals, the newest first."""
    rows = session.execute(
        select(TopicRemoval, Entry.title, Entry.language)
        .join(Entry, Entry.id == TopicRemoval.entry_id)
        .where(TopicRemoval.topic_id == topic_id)
        .order_by(TopicRemoval.removed_at.desc(), TopicRemoval.entry_id.desc())
        .limit(limit)
    )
    return tuple(
        Removal(row.entry_id, title, language, row.editor, row.removed_at, row.reason)
        for row, title, language in rows
    )


# --- notes -----------------------------------------------------------------------------------


def add_note(session: Session, topic_id: int, editor: str, text: str, now: datetime) -> None:
    """Leave a note to the other editors."""
    row = {"topic_id": topic_id, "editor": editor, "text": text, "written_at": now}
    session.execute(insert(TopicNoteRow), row)


def list_notes(session: Session, topic_id: int) -> tuple[TopicNote, ...]:
    """The notes on a topic, the newest first."""
    rows = session.execute(
        select(TopicNoteRow)
        .where(TopicNoteRow.topic_id == topic_id)
        .order_by(TopicNoteRow.id.desc())
        .limit(100)
    ).scalars()
    return tuple(TopicNote(row.id, row.editor, row.written_at, row.text) for row in rows)


def delete_note(session: Session, topic_id: int, note_id: int, editor: str) -> bool:
    """Delete a note of this editor; False if there is none."""
    own = delete(TopicNoteRow).where(
        TopicNoteRow.id == note_id,
        TopicNoteRow.topic_id == topic_id,
        TopicNoteRow.editor == editor,
    )
    return affected_rows(session, own) > 0

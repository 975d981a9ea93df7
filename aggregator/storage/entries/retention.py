"""Delete old entries so that they never return as new."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from aggregator.process.entries.identities import names_itself_by_address, wording_identity
from aggregator.storage.models import Entry, EntryTag, Feed, Star, StoryEntry, Tombstone, TopicPin
from aggregator.storage.search import indexing as index
from aggregator.storage.sql.upsert import insert_or_ignore
from aggregator.storage.stories import write as stories
from aggregator.storage.stories.window import change_version


def delete_before(session: Session, cutoff: datetime, now: datetime, *, limit: int) -> int:
    """Delete up to `limit` entries published before `cutoff`, the oldest first; return how many.

    Entries that a reader starred or tagged or an editor pinned stay, as long as the pin holds. A
    tombstone keeps the feed from bringing it back.
    """
    rows = _lock_expired(session, cutoff, now, limit)
    if not rows:
        return 0
    ids = [row.id for row in rows]
    insert_or_ignore(
        session,
        Tombstone,
        [
            {"feed_id": row.feed_id, "identity": identity, "deleted_at": now}
            for row in rows
            for identity in _remembered_identities(row)
        ],
    )
    _promote_duplicates(session, ids)
    index.remove(session, ids)
    changed = affected_story_ids(session, ids)
    session.execute(delete(Entry).where(Entry.id.in_(ids)))
    stories.refresh(session, changed)
    change_version(session)
    for feed_id, gone in sorted(Counter(row.feed_id for row in rows).items()):
        session.execute(
            update(Feed)
            .where(Feed.id == feed_id)
            .values(entry_count=Feed.entry_count - gone, entry_digests=None)
        )
    return len(ids)


def _remembered_identities(
    row: Row[int, int, int, str, str | None, int, datetime],
) -> tuple[int, ...]:
    """Return what a deleted entry is recognised by: without a guid, by its words too."""
    if not names_itself_by_address(row.guid, row.url):
        return (row.identity,)
    return row.identity, wording_identity(row.text_revision, row.published_at)


def affected_story_ids(session: Session, entry_ids: Sequence[int]) -> list[int]:
    """Return the stories that lose an entry."""
    found = select(StoryEntry.story_id).where(StoryEntry.entry_id.in_(entry_ids)).distinct()
    return list(session.execute(found).scalars())


def _lock_expired(
    session: Session, cutoff: datetime, now: datetime, limit: int
) -> Sequence[Row[int, int, int, str, str | None, int, datetime]]:
    """Return the entries to delete, locked against being starred or tagged meanwhile.

    PostgreSQL: marking an entry locks its row, so it is checked again once the lock is ours.
    """
    kept = or_(
        exists().where(Star.entry_id == Entry.id),
        exists().where(EntryTag.entry_id == Entry.id),
        exists().where(
            TopicPin.entry_id == Entry.id,
            or_(TopicPin.expires_at.is_(None), TopicPin.expires_at > now),
        ),
    )
    old = (
        select(Entry.id)
        .where(Entry.published_at < cutoff, ~kept)
        .order_by(Entry.published_at, Entry.id)
        .limit(limit)
    )
    ids = session.execute(old.with_for_update()).scalars().all()
    mine = select(
        Entry.id,
        Entry.feed_id,
        Entry.identity,
        Entry.guid,
        Entry.url,
        Entry.text_revision,
        Entry.published_at,
    ).where(Entry.id.in_(ids), ~kept)
    return session.execute(mine.order_by(Entry.id)).all()


def _promote_duplicates(session: Session, deleted: list[int]) -> None:
    """Promote the earliest duplicate of an entry that is deleted to be the original."""
    copy = aliased(Entry)
    heirs = session.execute(
        select(copy.duplicate_of, func.min(copy.id))
        .where(copy.duplicate_of.in_(deleted), copy.id.not_in(deleted))
        .group_by(copy.duplicate_of)
    ).all()
    for original, heir in heirs:
        session.execute(
            update(Entry).where(Entry.duplicate_of == original).values(duplicate_of=heir)
        )
        session.execute(update(Entry).where(Entry.id == heir).values(duplicate_of=None))

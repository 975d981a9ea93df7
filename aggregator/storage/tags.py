"""A reader's tags and stars on entries."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session

from aggregator.errors import NotFound
from aggregator.storage.inserts import insert_missing
from aggregator.storage.models import Entry, EntryTag, Star, Tag, UserRow
from aggregator.types import TagCount


def tag_key(name: str) -> str:
    """A tag as tags are compared: case-folded NFKC."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def tags_of(session: Session, user_id: int, entry_ids: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """The tags of a user on entries, in the order in which they were put on."""
    rows = session.execute(
        select(EntryTag.entry_id, Tag.name)
        .join(Tag, Tag.id == EntryTag.tag_id)
        .where(EntryTag.entry_id.in_(tuple(entry_ids)), Tag.user_id == user_id)
        .order_by(EntryTag.tagged_at, Tag.id)
    )
    found: dict[int, tuple[str, ...]] = defaultdict(tuple)
    for entry_id, name in rows:
        found[entry_id] += (name,)
    return dict(found)


def starred_among(session: Session, user_id: int, entry_ids: Iterable[int]) -> frozenset[int]:
    """Those of `entry_ids` that a user starred."""
    statement = select(Star.entry_id).where(
        Star.user_id == user_id, Star.entry_id.in_(tuple(entry_ids))
    )
    return frozenset(session.execute(statement).scalars())


def list_tags(session: Session, user_id: int) -> tuple[TagCount, ...]:
    """A user's tags, the most used first."""
    count = func.count()
    rows = session.execute(
        select(Tag.name, count)
        .join(EntryTag, EntryTag.tag_id == Tag.id)
        .where(Tag.user_id == user_id)
        .group_by(Tag.id, Tag.name, Tag.name_key)
        .order_by(count.desc(), Tag.name_key)
    )
    return tuple(TagCount(name, entries) for name, entries in rows)


def find_tag(session: Session, user_id: int, name: str) -> str:
    """A tag as its reader first wrote it. Raises NotFound."""
    found = session.execute(
        select(Tag.name).where(Tag.user_id == user_id, Tag.name_key == tag_key(name))
    ).scalar_one_or_none()
    if found is None:
        raise NotFound("tag", name)
    return found


def lock_reader(session: Session, user_id: int) -> None:
    """Let changes to the marks of one reader wait for each other (a no-op on SQLite)."""
    session.execute(select(UserRow.id).where(UserRow.id == user_id).with_for_update())


def require_entry(session: Session, entry_id: int) -> None:
    """Raises NotFound where there is no such entry."""
    found = (
        0 < entry_id < 2**31
        and session.execute(select(Entry.id).where(Entry.id == entry_id)).first()
    )
    if not found:
        raise NotFound("entry", entry_id)


def put_tags(
    session: Session, user_id: int, entry_id: int, names: Sequence[str], now: datetime
) -> None:
    """Put tags on an entry; those that it has already stay as they are."""
    keys: dict[str, str] = {}
    for name in names:
        keys.setdefault(tag_key(name), name)
    rows = [{"user_id": user_id, "name": name, "name_key": key} for key, name in keys.items()]
    insert_missing(session, Tag, rows)
    ids = session.execute(
        select(Tag.name_key, Tag.id).where(Tag.user_id == user_id, Tag.name_key.in_(keys))
    )
    by_key = {row.name_key: row.id for row in ids}
    insert_missing(
        session,
        EntryTag,
        [{"tag_id": by_key[key], "entry_id": entry_id, "tagged_at": now} for key in keys],
    )


def take_tag(session: Session, user_id: int, entry_id: int, name: str) -> None:
    """Take a tag off an entry; a tag that no entry carries any more is forgotten."""
    tag = Tag.user_id == user_id, Tag.name_key == tag_key(name)
    tag_ids = select(Tag.id).where(*tag).scalar_subquery()
    session.execute(
        delete(EntryTag).where(EntryTag.entry_id == entry_id, EntryTag.tag_id.in_(tag_ids))
    )
    session.execute(delete(Tag).where(*tag, ~exists().where(EntryTag.tag_id == Tag.id)))


def put_star(session: Session, user_id: int, entry_id: int, now: datetime) -> None:
    """Star an entry."""
    insert_missing(session, Star, [{"user_id": user_id, "entry_id": entry_id, "starred_at": now}])


def take_star(session: Session, user_id: int, entry_id: int) -> None:
    """Take a reader's star off an entry."""
    session.execute(delete(Star).where(Star.user_id == user_id, Star.entry_id == entry_id))

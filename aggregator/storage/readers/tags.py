"""A reader's tags and stars on entries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import cache

from sqlalchemy import Select, bindparam, delete, exists, func, select, update
from sqlalchemy.orm import Session

from aggregator.errors import NotFound
from aggregator.storage.models import Entry, EntryTag, Star, Tag, UserRow
from aggregator.storage.models.base import table
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import in_list
from aggregator.storage.sql.upsert import insert_or_ignore
from aggregator.text.tag_key import tag_key
from aggregator.types import TagCount
from aggregator.types.limits import is_id


def tags_of(session: Session, user_id: int, entry_ids: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """A user's tags by entry, in the order in which they were added."""
    parameters = {"reader": user_id, "ids": tuple(entry_ids)}
    found: dict[int, tuple[str, ...]] = defaultdict(tuple)
    for entry_id, name in session.execute(_tags_among(dialect_of(session)), parameters):
        found[entry_id] += (name,)
    return dict(found)


def starred_ids(session: Session, user_id: int, entry_ids: Iterable[int]) -> frozenset[int]:
    """The entries among `entry_ids` that a user starred."""
    parameters = {"reader": user_id, "ids": tuple(entry_ids)}
    return frozenset(session.execute(_stars_among(dialect_of(session)), parameters).scalars())


@cache
def _tags_among(dialect: str) -> Select[int, str]:
    tags, marks = table(Tag).c, table(EntryTag).c
    return (
        select(marks.entry_id, tags.name)
        .join_from(table(EntryTag), table(Tag), tags.id == marks.tag_id)
        .where(in_list(marks.entry_id, "ids", dialect), tags.user_id == bindparam("reader"))
        .order_by(marks.tagged_at, tags.id)
    )


@cache
def _stars_among(dialect: str) -> Select[int]:
    stars = table(Star).c
    of_reader = stars.user_id == bindparam("reader")
    return select(stars.entry_id).where(of_reader, in_list(stars.entry_id, "ids", dialect))


def list_tags(session: Session, user_id: int) -> tuple[TagCount, ...]:
    """A user's tags, the most used first."""
    rows = session.execute(_counted_tags, {"reader": user_id}).all()
    return tuple(TagCount(name, entries) for name, entries in rows)


def _count_tags() -> Select[str, int]:
    tags, marks, count = table(Tag).c, table(EntryTag).c, func.count()
    return (
        select(tags.name, count)
        .join_from(table(Tag), table(EntryTag), marks.tag_id == tags.id)
        .where(tags.user_id == bindparam("reader"))
        .group_by(tags.id, tags.name, tags.name_key)
        .order_by(count.desc(), tags.name_key)
    )


_counted_tags = _count_tags()


def find_tag(session: Session, user_id: int, name: str) -> str:
    """A tag as its reader first wrote it. Raises NotFound."""
    found = session.execute(
        select(Tag.name).where(Tag.user_id == user_id, Tag.name_key == tag_key(name))
    ).scalar_one_or_none()
    if found is None:
        raise NotFound("tag", name)
    return found


def find_tag_id(session: Session, user_id: int, name: str) -> int | None:
    """The id of a user's tag; None if there is no such tag."""
    return session.execute(
        select(Tag.id).where(Tag.user_id == user_id, Tag.name_key == tag_key(name))
    ).scalar_one_or_none()


def find_count(session: Session, user_id: int, name: str) -> TagCount | None:
    """A tag as its reader first wrote it, and its number of entries; None if it does not exist.

    Unlike lists this counts every duplicate of an article.
    """
    found = session.execute(
        select(Tag.name, func.count(EntryTag.entry_id))
        .outerjoin(EntryTag, EntryTag.tag_id == Tag.id)
        .where(Tag.user_id == user_id, Tag.name_key == tag_key(name))
        .group_by(Tag.id, Tag.name)
    ).one_or_none()
    return TagCount(found[0], found[1]) if found else None


def rename_tag(session: Session, user_id: int, name: str, new: str) -> None:
    """Rename a tag; its reader must have no other tag of the new name."""
    session.execute(
        update(Tag)
        .where(Tag.user_id == user_id, Tag.name_key == tag_key(name))
        .values(name=new, name_key=tag_key(new))
    )


def merge_tag(session: Session, user_id: int, name: str, into: str) -> None:
    """Put the tag `into` on all entries of the tag `name`, and delete the latter."""
    ids = {
        row.name_key: row.id
        for row in session.execute(
            select(Tag.name_key, Tag.id).where(
                Tag.user_id == user_id, Tag.name_key.in_((tag_key(name), tag_key(into)))
            )
        )
    }
    moved = session.execute(
        select(EntryTag.entry_id, EntryTag.tagged_at)
        .where(EntryTag.tag_id == ids[tag_key(name)])
        .order_by(EntryTag.entry_id)
    ).all()
    target = ids[tag_key(into)]
    insert_or_ignore(session, EntryTag, [{"tag_id": target, **row._mapping} for row in moved])
    delete_tag(session, user_id, name)


def delete_tag(session: Session, user_id: int, name: str) -> None:
    """Delete a tag and take it off all entries."""
    mine = Tag.user_id == user_id, Tag.name_key == tag_key(name)
    session.execute(
        delete(EntryTag).where(EntryTag.tag_id.in_(select(Tag.id).where(*mine).scalar_subquery()))
    )
    session.execute(delete(Tag).where(*mine))


def lock_reader(session: Session, user_id: int) -> None:
    """Make changes to the marks of one reader wait for each other (a no-op on SQLite)."""
    if dialect_of(session) == "postgresql":
        session.execute(_locked, {"reader": user_id})


_users = table(UserRow).c
_locked = select(_users.id).where(_users.id == bindparam("reader")).with_for_update()


def require_entry(session: Session, entry_id: int) -> None:
    """Raise NotFound if there is no such entry."""
    found = (
        is_id(entry_id) and session.execute(select(Entry.id).where(Entry.id == entry_id)).first()
    )
    if not found:
        raise NotFound("entry", entry_id)


def existing_entries(session: Session, entry_ids: Iterable[int]) -> frozenset[int]:
    """The entries among `entry_ids` that exist."""
    parameters = {"ids": tuple(filter(is_id, entry_ids))}
    return frozenset(session.execute(_entries_among(dialect_of(session)), parameters).scalars())


@cache
def _entries_among(dialect: str) -> Select[int]:
    entries = table(Entry).c
    return select(entries.id).where(in_list(entries.id, "ids", dialect))


def add_tags(
    session: Session, user_id: int, entry_id: int, names: Sequence[str], now: datetime
) -> None:
    """Tag an entry; tags that it already has stay unchanged."""
    tag_entries(session, user_id, [entry_id], names, now)


def tag_entries(
    session: Session, user_id: int, entry_ids: Sequence[int], names: Sequence[str], now: datetime
) -> None:
    """Tag entries; tags that they already have stay unchanged."""
    keys: dict[str, str] = {}
    for name in names:
        keys.setdefault(tag_key(name), name)
    rows = [{"user_id": user_id, "name": name, "name_key": key} for key, name in keys.items()]
    insert_or_ignore(session, Tag, rows)
    ids = session.execute(
        select(Tag.name_key, Tag.id).where(Tag.user_id == user_id, Tag.name_key.in_(keys))
    )
    by_key = {row.name_key: row.id for row in ids}
    insert_or_ignore(
        session,
        EntryTag,
        [
            {"tag_id": by_key[key], "entry_id": entry_id, "tagged_at": now}
            for entry_id in entry_ids
            for key in keys
        ],
    )


def remove_tag(session: Session, user_id: int, entry_id: int, name: str) -> None:
    """Take a tag off an entry; a tag without entries is deleted."""
    untag_entries(session, user_id, [entry_id], [name])


def untag_entries(
    session: Session, user_id: int, entry_ids: Collection[int], names: Collection[str]
) -> None:
    """Take tags off entries; tags without entries are deleted."""
    tags = Tag.user_id == user_id, Tag.name_key.in_({tag_key(name) for name in names})
    tag_ids = select(Tag.id).where(*tags).scalar_subquery()
    session.execute(
        delete(EntryTag).where(EntryTag.entry_id.in_(entry_ids), EntryTag.tag_id.in_(tag_ids))
    )
    session.execute(delete(Tag).where(*tags, ~exists().where(EntryTag.tag_id == Tag.id)))


def add_star(session: Session, user_id: int, entry_id: int, now: datetime) -> None:
    """Star an entry."""
    add_stars(session, user_id, [entry_id], now)


def add_stars(session: Session, user_id: int, entry_ids: Iterable[int], now: datetime) -> None:
    """Star entries; those that are starred stay unchanged."""
    rows = [{"user_id": user_id, "entry_id": id_, "starred_at": now} for id_ in entry_ids]
    insert_or_ignore(session, Star, rows)


def remove_star(session: Session, user_id: int, entry_id: int) -> None:
    """Unstar an entry."""
    remove_stars(session, user_id, [entry_id])


def remove_stars(session: Session, user_id: int, entry_ids: Collection[int]) -> None:
    """Unstar entries."""
    session.execute(delete(Star).where(Star.user_id == user_id, Star.entry_id.in_(entry_ids)))

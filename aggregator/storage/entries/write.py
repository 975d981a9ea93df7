"""Read and write the entries of polled feeds: known, new, edited."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from aggregator.storage.entries.duplicates import Likenesses, find_originals, read_wordings
from aggregator.storage.models import Entry, EntryContent, Tombstone
from aggregator.storage.models.base import table
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import KeyList, TimeList, in_list, latest_of_each
from aggregator.types import (
    ChangedEntry,
    Enclosure,
    EntryChanges,
    FeedForPoll,
    KnownEntry,
    NewEntry,
    PreparedEntry,
)

_entries = table(Entry)
_contents = table(EntryContent)
_tombstones = table(Tombstone)
_c = _entries.c
# Maximum stored entries to compare with that share an address, a text or a date, the latest: a
# document has the last issues of a bulletin, not those of years ago.
MAX_ALIKE = 200
_KNOWN = (
    _c.id,
    _c.identity,
    _c.url_key,
    _c.title_key,
    _c.text_key,
    _c.revision,
    _c.text_revision,
    _c.published_at,
    _c.revision_count,
    _c.left_feed_at,
)


@cache
def _known_by_identity(dialect: str) -> Select[Any]:
    of_feed = select(*_KNOWN).where(_c.feed_id == bindparam("of_feed"))
    return of_feed.where(in_list(_c.identity, "keys", dialect))


@cache
def _latest_by(column: str, dialect: str) -> Select[Any]:
    of_feed: ColumnElement[bool] = _c.feed_id == bindparam("of_feed")
    if column != "published_at":
        return latest_of_each(_KNOWN, _c[column], of_feed, dialect, MAX_ALIKE, KeyList())
    # By source too: its index is the only one that finds a date without reading other feeds.
    of_feed &= _c.source_id == bindparam("of_source")
    return latest_of_each(_KNOWN, _c[column], of_feed, dialect, MAX_ALIKE, TimeList())


@cache
def _tombstones_by_identity(dialect: str) -> Select[int, datetime]:
    stone = _tombstones.c
    return select(stone.identity, stone.deleted_at).where(
        stone.feed_id == bindparam("of_feed"), in_list(stone.identity, "keys", dialect)
    )


def named_entries(session: Session, feed_id: int, identities: Sequence[int]) -> list[KnownEntry]:
    """Return the stored entries of a feed with one of `identities`."""
    statement = _known_by_identity(dialect_of(session))
    return _known_entries(session, statement, identities, of_feed=feed_id)


def similar_entries(
    session: Session, feed: FeedForPoll, entries: Sequence[PreparedEntry]
) -> list[KnownEntry]:
    """Return the stored entries of a feed that share a URL, a text or a date with `entries`.

    Of many that share one, the latest `MAX_ALIKE`.
    """
    urls = {key for entry in entries for key in (entry.url_key, entry.former_url_key)}
    texts = {entry.text_key for entry in entries}
    moments = {entry.published_at for entry in entries}
    of: dict[str, Any] = {"of_feed": feed.id}
    dialect = dialect_of(session)
    found = _known_entries(session, _latest_by("url_key", dialect), urls, **of)
    found += _known_entries(session, _latest_by("text_key", dialect), texts, **of)
    of["of_source"] = feed.source_id
    found += _known_entries(session, _latest_by("published_at", dialect), moments, **of)
    return list({row.id: row for row in found}.values())


def with_wordings(
    session: Session, known: Sequence[KnownEntry], ids: Sequence[int]
) -> list[KnownEntry]:
    """Return `known`, those with `ids` with what they say."""
    wordings = read_wordings(session, ids)
    return [replace(row, wording=wordings.get(row.id)) for row in known]


def _known_entries(
    session: Session, statement: Select[Any], keys: Iterable[Any], **of: int
) -> list[KnownEntry]:
    listed = [key for key in keys if key is not None]
    if not listed:
        return []
    rows = session.connection().execute(statement, {"keys": listed} | of)
    return [KnownEntry(*row) for row in rows]


def deleted_identities(
    session: Session, feed_id: int, identities: Sequence[int]
) -> dict[int, datetime]:
    """Return those of `identities` that retention deleted from the feed, and when."""
    connection = session.connection()
    statement = _tombstones_by_identity(connection.dialect.name)
    found = connection.execute(statement, {"of_feed": feed_id, "keys": identities})
    return {row.identity: row.deleted_at for row in found}


def write_changes(
    session: Session,
    feed: FeedForPoll,
    changes: EntryChanges,
    now: datetime,
    known: Likenesses | None = None,
) -> list[tuple[int, NewEntry]]:
    """Store new and changed entries; returns the new ones with their ids.

    `known`: what was compared before the lock was taken (`find_likenesses`).
    """
    ids = insert_entries(session, feed, changes.new, now, known)
    update_entries(session, changes.changed, now)
    return list(zip(ids, changes.new, strict=True))


def insert_entries(
    session: Session,
    feed: FeedForPoll,
    new: Sequence[NewEntry],
    now: datetime,
    known: Likenesses | None = None,
) -> list[int]:
    """Store new entries, the last of the document first, so that newer ones get higher ids.

    An entry without a plausible date is published when it is first seen. One that is in another
    feed becomes its duplicate (`find_originals`). Returns the ids in the order of `new`.
    """
    if not new:
        return []
    originals = find_originals(session, feed.id, [item.entry for item in new], now, known)
    ordered = tuple(reversed(new))
    rows = [
        _row(feed, item, original, now)
        for item, original in zip(ordered, reversed(originals), strict=True)
    ]
    connection = session.connection()
    returned = connection.execute(_insert_entry, rows)
    ids = {row.identity: row.id for row in returned}
    connection.execute(
        _insert_content,
        [_content_row(item.entry) | {"entry_id": ids[item.identity]} for item in ordered],
    )
    return [ids[item.identity] for item in new]


def update_entries(session: Session, changed: Sequence[ChangedEntry], now: datetime) -> None:
    """Store edits in place; the publication date stays as first seen."""
    if not changed:
        return
    connection = session.connection()
    connection.execute(
        _update_entry,
        [
            _column_values(item.entry)
            | {"row_id": item.id, "new_identity": item.identity, "edited_at": _edited(item, now)}
            for item in changed
        ],
    )
    connection.execute(
        _update_content, [_content_row(item.entry) | {"row_id": item.id} for item in changed]
    )


def _edited(item: ChangedEntry, now: datetime) -> datetime | None:
    """When the article changed for a reader; None keeps the stored date."""
    if not item.edited:
        return None
    return min(item.entry.updated_at or now, now)


_ENTRY_COLUMNS = (
    "guid", "url", "url_key", "text_key", "title_key", "revision", "text_revision", "title",
    "author", "summary", "image_url", "language", "direction", "word_count",
)  # fmt: skip

_insert_entry = insert(_entries).returning(_entries.c.identity, _entries.c.id)
_insert_content = insert(_contents)
_edited_at = bindparam("edited_at", type_=_entries.c.updated_at.type)
_update_entry = (
    update(_entries)
    .where(_entries.c.id == bindparam("row_id"))
    .values(
        {name: bindparam(name) for name in _ENTRY_COLUMNS}
        | {"identity": bindparam("new_identity")}
        | {"updated_at": func.coalesce(_edited_at, _entries.c.updated_at)}
    )
)
_update_content = (
    update(_contents)
    .where(_contents.c.entry_id == bindparam("row_id"))
    .values({name: bindparam(name) for name in ("content", "categories", "enclosures")})
)


def _column_values(entry: PreparedEntry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in _ENTRY_COLUMNS}


def _content_row(entry: PreparedEntry) -> dict[str, Any]:
    return {
        "content": entry.content,
        "categories": list(entry.categories),
        "enclosures": [_enclosure_row(enclosure) for enclosure in entry.enclosures],
    }


def _enclosure_row(enclosure: Enclosure) -> dict[str, Any]:
    row = asdict(enclosure)
    if not enclosure.alt:
        del row["alt"]
    return row


def _row(feed: FeedForPoll, item: NewEntry, original: int | None, now: datetime) -> dict[str, Any]:
    return _column_values(item.entry) | {
        "feed_id": feed.id,
        "source_id": feed.source_id,
        "identity": item.identity,
        "published_at": min(item.entry.published_at or now, now),
        "updated_at": item.entry.updated_at,
        "fetched_at": now,
        "duplicate_of": original,
        "section": item.entry.section,
    }

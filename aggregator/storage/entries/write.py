"""Read and write the entries of polled feeds: known, new, edited, duplicates across feeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from aggregator.storage.models import Entry, EntryContent, Tombstone
from aggregator.storage.models.base import table
from aggregator.storage.sql.in_list import in_list
from aggregator.types import (
    ChangedEntry,
    EntryChanges,
    FeedForPoll,
    KnownEntry,
    NewEntry,
    PreparedEntry,
)

DUPLICATE_URL_WINDOW = timedelta(days=30)
DUPLICATE_TEXT_WINDOW = timedelta(days=7)

_entries = table(Entry)
_contents = table(EntryContent)
_tombstones = table(Tombstone)
_c = _entries.c
_originals = _entries.alias("originals")
_known = select(
    _c.id,
    _c.identity,
    _c.url_key,
    _c.title_key,
    _c.text_key,
    _c.revision,
    _c.text_revision,
    _c.published_at,
)


@cache
def _known_by(column: str, dialect: str) -> Select[Any]:
    of_feed = _known.where(_c.feed_id == bindparam("of_feed"))
    return of_feed.where(in_list(_c[column], "keys", dialect))


@cache
def _tombstones_by_identity(dialect: str) -> Select[int]:
    stone = _tombstones.c
    return select(stone.identity).where(
        stone.feed_id == bindparam("of_feed"), in_list(stone.identity, "keys", dialect)
    )


@cache
def _originals_by(column: str, dialect: str) -> Select[Any]:
    """Entries of other feeds by a key, each with its original (itself if it is no duplicate).

    The original is not of this feed either: a copy elsewhere makes no entry of it a duplicate.
    """
    original_id = func.coalesce(_c.duplicate_of, _c.id)
    other: BindParameter[int] = bindparam("of_feed")
    return (
        select(_c[column], _originals.c.id, _c.published_at)
        .join_from(_entries, _originals, _originals.c.id == original_id)
        .where(
            in_list(_c[column], "keys", dialect), _c.feed_id != other, _originals.c.feed_id != other
        )
        .order_by(_c.id)
    )


def known_entries(
    session: Session, feed_id: int, identities: Sequence[int], entries: Sequence[PreparedEntry]
) -> list[KnownEntry]:
    """Return the stored entries of a feed that share an identity or a URL with `entries`."""
    connection = session.connection()
    dialect = connection.dialect.name
    lookup = {"of_feed": feed_id, "keys": identities}
    rows = connection.execute(_known_by("identity", dialect), lookup).all()
    found = {row.identity for row in rows}
    unknown = [e for e in entries if e.shares_guid or e.identity not in found]
    urls = {e.url_key for e in unknown if e.url_key is not None}
    if urls:
        lookup = {"of_feed": feed_id, "keys": sorted(urls)}
        rows = [*rows, *connection.execute(_known_by("url_key", dialect), lookup).all()]
    return [KnownEntry(*row) for row in rows]


def deleted_identities(session: Session, feed_id: int, identities: Sequence[int]) -> set[int]:
    """Return those of `identities` that retention deleted from the feed."""
    connection = session.connection()
    statement = _tombstones_by_identity(connection.dialect.name)
    found = connection.execute(statement, {"of_feed": feed_id, "keys": identities})
    return set(found.scalars())


def write_changes(
    session: Session, feed: FeedForPoll, changes: EntryChanges, now: datetime
) -> list[tuple[int, NewEntry]]:
    """Store new and changed entries; returns the new ones with their ids."""
    ids = insert_entries(session, feed, changes.new, now)
    update_entries(session, changes.changed, now)
    return list(zip(ids, changes.new, strict=True))


def insert_entries(
    session: Session, feed: FeedForPoll, new: Sequence[NewEntry], now: datetime
) -> list[int]:
    """Store new entries, the last of the document first, so that newer ones get higher ids.

    An entry without a plausible date is published when it is first seen. One that is in another
    feed with the same URL or text becomes its duplicate. Returns the ids in the order of `new`.
    """
    if not new:
        return []
    duplicates = _DuplicateFinder(session, feed.id, new)
    ordered = tuple(reversed(new))
    rows = [_row(feed, item, duplicates, now) for item in ordered]
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
        "enclosures": [asdict(enclosure) for enclosure in entry.enclosures],
    }


def _row(
    feed: FeedForPoll, item: NewEntry, duplicates: _DuplicateFinder, now: datetime
) -> dict[str, Any]:
    entry = item.entry
    published_at = min(entry.published_at or now, now)
    return _column_values(entry) | {
        "feed_id": feed.id,
        "source_id": feed.source_id,
        "identity": item.identity,
        "published_at": published_at,
        "updated_at": entry.updated_at,
        "fetched_at": now,
        "duplicate_of": duplicates.find_original(entry, published_at),
    }


class _DuplicateFinder:
    """Finds the originals in other feeds of new entries."""

    def __init__(self, session: Session, feed_id: int, new: Sequence[NewEntry]) -> None:
        self._by_url = self._find(session, feed_id, "url_key", {n.entry.url_key for n in new})
        self._by_text = self._find(session, feed_id, "text_key", {n.entry.text_key for n in new})

    @staticmethod
    def _find(
        session: Session, feed_id: int, column: str, keys: set[int | None]
    ) -> dict[int, list[tuple[int, datetime]]]:
        known = sorted(key for key in keys if key is not None)
        found: dict[int, list[tuple[int, datetime]]] = {}
        if not known:
            return found
        connection = session.connection()
        statement = _originals_by(column, connection.dialect.name)
        rows = connection.execute(statement, {"of_feed": feed_id, "keys": known})
        for key, entry_id, published_at in rows:
            found.setdefault(key, []).append((entry_id, published_at))
        return found

    def find_original(self, entry: PreparedEntry, published_at: datetime) -> int | None:
        """Return the id of the original; None if this is the original."""
        for found, key, within in (
            (self._by_url, entry.url_key, DUPLICATE_URL_WINDOW),
            (self._by_text, entry.text_key, DUPLICATE_TEXT_WINDOW),
        ):
            for entry_id, first_published_at in found.get(key, ()) if key is not None else ():
                if abs(published_at - first_published_at) <= within:
                    return entry_id
        return None

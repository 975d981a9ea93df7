"""Find the originals of new entries: the same article in another feed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, func, select
from sqlalchemy.orm import Session

from aggregator.process.entries.likeness import is_same_article, words_of
from aggregator.storage.models import Entry, EntryContent
from aggregator.storage.models.base import table
from aggregator.storage.sql.in_list import in_list
from aggregator.types import PreparedEntry, Wording

DUPLICATE_URL_WINDOW = timedelta(days=30)
DUPLICATE_TEXT_WINDOW = timedelta(days=7)

_entries = table(Entry)
_contents = table(EntryContent)
_originals = _entries.alias("originals")
_c = _entries.c


@dataclass(frozen=True, slots=True)
class _Copy:
    """An entry of another feed, with the id of its original (its own if it is no duplicate)."""

    id: int
    original_id: int
    published_at: datetime
    title_key: int
    text_key: int | None
    word_count: int


@cache
def _copies_by(column: str, dialect: str) -> Select[Any]:
    """Entries of other feeds by a key.

    The original is not of this feed either: a copy elsewhere makes no entry of it a duplicate.
    """
    original_id = func.coalesce(_c.duplicate_of, _c.id)
    other: BindParameter[int] = bindparam("of_feed")
    return (
        select(
            _c[column],
            _c.id,
            _originals.c.id,
            _c.published_at,
            _c.title_key,
            _c.text_key,
            _c.word_count,
        )
        .join_from(_entries, _originals, _originals.c.id == original_id)
        .where(
            in_list(_c[column], "keys", dialect), _c.feed_id != other, _originals.c.feed_id != other
        )
        .order_by(_c.id)
    )


@cache
def _wordings(dialect: str) -> Select[Any]:
    return (
        select(_c.id, _c.url, _c.title, _contents.c.content)
        .join_from(_entries, _contents, _contents.c.entry_id == _c.id)
        .where(in_list(_c.id, "keys", dialect))
    )


def read_wordings(session: Session, ids: Sequence[int]) -> dict[int, Wording]:
    """Return what entries say, by their ids."""
    if not ids:
        return {}
    connection = session.connection()
    found = connection.execute(_wordings(connection.dialect.name), {"keys": ids})
    return {row.id: Wording(row.url, row.title, row.content) for row in found}


def find_originals(
    session: Session, feed_id: int, entries: Sequence[PreparedEntry], now: datetime
) -> list[int | None]:
    """Return the id of the original of each of `entries`; None if it is one itself.

    It has the same text within a week, or the same URL and much the same text within a month:
    unrelated articles link to one document.
    """
    by_url = _find(session, feed_id, "url_key", (entry.url_key for entry in entries))
    by_text = _find(session, feed_id, "text_key", (entry.text_key for entry in entries))
    unclear = {
        copy.id
        for entry in entries
        for copy in by_url.get(entry.url_key, ())
        if _keys_tell(entry, copy) is None
    }
    wordings = read_wordings(session, sorted(unclear))

    def is_alike(entry: PreparedEntry, copy: _Copy) -> bool:
        told = _keys_tell(entry, copy)
        if told is not None:
            return told
        wording = wordings.get(copy.id)
        return wording is not None and is_same_article(words_of(entry), words_of(wording))

    return [
        _first(entry, now, by_url.get(entry.url_key, ()), DUPLICATE_URL_WINDOW, is_alike)
        or _first(entry, now, by_text.get(entry.text_key, ()), DUPLICATE_TEXT_WINDOW)
        for entry in entries
    ]


def _find(
    session: Session, feed_id: int, column: str, keys: Iterable[int | None]
) -> dict[int | None, list[_Copy]]:
    known = sorted({key for key in keys if key is not None})
    found: dict[int | None, list[_Copy]] = {}
    if not known:
        return found
    connection = session.connection()
    statement = _copies_by(column, connection.dialect.name)
    for key, *row in connection.execute(statement, {"of_feed": feed_id, "keys": known}):
        found.setdefault(key, []).append(_Copy(*row))
    return found


def _keys_tell(entry: PreparedEntry, copy: _Copy) -> bool | None:
    """Whether two entries at one URL say the same; None if their texts have to be compared."""
    if entry.text_key is not None and copy.text_key == entry.text_key:
        return True
    if copy.title_key == entry.title_key and not min(entry.word_count, copy.word_count):
        return True
    return None


def _first(
    entry: PreparedEntry,
    now: datetime,
    copies: Iterable[_Copy],
    window: timedelta,
    is_alike: Callable[[PreparedEntry, _Copy], bool] | None = None,
) -> int | None:
    published_at = min(entry.published_at or now, now)
    for copy in copies:
        if abs(published_at - copy.published_at) <= window and (
            is_alike is None or is_alike(entry, copy)
        ):
            return copy.original_id
    return None

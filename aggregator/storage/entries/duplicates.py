"""Find the originals of new entries: the same article in another feed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from itertools import groupby
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, func, select
from sqlalchemy.orm import Session

from aggregator.process.entries.likeness import is_same_article, words_of
from aggregator.storage.models import Entry, EntryContent
from aggregator.storage.models.base import table
from aggregator.storage.sql.in_list import in_list, in_list_of_rare
from aggregator.types import PreparedEntry, Wording

DUPLICATE_URL_WINDOW = timedelta(days=30)
DUPLICATE_TEXT_WINDOW = timedelta(days=7)
# An address or a text that more stored entries share is nobody's in particular.
MAX_SHARED = 200
# Maximum copies of one entry, and copies of all of one poll, to compare word by word. Beyond them
# only equal titles tell.
MAX_COMPARED_COPIES = 4
MAX_COMPARISONS = 200

# (revision of a new entry, id of a stored one) -> whether both say the same.
Likenesses = dict[tuple[int, int], bool]

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
    text_revision: int


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
            _c.text_revision,
        )
        .join_from(_entries, _originals, _originals.c.id == original_id)
        .where(
            in_list_of_rare(_c[column], "keys", dialect, MAX_SHARED),
            _c.feed_id != other,
            _originals.c.feed_id != other,
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


def find_likenesses(
    session: Session, feed_id: int, entries: Sequence[PreparedEntry], now: datetime
) -> Likenesses:
    """Compare `entries` with what other feeds have stored at their addresses, word by word.

    For `find_originals`, which is called while the write lock is held.
    """
    known: Likenesses = {}
    by_url = _find(session, feed_id, "url_key", (entry.url_key for entry in entries))
    _compare(session, entries, by_url, now, known)
    return known


def find_originals(
    session: Session,
    feed_id: int,
    entries: Sequence[PreparedEntry],
    now: datetime,
    known: Likenesses | None = None,
) -> list[int | None]:
    """Return the id of the original of each of `entries`; None if it is one itself.

    It has the same text within a week, or the same URL and much the same text within a month:
    unrelated articles link to one document. Only what is not in `known` is compared.
    """
    alike = dict(known or {})
    by_url = _find(session, feed_id, "url_key", (entry.url_key for entry in entries))
    by_text = _find(session, feed_id, "text_key", (entry.text_key for entry in entries))
    _compare(session, entries, by_url, now, alike)

    def is_copy(entry: PreparedEntry, copy: _Copy) -> bool:
        told = _keys_tell(entry, copy)
        if told is not None:
            return told
        same_title = copy.title_key == entry.title_key
        return alike.get((entry.revision, copy.id), same_title)

    return [
        _first(
            entry,
            now,
            by_url.get(entry.url_key, ()),
            DUPLICATE_URL_WINDOW,
            partial(is_copy, entry),
        )
        or _first(entry, now, by_text.get(entry.text_key, ()), DUPLICATE_TEXT_WINDOW)
        for entry in entries
    ]


def _compare(
    session: Session,
    entries: Sequence[PreparedEntry],
    by_url: Mapping[int | None, Sequence[_Copy]],
    now: datetime,
    alike: Likenesses,
) -> None:
    """Add what is missing in `alike`."""
    pairs = _to_compare(entries, by_url, now)
    compared = [pair for pair in pairs if (entries[pair[0]].revision, pair[1]) not in alike]
    wordings = read_wordings(session, sorted({id_ for _, id_ in compared}))
    for place, group in groupby(compared, lambda pair: pair[0]):
        words = words_of(entries[place])
        for _, id_ in group:
            if (wording := wordings.get(id_)) is not None:
                same = is_same_article(words, words_of(wording))
                alike[entries[place].revision, id_] = same


def _to_compare(
    entries: Sequence[PreparedEntry], by_url: Mapping[int | None, Sequence[_Copy]], now: datetime
) -> list[tuple[int, int]]:
    """Return which entries (by place) to compare with which copies (by id) word by word.

    Those after a certain copy are not compared.
    """
    pairs: list[tuple[int, int]] = []
    for place, entry in enumerate(entries):
        compared: list[int] = []
        for copy in by_url.get(entry.url_key, ()):
            if not _is_within(entry, copy, DUPLICATE_URL_WINDOW, now):
                continue
            if _keys_tell(entry, copy) or len(compared) == MAX_COMPARED_COPIES:
                break
            compared.append(copy.id)
        pairs += [(place, id_) for id_ in compared]
        if len(pairs) >= MAX_COMPARISONS:
            break
    return pairs[:MAX_COMPARISONS]


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
    if copy.text_revision == entry.text_revision:
        return True
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
    is_copy: Callable[[_Copy], bool] | None = None,
) -> int | None:
    for copy in copies:
        if _is_within(entry, copy, window, now) and (is_copy is None or is_copy(copy)):
            return copy.original_id
    return None


def _is_within(entry: PreparedEntry, copy: _Copy, window: timedelta, now: datetime) -> bool:
    return abs(min(entry.published_at or now, now) - copy.published_at) <= window

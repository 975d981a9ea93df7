"""Entries as readers see them: lists, one in full, its neighbours.

A list takes the keys of a page from an index alone, then the rows of these keys; what belongs to
the rows (sources, duplicates, tags, stars) costs one query each per page.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import CompoundSelect, Select, bindparam, func, select, union
from sqlalchemy.orm import Session

from aggregator.errors import NotFound
from aggregator.storage.feeds.overview import source_refs
from aggregator.storage.listing.keys import find_keys
from aggregator.storage.models import Entry, EntryContent
from aggregator.storage.models.base import table
from aggregator.storage.readers.personal import NOBODY, PersonalState, personal_state
from aggregator.storage.readers.read_state import HasSource
from aggregator.storage.sql.cursors import Position, decode_cursor, encode_cursor
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import in_list
from aggregator.storage.stories.write import assigned_stories
from aggregator.types import (
    CHANGE_SIZES,
    Direction,
    Enclosure,
    EntryDetail,
    EntryFilter,
    EntryPage,
    EntrySummary,
    SourceRef,
)
from aggregator.types.limits import is_id

NO_FILTER = EntryFilter()

_ENTRIES = table(Entry)
_CONTENTS = table(EntryContent)
AnySelect = Select[*tuple[Any, ...]]  # columns of Core tables carry no types


class _EntryRow(NamedTuple):
    """The columns of an entry that make its summary."""

    id: int
    guid: str
    url: str | None
    title: str
    author: str
    summary: str
    image_url: str | None
    language: str
    direction: Direction
    word_count: int
    published_at: datetime
    updated_at: datetime | None
    fetched_at: datetime
    source_id: int
    feed_id: int
    duplicate_of: int | None
    change_size: int
    left_feed_at: datetime | None

    @property
    def original_id(self) -> int:
        """The first entry among its duplicates; itself if it has none before it."""
        return self.duplicate_of or self.id


class _ContentRow(NamedTuple):
    """The body of an entry; None where it has none."""

    content: str | None
    categories: list[str] | None
    enclosures: list[dict[str, Any]] | None


_SUMMARY = tuple(_ENTRIES.c[name] for name in _EntryRow._fields)
_DETAIL = select(*_SUMMARY, *(_CONTENTS.c[name] for name in _ContentRow._fields)).select_from(
    _ENTRIES.outerjoin(_CONTENTS, _CONTENTS.c.entry_id == _ENTRIES.c.id)
)
_TIME_BY_ID = select(_ENTRIES.c.published_at).where(_ENTRIES.c.id == bindparam("id"))
_DETAIL_BY_ID = _DETAIL.where(_ENTRIES.c.id == bindparam("id"))


# --- lists -----------------------------------------------------------------------------------


def list_entries(
    session: Session,
    chosen: EntryFilter,
    *,
    reader: int | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> EntryPage:
    """A page, the newest first, with the tags, stars and read state of the user `reader`.

    A page may be short and still not be the last, if the reader mutes nearly everything. Raises
    NotFound for an unknown source, feed or tag, InvalidInput for a bad cursor.
    """
    ids, next_cursor = find_page(session, chosen, reader=reader, cursor=cursor, limit=limit)
    rows = _rows_in_order(session, ids)
    entries = _summaries(session, rows, reader, copies=not chosen.duplicates).entries
    return EntryPage(entries, next_cursor)


def find_page(
    session: Session, chosen: EntryFilter, *, reader: int | None, cursor: str | None, limit: int
) -> tuple[list[int], str | None]:
    """The ids of the entries on a page of a list, in order, and the cursor of the next page.

    Raises as `list_entries`.
    """
    after = decode_cursor(cursor) if cursor else None
    found = find_keys(session, chosen, reader, after, limit + 1)
    shown = found.positions[:limit]
    rest = shown[-1] if len(found.positions) > limit else found.rest
    return [position.id for position in shown], encode_cursor(rest) if rest else None


def summaries_by_id(
    session: Session, ids: Sequence[int], reader: int | None, *, copies: bool
) -> dict[int, EntrySummary]:
    """Entries as lists show them, by id, without those that no longer exist."""
    return summaries_beside(session, ids, reader, (), copies=copies)[0]


def summaries_beside(
    session: Session,
    ids: Sequence[int],
    reader: int | None,
    others: Sequence[HasSource],
    *,
    copies: bool,
) -> tuple[dict[int, EntrySummary], frozenset[int]]:
    """The same, and which of `others` the reader has read, in the same queries."""
    if not (ids or others):
        return {}, frozenset()
    rows = _rows_in_order(session, ids)
    found = _summaries(session, rows, reader, copies=copies, others=others)
    return {entry.id: entry for entry in found.entries}, found.read


def contents_by_id(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """The sanitized HTML of entries, by id."""
    here = in_list(_CONTENTS.c.entry_id, "ids", dialect_of(session))
    rows = session.execute(
        select(_CONTENTS.c.entry_id, _CONTENTS.c.content).where(here), {"ids": ids}
    )
    return {row.entry_id: row.content for row in rows}


def find_entry(session: Session, entry_id: int, *, reader: int | None = None) -> EntryDetail:
    """An entry in full, with the tags, star and read state of `reader`. Raises NotFound."""
    found = None
    if is_id(entry_id):
        found = session.execute(_DETAIL_BY_ID, {"id": entry_id}).one_or_none()
    if found is None:
        raise NotFound("entry", entry_id)
    row, content = _split_detail(found)
    return _detail(content, _summaries(session, [row], reader, copies=True).entries[0])


def find_details(
    session: Session, ids: Sequence[int], *, reader: int | None = None
) -> tuple[EntryDetail, ...]:
    """Entries in full, in the order of `ids`, without those that no longer exist."""
    if not ids:
        return ()
    found = session.execute(_detail_rows(dialect_of(session)), {"ids": list(ids)})
    by_id = {row.id: (row, content) for row, content in map(_split_detail, found)}
    details = [by_id[id_] for id_ in ids if id_ in by_id]
    summaries = _summaries(session, [row for row, _ in details], reader, copies=True).entries
    return tuple(
        _detail(content, summary) for (_, content), summary in zip(details, summaries, strict=True)
    )


def _split_detail(columns: Iterable[Any]) -> tuple[_EntryRow, _ContentRow]:
    values = tuple(columns)
    width = len(_SUMMARY)
    return _EntryRow._make(values[:width]), _ContentRow._make(values[width:])


def _detail(row: _ContentRow, summary: EntrySummary) -> EntryDetail:
    return EntryDetail(
        summary=summary,
        content=row.content or "",
        categories=tuple(row.categories or ()),
        enclosures=tuple(Enclosure(**enclosure) for enclosure in row.enclosures or ()),
    )


def find_summaries(
    session: Session, ids: Sequence[int], *, reader: int | None = None
) -> tuple[EntrySummary, ...]:
    """Entries as lists show them, in the order of `ids`, without those that no longer exist."""
    found = summaries_by_id(session, ids, reader, copies=True)
    return tuple(found[id_] for id_ in ids if id_ in found)


def find_position(session: Session, entry_id: int) -> Position:
    """The position of an entry in lists. Raises NotFound."""
    published_at = None
    if is_id(entry_id):
        published_at = session.execute(_TIME_BY_ID, {"id": entry_id}).scalar_one_or_none()
    if published_at is None:
        raise NotFound("entry", entry_id)
    return Position(published_at, entry_id)


def neighbours(
    session: Session,
    entry: EntrySummary,
    chosen: EntryFilter = NO_FILTER,
    reader: int | None = None,
) -> tuple[EntrySummary | None, EntrySummary | None]:
    """The entries just newer and just older than `entry` in the list that `chosen` makes.

    Raises NotFound and InvalidInput as `list_entries` does.
    """
    position = Position(entry.published_at, entry.id)
    newer_keys, older_keys = (
        find_keys(session, chosen, reader, position, 1, newer=newer).positions
        for newer in (True, False)
    )
    rows = _rows_in_order(session, [key.id for key in (*newer_keys, *older_keys)])
    refs = source_refs(session, {row.source_id for row in rows})
    found = {row.id: _summary(row, refs) for row in rows}
    newer, older = (
        next((found[key.id] for key in keys if key.id in found), None)
        for keys in (newer_keys, older_keys)
    )
    return newer, older


# --- rows ------------------------------------------------------------------------------------


def _rows_in_order(session: Session, ids: Sequence[int]) -> list[_EntryRow]:
    """The rows of entries, in the order of `ids`; retention may have deleted some meanwhile."""
    found = session.execute(_summary_rows(dialect_of(session)), {"ids": ids}).all()
    rows = {row.id: row for row in map(_EntryRow._make, found)}
    return [rows[id_] for id_ in ids if id_ in rows]


@cache
def _detail_rows(dialect: str) -> AnySelect:
    return _DETAIL.where(in_list(_ENTRIES.c.id, "ids", dialect))


@cache
def _summary_rows(dialect: str) -> AnySelect:
    return select(*_SUMMARY).where(in_list(_ENTRIES.c.id, "ids", dialect))


class _Summaries(NamedTuple):
    entries: tuple[EntrySummary, ...]
    read: frozenset[int]
    """Those of `others` that the reader has read."""


def _summaries(
    session: Session,
    rows: Sequence[_EntryRow],
    reader: int | None,
    *,
    copies: bool,
    others: Sequence[HasSource] = (),
) -> _Summaries:
    """The rows with what belongs to them, in one query each for the whole page."""
    ids = [row.id for row in rows]
    duplicates = _duplicates(session, rows) if copies else {}
    refs = source_refs(
        session,
        [row.source_id for row in rows]
        + [copy.source_id for group in duplicates.values() for copy in group],
    )
    personal = _personal(session, reader, [*rows, *others])
    stories = assigned_stories(session, {*ids, *(row.original_id for row in rows)})
    entries = tuple(
        _summary(
            row,
            refs,
            _story_id(row, stories),
            _other_sources(row, duplicates.get(row.original_id, ()), refs),
            personal,
        )
        for row in rows
    )
    return _Summaries(entries, frozenset(each.id for each in others if personal.is_read(each)))


def _personal(session: Session, reader: int | None, entries: Sequence[HasSource]) -> PersonalState:
    if reader is None:
        return NOBODY
    sources = {entry.source_id for entry in entries}
    return personal_state(session, reader, sources, [entry.id for entry in entries])


def _story_id(row: _EntryRow, stories: dict[int, int]) -> int:
    """The story of an entry: by default that of the first of its duplicates."""
    return stories.get(row.id) or stories.get(row.original_id, row.original_id)


def _summary(
    row: _EntryRow,
    refs: dict[int, SourceRef],
    story_id: int | None = None,
    also_in: tuple[tuple[int, SourceRef], ...] = (),
    personal: PersonalState = NOBODY,
) -> EntrySummary:
    return EntrySummary(
        id=row.id,
        guid=row.guid,
        url=row.url,
        title=row.title,
        author=row.author,
        summary=row.summary,
        image_url=row.image_url,
        language=row.language,
        direction=row.direction,
        word_count=row.word_count,
        published_at=row.published_at,
        updated_at=row.updated_at,
        fetched_at=row.fetched_at,
        source=refs[row.source_id],
        feed_id=row.feed_id,
        duplicate_of=row.duplicate_of,
        story_id=story_id,
        also_in=also_in,
        tags=personal.tags.get(row.id, ()),
        starred=row.id in personal.starred,
        read=personal.is_read(row),
        change=CHANGE_SIZES[row.change_size - 1] if row.change_size else None,
        left_feed_at=row.left_feed_at,
    )


class _Duplicate(NamedTuple):
    """One of several entries with the same article."""

    id: int
    source_id: int
    original_id: int


def _duplicates(session: Session, rows: Sequence[_EntryRow]) -> dict[int, list[_Duplicate]]:
    """All entries with the same article as one of `rows`, by the id of the first of them."""
    if not rows:
        return {}
    parameters = {
        "groups": {row.original_id for row in rows},
        "firsts": {row.duplicate_of for row in rows if row.duplicate_of},
    }
    found = session.execute(_duplicate_rows(dialect_of(session)), parameters).all()
    groups: dict[int, list[_Duplicate]] = defaultdict(list)
    for duplicate in sorted(map(_Duplicate._make, found)):
        groups[duplicate.original_id].append(duplicate)
    return groups


@cache
def _duplicate_rows(dialect: str) -> CompoundSelect[*tuple[Any, ...]]:
    """Two look-ups rather than OR: without statistics, PostgreSQL reads the whole table for it."""
    columns = _ENTRIES.c
    rows = select(columns.id, columns.source_id, func.coalesce(columns.duplicate_of, columns.id))
    return union(
        rows.where(in_list(columns.duplicate_of, "groups", dialect)),
        rows.where(in_list(columns.id, "firsts", dialect)),
    )


def _other_sources(
    row: _EntryRow, duplicates: Sequence[_Duplicate], refs: dict[int, SourceRef]
) -> tuple[tuple[int, SourceRef], ...]:
    """(entry id, source) of the other sources with the same article, the earliest entry of each."""
    others: dict[int, int] = {}
    for duplicate in duplicates:
        if duplicate.source_id != row.source_id:
            others.setdefault(duplicate.source_id, duplicate.id)
    return tuple((entry_id, refs[source_id]) for source_id, entry_id in others.items())

"""Entries as readers see them: lists, one in full, its neighbours.

A list takes the keys of a screenful from an index alone, then the rows of these keys; what belongs
to the rows (sources, copies, tags, stars) is one query each per page.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, or_, select
from sqlalchemy.orm import Session

from aggregator.errors import NotFound
from aggregator.storage.feeds.overview import source_refs
from aggregator.storage.listing.keys import find_keys
from aggregator.storage.models import Entry, EntryContent
from aggregator.storage.models.base import table
from aggregator.storage.readers.read_state import read_ids
from aggregator.storage.readers.tags import starred_ids, tags_of
from aggregator.storage.sql.cursors import Position, decode_cursor, encode_cursor
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import in_list
from aggregator.storage.stories.write import assigned_stories
from aggregator.types import (
    Enclosure,
    EntryDetail,
    EntryFilter,
    EntryPage,
    EntrySummary,
    SourceRef,
)

MAX_ID = 2**31 - 1
NO_FILTER = EntryFilter()

_ENTRIES = table(Entry)
_CONTENTS = table(EntryContent)
_SUMMARY = (
    _ENTRIES.c.id,
    _ENTRIES.c.guid,
    _ENTRIES.c.url,
    _ENTRIES.c.title,
    _ENTRIES.c.author,
    _ENTRIES.c.summary,
    _ENTRIES.c.image_url,
    _ENTRIES.c.language,
    _ENTRIES.c.direction,
    _ENTRIES.c.word_count,
    _ENTRIES.c.published_at,
    _ENTRIES.c.updated_at,
    _ENTRIES.c.fetched_at,
    _ENTRIES.c.source_id,
    _ENTRIES.c.feed_id,
    _ENTRIES.c.duplicate_of,
)

_DETAIL = select(
    *_SUMMARY, _CONTENTS.c.content, _CONTENTS.c.categories, _CONTENTS.c.enclosures
).select_from(_ENTRIES.outerjoin(_CONTENTS, _CONTENTS.c.entry_id == _ENTRIES.c.id))
_DETAIL_BY_ID = _DETAIL.where(_ENTRIES.c.id == bindparam("id"))

AnyRow = Row[*tuple[Any, ...]]
AnySelect = Select[*tuple[Any, ...]]


def list_entries(
    session: Session,
    chosen: EntryFilter,
    *,
    reader: int | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> EntryPage:
    """A screenful, the newest first, with the tags, stars and read marks of the user `reader`.

    It may hold fewer entries and still go on, where a reader mutes nearly everything. Raises
    NotFound for an unknown source, feed or tag, InvalidInput for a bad cursor.
    """
    place = decode_cursor(cursor) if cursor else None
    found = find_keys(session, chosen, reader, place, limit + 1)
    shown = found.places[:limit]
    rest = shown[-1] if len(found.places) > limit else found.rest
    return EntryPage(
        _summaries(session, _rows(session, shown), reader, copies=not chosen.duplicates),
        encode_cursor(rest) if rest else None,
    )


def summaries_by_id(
    session: Session, ids: Sequence[int], reader: int | None, *, copies: bool
) -> dict[int, EntrySummary]:
    """Those entries, as lists show them, by id; some may have gone meanwhile."""
    found = session.execute(_summary_rows(dialect_of(session)), {"ids": ids}).all()
    return {each.id: each for each in _summaries(session, found, reader, copies=copies)}


def contents_by_id(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """The sanitized HTML of those entries, by id."""
    here = in_list(_CONTENTS.c.entry_id, "ids", dialect_of(session))
    rows = session.execute(
        select(_CONTENTS.c.entry_id, _CONTENTS.c.content).where(here), {"ids": ids}
    )
    return {row.entry_id: row.content for row in rows}


def find_entry(session: Session, entry_id: int, *, reader: int | None = None) -> EntryDetail:
    """An entry in full, with the tags, the star and the read mark of `reader`. Raises NotFound."""
    row = None
    if 0 < entry_id <= MAX_ID:
        row = session.execute(_DETAIL_BY_ID, {"id": entry_id}).one_or_none()
    if row is None:
        raise NotFound("entry", entry_id)
    return _detail(row, _summaries(session, [row], reader, copies=True)[0])


def _detail(row: AnyRow, summary: EntrySummary) -> EntryDetail:
    return EntryDetail(
        summary=summary,
        content=row.content or "",
        categories=tuple(row.categories or ()),
        enclosures=tuple(Enclosure(**enclosure) for enclosure in row.enclosures or ()),
    )


def find_details(session: Session, ids: Sequence[int]) -> tuple[EntryDetail, ...]:
    """These entries in full, in this order, without those that are gone."""
    if not ids:
        return ()
    found = session.execute(_full_rows(dialect_of(session)), {"ids": list(ids)})
    by_id = {row.id: row for row in found}
    rows = [by_id[id_] for id_ in ids if id_ in by_id]
    summaries = _summaries(session, rows, None, copies=True)
    return tuple(_detail(row, summary) for row, summary in zip(rows, summaries, strict=True))


def find_summaries(
    session: Session, ids: Sequence[int], *, reader: int | None = None
) -> tuple[EntrySummary, ...]:
    """These entries in this order, without those that are gone."""
    if not ids:
        return ()
    found = summaries_by_id(session, ids, reader, copies=True)
    return tuple(found[id_] for id_ in ids if id_ in found)


def find_position(session: Session, entry_id: int) -> Position:
    """Where an entry stands in lists. Raises NotFound."""
    row = None
    if 0 < entry_id <= MAX_ID:
        wanted = select(Entry.published_at, Entry.id).where(Entry.id == entry_id)
        row = session.execute(wanted).one_or_none()
    if row is None:
        raise NotFound("entry", entry_id)
    return Position(row.published_at, row.id)


def neighbours(
    session: Session,
    entry: EntrySummary,
    chosen: EntryFilter = NO_FILTER,
    reader: int | None = None,
) -> tuple[EntrySummary | None, EntrySummary | None]:
    """The entries just newer and just older than `entry` in the list that `chosen` makes.

    Raises NotFound and InvalidInput as `list_entries` does.
    """
    place = Position(entry.published_at, entry.id)
    found = [
        find_keys(session, chosen, reader, place, 1, newer=newer).places for newer in (True, False)
    ]
    rows = {row.id: row for row in _rows(session, found[0] + found[1])}
    refs = source_refs(session, {row.source_id for row in rows.values()})
    newer, older = (
        _summary(rows[side[0].id], refs) if side and side[0].id in rows else None for side in found
    )
    return newer, older


def _rows(session: Session, places: Sequence[Position]) -> list[AnyRow]:
    """The rows at these places, in their order; retention may have taken some meanwhile."""
    found = session.execute(
        _summary_rows(dialect_of(session)), {"ids": [each.id for each in places]}
    )
    rows = {row.id: row for row in found}
    return [rows[place.id] for place in places if place.id in rows]


@cache
def _full_rows(dialect: str) -> AnySelect:
    return _DETAIL.where(in_list(_ENTRIES.c.id, "ids", dialect))


@cache
def _summary_rows(dialect: str) -> AnySelect:
    return select(*_SUMMARY).where(in_list(_ENTRIES.c.id, "ids", dialect))


def _summaries(
    session: Session, rows: Sequence[AnyRow], reader: int | None, *, copies: bool
) -> tuple[EntrySummary, ...]:
    """The rows with what belongs to them, in one query each for the whole page."""
    ids = [row.id for row in rows]
    elsewhere = _duplicates(session, rows) if copies else {}
    refs = source_refs(
        session,
        [row.source_id for row in rows]
        + [source_id for found in elsewhere.values() for _, source_id in found],
    )
    tags = tags_of(session, reader, ids) if reader is not None else {}
    starred = starred_ids(session, reader, ids) if reader is not None else frozenset()
    read = read_ids(session, reader, rows) if reader is not None else frozenset()
    homes = assigned_stories(
        session, {*ids, *(row.duplicate_of for row in rows if row.duplicate_of)}
    )
    return tuple(
        _summary(
            row,
            refs,
            story_id=_story_id(row, homes),
            also_in=_other_sources(row, elsewhere, refs),
            tags=tags.get(row.id, ()),
            starred=row.id in starred,
            read=row.id in read,
        )
        for row in rows
    )


def _story_id(row: AnyRow, homes: dict[int, int]) -> int:
    """The story of an entry: that of its first telling unless it has been given another."""
    first: int = row.duplicate_of or row.id
    return homes.get(row.id) or homes.get(first, first)


def _summary(row: AnyRow, refs: dict[int, SourceRef], **more: Any) -> EntrySummary:
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
        **more,
    )


def _duplicates(session: Session, rows: Sequence[AnyRow]) -> dict[int, list[tuple[int, int]]]:
    """(entry id, source id) of all copies of the articles of `rows`, by the id of the first."""
    groups = {row.duplicate_of or row.id for row in rows}
    if not groups:
        return {}
    firsts = {row.duplicate_of for row in rows if row.duplicate_of}
    asked = {"groups": groups, "firsts": firsts}
    found = session.execute(_duplicate_rows(dialect_of(session)), asked)
    copies: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for row in found:
        copies[row.first].append((row.id, row.source_id))
    return copies


@cache
def _duplicate_rows(dialect: str) -> AnySelect:
    columns = _ENTRIES.c
    first = func.coalesce(columns.duplicate_of, columns.id).label("first")
    of_group = or_(
        in_list(columns.duplicate_of, "groups", dialect), in_list(columns.id, "firsts", dialect)
    )
    return select(columns.id, columns.source_id, first).where(of_group).order_by(columns.id)


def _other_sources(
    row: AnyRow, copies: dict[int, list[tuple[int, int]]], refs: dict[int, SourceRef]
) -> tuple[tuple[int, SourceRef], ...]:
    """The other sources that carry the article of `row`, each once, the earliest first."""
    others: dict[int, int] = {}
    for entry_id, source_id in copies.get(row.duplicate_of or row.id, ()):
        if source_id != row.source_id:
            others.setdefault(source_id, entry_id)
    return tuple((entry_id, refs[source_id]) for source_id, entry_id in others.items())

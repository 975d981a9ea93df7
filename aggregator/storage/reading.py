"""Entries as readers see them: lists, one in full, its neighbours.

A list takes the keys of a screenful from an index alone, then the rows of these keys; what belongs
to the rows (sources, copies, tags, stars) is one query each per page.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, or_, select
from sqlalchemy.orm import Session

from aggregator.errors import NotFound
from aggregator.storage.cursors import Place, decode_cursor, encode_cursor
from aggregator.storage.models import Entry, EntryContent
from aggregator.storage.overview import source_refs
from aggregator.storage.selection import FIRSTS, after, before, find_keys, newest_first
from aggregator.storage.tags import starred_among, tags_of
from aggregator.types import (
    Enclosure,
    EntryDetail,
    EntryFilter,
    EntryPage,
    EntrySummary,
    SourceRef,
)

LARGEST_ID = 2**31 - 1

_SUMMARY = (
    Entry.id,
    Entry.guid,
    Entry.url,
    Entry.title,
    Entry.author,
    Entry.summary,
    Entry.image_url,
    Entry.language,
    Entry.direction,
    Entry.word_count,
    Entry.published_at,
    Entry.updated_at,
    Entry.fetched_at,
    Entry.source_id,
    Entry.feed_id,
    Entry.duplicate_of,
)

AnyRow = Row[*tuple[Any, ...]]


def list_entries(
    session: Session,
    chosen: EntryFilter,
    *,
    reader: int | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> EntryPage:
    """A screenful, the newest first, with the tags and stars of the user `reader`.

    Raises NotFound for an unknown source, feed or tag, InvalidInput for a bad cursor.
    """
    place = decode_cursor(cursor) if cursor else None
    keys = find_keys(session, chosen, reader, place, limit + 1)
    shown = keys[:limit]
    found = session.execute(select(*_SUMMARY).where(Entry.id.in_([key.id for key in shown])))
    rows = {row.id: row for row in found}
    there = [rows[key.id] for key in shown if key.id in rows]  # retention may run meanwhile
    return EntryPage(
        _summaries(session, there, reader, copies=not chosen.duplicates),
        encode_cursor(shown[-1]) if len(keys) > limit else None,
    )


def find_entry(session: Session, entry_id: int, *, reader: int | None = None) -> EntryDetail:
    """An entry in full, with the tags and the star of the user `reader`. Raises NotFound."""
    row = None
    if 0 < entry_id <= LARGEST_ID:
        row = session.execute(
            select(
                *_SUMMARY, EntryContent.content, EntryContent.categories, EntryContent.enclosures
            )
            .outerjoin(EntryContent, EntryContent.entry_id == Entry.id)
            .where(Entry.id == entry_id)
        ).one_or_none()
    if row is None:
        raise NotFound("entry", entry_id)
    return EntryDetail(
        summary=_summaries(session, [row], reader, copies=True)[0],
        content=row.content or "",
        categories=tuple(row.categories or ()),
        enclosures=tuple(Enclosure(**enclosure) for enclosure in row.enclosures or ()),
    )


def neighbours(
    session: Session, entry: EntrySummary
) -> tuple[EntrySummary | None, EntrySummary | None]:
    """The entries just newer and just older than `entry` in the list of everything."""
    place = Place(entry.published_at, entry.id)
    newer = select(*_SUMMARY).where(FIRSTS, after(place)).order_by(Entry.published_at, Entry.id)
    older = newest_first(select(*_SUMMARY).where(FIRSTS, before(place)))
    rows = [session.execute(side.limit(1)).one_or_none() for side in (newer, older)]
    refs = source_refs(session, (row.source_id for row in rows if row))
    first, second = (_summary(row, refs) if row else None for row in rows)
    return first, second


def _summaries(
    session: Session, rows: Sequence[AnyRow], reader: int | None, *, copies: bool
) -> tuple[EntrySummary, ...]:
    """The rows with what belongs to them, in one query each for the whole page."""
    ids = [row.id for row in rows]
    elsewhere = _copies(session, rows) if copies else {}
    refs = source_refs(
        session,
        [row.source_id for row in rows]
        + [source_id for found in elsewhere.values() for _, source_id in found],
    )
    tags = tags_of(session, reader, ids) if reader is not None else {}
    starred = starred_among(session, reader, ids) if reader is not None else frozenset()
    return tuple(
        _summary(
            row,
            refs,
            also_in=_other_sources(row, elsewhere, refs),
            tags=tags.get(row.id, ()),
            starred=row.id in starred,
        )
        for row in rows
    )


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


def _copies(session: Session, rows: Sequence[AnyRow]) -> dict[int, list[tuple[int, int]]]:
    """(entry id, source id) of all copies of the articles of `rows`, by the id of the first."""
    groups = {row.duplicate_of or row.id for row in rows}
    if not groups:
        return {}
    first = func.coalesce(Entry.duplicate_of, Entry.id).label("first")
    firsts = {row.duplicate_of for row in rows if row.duplicate_of}
    found = session.execute(
        select(Entry.id, Entry.source_id, first)
        .where(or_(Entry.duplicate_of.in_(groups), Entry.id.in_(firsts)))
        .order_by(Entry.id)
    )
    copies: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for row in found:
        copies[row.first].append((row.id, row.source_id))
    return copies


def _other_sources(
    row: AnyRow, copies: dict[int, list[tuple[int, int]]], refs: dict[int, SourceRef]
) -> tuple[tuple[int, SourceRef], ...]:
    """The other sources that carry the article of `row`, each once, the earliest first."""
    others: dict[int, int] = {}
    for entry_id, source_id in copies.get(row.duplicate_of or row.id, ()):
        if source_id != row.source_id:
            others.setdefault(source_id, entry_id)
    return tuple((entry_id, refs[source_id]) for source_id, entry_id in others.items())

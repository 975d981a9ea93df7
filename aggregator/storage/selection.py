"""Which entries a list shows: from a filter to the keys of a screenful, in order.

Every selection follows an index in the order of the list. Lists of several sources merge one run
of the index per source, so that neither a country with two quiet sources nor one with seventy
makes the database sort a table. What a reader tagged or starred is few: it is sorted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Row,
    Select,
    and_,
    desc,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from aggregator.errors import InvalidInput, NotFound
from aggregator.storage.cursors import Place
from aggregator.storage.models import Entry, EntryTag, Feed, Source, Star, Tag
from aggregator.storage.tags import tag_key
from aggregator.types import EntryFilter

AnyRow = Row[*tuple[Any, ...]]
AnySelect = Select[*tuple[Any, ...]]
Keys = AnySelect | CompoundSelect[*tuple[Any, ...]]

FIRSTS = Entry.duplicate_of.is_(None)
"""Entries that are not copies of another."""

BATCH_GROWTH = 3
LARGEST_BATCH = 2000


@dataclass(frozen=True, slots=True)
class _Scope:
    """The sources, or the one feed, that a list is narrowed to."""

    source_ids: frozenset[int]
    feed_id: int | None

    def __contains__(self, entry: AnyRow) -> bool:
        if self.feed_id:
            return bool(entry.feed_id == self.feed_id)
        return entry.source_id in self.source_ids


def find_keys(
    session: Session, chosen: EntryFilter, reader: int | None, place: Place | None, limit: int
) -> list[Place]:
    """The first `limit` entries after `place` that a list shows, in order.

    Raises NotFound for an unknown source, feed or tag, InvalidInput for marks without a reader.
    """
    marks = _marks(session, chosen, reader)
    scope = _scope(session, chosen)
    folding = scope if not (marks or chosen.duplicates) else None
    shown: list[Place] = []
    batch = limit * 3 // 2 if folding else limit
    while True:
        rows = session.execute(_statement(session, chosen, marks, scope, place, batch)).all()
        hidden = _copies(session, rows, folding) if folding else set()
        shown += (Place(row.published_at, row.id) for row in rows if row.id not in hidden)
        if len(rows) < batch or len(shown) >= limit:
            return shown[:limit]
        place = Place(rows[-1].published_at, rows[-1].id)
        batch = min(batch * BATCH_GROWTH, LARGEST_BATCH)


def select_keys(
    session: Session, chosen: EntryFilter, reader: int | None, place: Place | None, limit: int
) -> Keys:
    """The statement for one batch of keys, from which copies are still to be taken out."""
    marks = _marks(session, chosen, reader)
    return _statement(session, chosen, marks, _scope(session, chosen), place, limit)


def _statement(
    session: Session,
    chosen: EntryFilter,
    marks: Sequence[Select[int]],
    scope: _Scope | None,
    place: Place | None,
    limit: int,
) -> Keys:
    entries = _among(marks) if marks else Entry
    conditions = [_before(entries, place)] if place else []
    if chosen.language:
        conditions.append(entries.language == chosen.language)
    if chosen.feed_id:
        conditions.append(entries.feed_id == chosen.feed_id)
    if marks and not chosen.duplicates:
        conditions.append(_folded(entries, marks))
    if marks and scope:
        conditions.append(entries.source_id.in_(scope.source_ids))
    if not (marks or scope or chosen.duplicates):
        conditions.append(FIRSTS)
    keys = select(entries.id, entries.published_at, entries.duplicate_of).where(*conditions)
    if marks or not scope:
        return newest_first(keys, entries).limit(limit)
    source_ids = sorted(scope.source_ids)
    if len(source_ids) < 2:
        return newest_first(keys.where(Entry.source_id.in_(source_ids))).limit(limit)
    if session.get_bind().dialect.name == "postgresql":
        return _lateral(keys, source_ids, limit)
    return _merged(keys, source_ids, limit)


def _copies(session: Session, rows: Sequence[AnyRow], scope: _Scope) -> set[int]:
    """Those of `rows` that are copies of an entry which the same list shows.

    A list that is narrowed to some sources must not miss what another one published first. Looked
    up after the fact: as a condition it would make the database read a source that only copies
    from its beginning to its end.
    """
    groups = {row.duplicate_of for row in rows if row.duplicate_of}
    if not groups:
        return set()
    group = func.coalesce(Entry.duplicate_of, Entry.id).label("first")
    members = session.execute(
        select(Entry.id, Entry.source_id, Entry.feed_id, group).where(
            or_(Entry.id.in_(groups), Entry.duplicate_of.in_(groups))
        )
    )
    shown: dict[int, int] = {}
    for member in sorted(members, key=lambda each: (each.id != each.first, each.id)):
        if member in scope:
            shown.setdefault(member.first, member.id)
    return {row.id for row in rows if row.duplicate_of and shown.get(row.duplicate_of) != row.id}


def _marks(session: Session, chosen: EntryFilter, reader: int | None) -> list[Select[int]]:
    """The ids of what a reader tagged or starred, as far as the filter asks for it."""
    if chosen.tag is None and not chosen.starred:
        return []
    if reader is None:
        raise InvalidInput("error.sign_in_needed", "tags and stars belong to a reader")
    marks = []
    if chosen.tag is not None:
        tag_id = _tag_id(session, reader, chosen.tag)
        marks.append(select(EntryTag.entry_id).where(EntryTag.tag_id == tag_id))
    if chosen.starred:
        marks.append(select(Star.entry_id).where(Star.user_id == reader))
    return marks


def _among(marks: Sequence[Select[int]]) -> type[Entry]:
    """The marked entries, looked up by their ids before anything else is asked of them."""
    columns = (
        Entry.id,
        Entry.published_at,
        Entry.source_id,
        Entry.feed_id,
        Entry.language,
        Entry.duplicate_of,
    )
    marked = select(*columns).where(*(Entry.id.in_(mark) for mark in marks)).cte("marked")
    return aliased(Entry, marked.prefix_with("MATERIALIZED"))


def _scope(session: Session, chosen: EntryFilter) -> _Scope | None:
    """Which sources a list is narrowed to; None where it shows all."""
    if not (chosen.source or chosen.country or chosen.feed_id):
        return None
    sources = select(Source.id)
    if chosen.source:
        sources = sources.where(Source.slug == chosen.source)
    if chosen.country:
        sources = sources.where(Source.country == chosen.country)
    if chosen.feed_id:
        of_feed = select(Feed.source_id).where(Feed.id == chosen.feed_id)
        sources = sources.where(Source.id.in_(of_feed))
    ids = frozenset(session.execute(sources).scalars())
    if not ids:
        _require_named(session, chosen)
    return _Scope(ids, chosen.feed_id)


def _require_named(session: Session, chosen: EntryFilter) -> None:
    """A filter that matches nothing is fine, one that names what does not exist is not."""
    source = select(Source.id).where(Source.slug == chosen.source)
    if chosen.source and session.execute(source).first() is None:
        raise NotFound("source", chosen.source)
    if chosen.feed_id and session.get(Feed, chosen.feed_id) is None:
        raise NotFound("feed", chosen.feed_id)


def _tag_id(session: Session, reader: int, name: str) -> int:
    tag_id = session.execute(
        select(Tag.id).where(Tag.user_id == reader, Tag.name_key == tag_key(name))
    ).scalar_one_or_none()
    if tag_id is None:
        raise NotFound("tag", name)
    return tag_id


def _folded(entries: type[Entry], marks: Sequence[Select[int]]) -> ColumnElement[bool]:
    """Hides a copy only where the entry that it is a copy of carries the marks too."""
    first_is_marked = and_(*(entries.duplicate_of.in_(mark) for mark in marks))
    return or_(entries.duplicate_of.is_(None), ~first_is_marked)


def _merged(
    keys: AnySelect, source_ids: Sequence[int], limit: int
) -> CompoundSelect[*tuple[Any, ...]]:
    """One run of the index per source; SQLite merges them row by row, and stops at the limit."""
    runs = (keys.where(Entry.source_id == id_) for id_ in source_ids)
    return union_all(*runs).order_by(desc("published_at"), desc("id")).limit(limit)


def _lateral(keys: AnySelect, source_ids: Sequence[int], limit: int) -> AnySelect:
    """A screenful of each source, then of all: PostgreSQL does not merge runs with conditions."""
    wanted = select(Source.id).where(Source.id.in_(source_ids)).subquery("wanted")
    of_one = newest_first(keys.where(Entry.source_id == wanted.c.id)).limit(limit).lateral("run")
    runs = select(*of_one.c).select_from(wanted).join(of_one, true())
    return runs.order_by(of_one.c.published_at.desc(), of_one.c.id.desc()).limit(limit)


def newest_first(statement: AnySelect, entries: type[Entry] = Entry) -> AnySelect:
    """In the order of lists."""
    return statement.order_by(entries.published_at.desc(), entries.id.desc())


def before(place: Place) -> ColumnElement[bool]:
    """What comes after a place in a list: the older entries."""
    return _before(Entry, place)


def after(place: Place) -> ColumnElement[bool]:
    """What comes before a place in a list: the newer entries."""
    return tuple_(Entry.published_at, Entry.id) > tuple_(*_at(place))


def _before(entries: type[Entry], place: Place) -> ColumnElement[bool]:
    return tuple_(entries.published_at, entries.id) < tuple_(*_at(place))


def _at(place: Place) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    return (
        literal(place.published_at, Entry.published_at.type),
        literal(place.id, Entry.id.type),
    )

"""Entries in the order of their arrival (that of their ids), for programs that keep copies.

A list is the union of parts: sources, topics, stars, tags, entries by id. Each part yields its
next entries from an index in that order, so that a page of ten thousand of a million costs what it
shows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import merge
from itertools import islice
from operator import itemgetter
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from aggregator.storage.entries.latest import latest_entry_id
from aggregator.storage.listing.arrivals_sql import ArrivalShape, Scan, arrivals_statement
from aggregator.storage.listing.duplicates import find_duplicates, shown_duplicates
from aggregator.storage.models import Entry, Source, TopicEntry
from aggregator.storage.models.base import table
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import in_list
from aggregator.types.limits import MAX_ID

# Ids in the first window in which several sources are read, for each entry that is wanted; each
# further window has more.
WINDOW = 4
WINDOW_GROWTH = 4

_BY_ID = itemgetter(0)
_ENTRIES, _MEMBERS, _SOURCES = table(Entry).c, table(TopicEntry).c, table(Source).c


@dataclass(frozen=True, slots=True)
class OfSources:
    """The entries of sources."""

    ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class OfTopic:
    """The entries of a topic with ids above `above`."""

    id: int
    above: int = 0


@dataclass(frozen=True, slots=True)
class Starred:
    """The entries that the reader starred."""


@dataclass(frozen=True, slots=True)
class Tagged:
    """The entries with a tag of the reader."""

    id: int


@dataclass(frozen=True, slots=True)
class Listed:
    """These entries."""

    ids: tuple[int, ...]


Part = OfSources | OfTopic | Starred | Tagged | Listed


@dataclass(frozen=True, slots=True)
class Bounds:
    """Which ids, and in which order."""

    above: int = 0
    up_to: int = MAX_ID
    oldest_first: bool = False

    def after(self, id_: int) -> Bounds:
        """The rest behind the entry `id_`."""
        return replace(self, above=id_) if self.oldest_first else replace(self, up_to=id_ - 1)


class Arrival(NamedTuple):
    """An entry, as far as finding it looks at it."""

    id: int
    source_id: int
    duplicate_of: int | None


def find_arrivals(
    session: Session,
    reader: int,
    parts: Sequence[Part],
    bounds: Bounds,
    limit: int,
    *,
    unread: bool = False,
) -> list[Arrival]:
    """The first `limit` entries of the union of `parts` within the bounds, duplicates included.

    `unread`: only those that `reader` has not read.
    """
    found = (_rows(session, reader, part, bounds, limit, unread) for part in parts)
    rows = merge(*found, key=_BY_ID, reverse=not bounds.oldest_first)
    return list(islice(_unique(rows), limit))


def members_among(
    session: Session, reader: int, parts: Sequence[Part], ids: Collection[int]
) -> set[int]:
    """Those of the entries `ids` that are in any of `parts`."""
    found: set[int] = set()
    for part in parts:
        if isinstance(part, Listed):
            found |= set(ids).intersection(part.ids)
        elif ids:
            scan, values = _scan_of(part)
            shape = ArrivalShape(dialect_of(session), scan, among=True)
            values |= {"reader": reader, "ids": ids}
            rows = session.execute(arrivals_statement(shape), values)
            above = part.above if isinstance(part, OfTopic) else 0
            found |= {id_ for id_, _, _ in rows if id_ > above}
    return found


def fold(
    session: Session,
    reader: int,
    parts: Sequence[Part],
    arrivals: Sequence[Arrival],
    hidden_sources: Collection[int] = (),
) -> list[Arrival]:
    """`arrivals` without duplicates of an entry that the same list shows."""
    groups = {each.duplicate_of for each in arrivals if each.duplicate_of}
    if not groups:
        return list(arrivals)
    duplicates = find_duplicates(session, groups)
    sources = {id_ for part in parts if isinstance(part, OfSources) for id_ in part.ids}
    others = [part for part in parts if not isinstance(part, OfSources)]
    ids = [each.id for each in duplicates if each.source_id not in sources]
    members = members_among(session, reader, others, ids)
    shown = shown_duplicates(
        duplicates,
        lambda each: (
            each.source_id not in hidden_sources
            and (each.source_id in sources or each.id in members)
        ),
    )
    return [
        each
        for each in arrivals
        if not each.duplicate_of or shown.get(each.duplicate_of, each.id) == each.id
    ]


def latest_of_topic(session: Session, topic_id: int, count: int) -> OfTopic:
    """The `count` entries that arrived last in a topic."""
    last = (
        select(_MEMBERS.entry_id)
        .where(_MEMBERS.topic_id == topic_id)
        .order_by(_MEMBERS.entry_id.desc())
        .offset(count)
        .limit(1)
    )
    return OfTopic(topic_id, session.execute(last).scalar_one_or_none() or 0)


def latest_of_sources(session: Session, source_ids: Collection[int]) -> dict[int, int]:
    """The id of the entry that arrived last, by source; sources without entries have none."""
    latest = (
        select(func.max(_ENTRIES.id))
        .where(_ENTRIES.source_id == _SOURCES.id)
        .correlate(table(Source))
        .scalar_subquery()
    )
    listed = in_list(_SOURCES.id, "sources", dialect_of(session))
    rows = session.execute(select(_SOURCES.id, latest).where(listed), {"sources": source_ids})
    return {source_id: id_ for source_id, id_ in rows if id_ is not None}


# --- parts -----------------------------------------------------------------------------------


def _rows(
    session: Session, reader: int, part: Part, bounds: Bounds, limit: int, unread: bool
) -> list[Arrival]:
    """The first `limit` entries of a part, in order."""
    scan, values = _scan_of(part)
    values["reader"] = reader
    shape = ArrivalShape(dialect_of(session), scan, bounds.oldest_first)
    if not isinstance(part, OfSources):
        if isinstance(part, OfTopic):
            bounds = replace(bounds, above=max(bounds.above, part.above))
        return _execute(session, shape._replace(unread=unread), values, bounds, limit)
    if not part.ids:
        return []
    if not unread:
        return _in_windows(session, shape, values, bounds, limit)
    above = _in_windows(session, shape._replace(scan="above"), values, bounds, limit)
    kept = _execute(session, shape._replace(scan="kept"), values, bounds, limit)
    return list(merge(above, kept, key=_BY_ID, reverse=not bounds.oldest_first))[:limit]


def _scan_of(part: Part) -> tuple[Scan, dict[str, object]]:
    match part:
        case OfSources(ids):
            return "sources", {"sources": ids}
        case OfTopic(id_):
            return "topic", {"topic": id_}
        case Tagged(id_):
            return "tagged", {"tag": id_}
        case Listed(listed):
            return "listed", {"ids": listed}
        case Starred():
            return "starred", {}


def _in_windows(
    session: Session, shape: ArrivalShape, values: dict[str, object], bounds: Bounds, limit: int
) -> list[Arrival]:
    """Read one window of ids after the other, so that only what they hold is sorted."""
    found: list[Arrival] = []
    for window in _windows(bounds, latest_entry_id(session), limit * WINDOW):
        found += _execute(session, shape, values, window, limit - len(found))
        if len(found) >= limit:
            break
    return found


def _windows(bounds: Bounds, latest: int, length: int) -> Iterator[Bounds]:
    above, up_to = bounds.above, min(bounds.up_to, latest)
    while above < up_to:
        if bounds.oldest_first:
            end = min(above + length, up_to)
            yield Bounds(above, end, oldest_first=True)
            above = end
        else:
            start = max(up_to - length, above)
            yield Bounds(start, up_to)
            up_to = start
        length *= WINDOW_GROWTH


def _execute(
    session: Session, shape: ArrivalShape, values: dict[str, object], bounds: Bounds, limit: int
) -> list[Arrival]:
    values = values | {"above": bounds.above, "up_to": bounds.up_to, "limit": limit}
    return list(map(Arrival._make, session.execute(arrivals_statement(shape), values).all()))


def _unique(rows: Iterator[Arrival]) -> Iterator[Arrival]:
    """Entries of several parts once; they come one after the other."""
    last = 0
    for row in rows:
        if row.id != last:
            yield row
        last = row.id

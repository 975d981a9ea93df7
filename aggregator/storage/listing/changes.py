"""Read what publishers changed, the latest change first, and count it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, exists, func, or_, select, tuple_
from sqlalchemy.orm import Session

from aggregator.storage.listing.revisions import former_rows, former_texts, text_of
from aggregator.storage.listing.summaries import find_details
from aggregator.storage.models import Entry, EntryRevision, TopicEntry, TopicRow
from aggregator.storage.models.base import UtcTime, table
from aggregator.storage.sql.cursors import Position
from aggregator.types import CHANGE_SIZES, ChangeSize, SeenChange

_REVISIONS, _ENTRIES = table(EntryRevision), table(Entry)
_ORIGINALS = _ENTRIES.alias("originals")
_C = _REVISIONS.c
_MEMBERS, _TOPICS = table(TopicEntry).c, table(TopicRow).c
_TIME = UtcTime()
_SIZES = tuple(enumerate(CHANGE_SIZES, 1))


class ChangeScope(NamedTuple):
    """Which changes to list or to count; None means "any"."""

    start: datetime
    end: datetime
    size: ChangeSize | None = None
    """The least size."""
    announced: bool = False
    """Whether to include what publishers said that they changed."""
    source_id: int | None = None
    topic_id: int | None = None


class ChangeCount(NamedTuple):
    """How many changes of a size a source has."""

    source_id: int
    size: ChangeSize
    total: int


def find_changes(
    session: Session, scope: ChangeScope, after: Position | None, limit: int
) -> list[Position]:
    """The times and entries of up to `limit` changes after a position, the latest first."""
    shape = (scope.source_id is None, scope.topic_id is None, scope.announced)
    statement = _keys(*shape, after is None)
    values = _parameters(scope) | {"limit": limit}
    if after is not None:
        values |= {"at": after.published_at, "at_id": after.id}
    return [Position(*row) for row in session.execute(statement, values)]


def read_changes(session: Session, keys: Sequence[Position]) -> tuple[SeenChange, ...]:
    """The changes at these positions, with the texts before and after.

    Without those that retention has deleted meanwhile, and those that cannot be read any more.
    """
    ids = list(dict.fromkeys(key.id for key in keys))
    entries = {entry.summary.id: entry for entry in find_details(session, ids)}
    former = former_rows(session, entries) if entries else {}
    texts = {id_: former_texts(former[id_], text_of(entries[id_])) for id_ in former}
    found: list[SeenChange] = []
    for seen_at, id_ in ((key.published_at, key.id) for key in keys):
        row = next((row for row in former.get(id_, ()) if row.seen_at == seen_at), None)
        if row is None or row.number not in texts[id_]:
            continue
        before, after = texts[id_][row.number], texts[id_][row.number + 1]
        found.append(
            SeenChange(entries[id_].summary, row.number + 1, seen_at, row.change, before, after)
        )
    return tuple(found)


def count_changes(session: Session, scope: ChangeScope) -> list[ChangeCount]:
    """Count the changes of `scope` by source and size."""
    statement = _by_source(scope.source_id is None, scope.topic_id is None, scope.announced)
    rows = session.execute(statement, _parameters(scope))
    return [ChangeCount(source, CHANGE_SIZES[size - 1], total) for source, size, total in rows]


def count_by_topic(session: Session, scope: ChangeScope) -> dict[int, int]:
    """Count the changes of `scope` in each published topic, by its id."""
    rows = session.execute(_by_topic(scope.source_id is None, scope.announced), _parameters(scope))
    return {row.topic_id: row.total for row in rows}


def _parameters(scope: ChangeScope) -> dict[str, Any]:
    least = next((number for number, size in _SIZES if size == scope.size), 1)
    return {
        "start": scope.start, "end": scope.end, "source": scope.source_id,
        "topic": scope.topic_id, "least": least,
    }  # fmt: skip


@lru_cache
def _keys(any_source: bool, any_topic: bool, announced: bool, from_start: bool) -> Select[Any]:
    statement = _scoped(select(_C.seen_at, _C.entry_id), any_source, any_topic, announced)
    if not from_start:
        position = tuple_(bindparam("at", type_=_TIME), bindparam("at_id"))
        statement = statement.where(tuple_(_C.seen_at, _C.entry_id) < position)
    return statement.order_by(_C.seen_at.desc(), _C.entry_id.desc()).limit(bindparam("limit"))


@lru_cache
def _by_source(any_source: bool, any_topic: bool, announced: bool) -> Select[Any]:
    counted = _scoped(select(_C.source_id, _C.size, func.count()), any_source, any_topic, announced)
    return counted.group_by(_C.source_id, _C.size)


@lru_cache
def _by_topic(any_source: bool, announced: bool) -> Select[Any]:
    counted = _scoped(
        select(_MEMBERS.topic_id, func.count().label("total")), any_source, True, announced
    )
    joined = counted.where(
        _MEMBERS.entry_id == _C.entry_id,
        _TOPICS.id == _MEMBERS.topic_id,
        _TOPICS.state == "published",
    )
    return joined.group_by(_MEMBERS.topic_id)


def _scoped(
    statement: Select[Any], any_source: bool, any_topic: bool, announced: bool
) -> Select[Any]:
    """The changes of a scope; of an article in several feeds of one source, those of the first."""
    statement = statement.select_from(
        _REVISIONS.join(_ENTRIES, _ENTRIES.c.id == _C.entry_id).outerjoin(
            _ORIGINALS, _ORIGINALS.c.id == _ENTRIES.c.duplicate_of
        )
    ).where(
        _C.seen_at >= bindparam("start", type_=_TIME),
        _C.seen_at < bindparam("end", type_=_TIME),
        _C.size >= bindparam("least"),
        or_(_ORIGINALS.c.id.is_(None), _ORIGINALS.c.source_id != _C.source_id),
    )
    if not any_source:
        statement = statement.where(_C.source_id == bindparam("source"))
    if not announced:
        statement = statement.where(_C.silent)
    if not any_topic:
        # Not IN: SQLite would look up every entry that was ever in the topic.
        statement = statement.where(
            exists().where(
                _MEMBERS.topic_id == bindparam("topic"), _MEMBERS.entry_id == _C.entry_id
            )
        )
    return statement

"""Which entries a list shows: from a filter to the keys of a screenful, in order.

A list of everything, or of one source, follows an index in its own order. A list of several
sources reads the index of each, a stretch of time at once, so that neither a country with two quiet
sources nor one with seventy makes the database sort a table. A topic has an index of its own. What
is marked (starred, tagged) or unread and few is looked up and sorted. What cannot be a condition
(copies within some sources, stories, muted words) is hidden after it was found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, func, or_, select
from sqlalchemy.orm import Session

from aggregator.errors import InvalidInput, NotFound
from aggregator.storage.listing.filters import (
    MuteFilter,
    SourceScope,
    all_source_ids,
    load_mute_filter,
    resolve_scope,
)
from aggregator.storage.listing.sql import QueryShape, count_above_marks, keys_statement
from aggregator.storage.listing.story_members import hidden_by_story
from aggregator.storage.models import Tag, TopicRow
from aggregator.storage.models.base import table
from aggregator.storage.readers.read_state import ENTRIES
from aggregator.storage.readers.tags import tag_key
from aggregator.storage.sql.cursors import Position
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import in_list
from aggregator.types import EntryFilter

AnyRow = Row[*tuple[Any, ...]]

BATCH_GROWTH = 3
MAX_BATCH = 2000
MAX_ROWS_SCANNED = 10_000
"""Rows that one screenful may cost; a list that hides more goes on with the next screenful."""
MAX_SORTED_UNREAD = 2000
"""So many unread entries are looked up and sorted; more are met soon by walking the list."""
SCAN_SPANS = tuple(timedelta(hours=6 * 4**step) for step in range(6))
"""How much of several sources is read at once, until there is enough; then all the rest."""


@dataclass(frozen=True, slots=True)
class KeyPage:
    """Keys of a list, in its order. `rest`: where to go on, had it to stop before it had enough."""

    places: list[Position]
    rest: Position | None = None


@dataclass(frozen=True, slots=True)
class _ListPlan:
    """A filter with everything that had to be looked up to apply it."""

    shape: QueryShape
    values: dict[str, Any]
    """The parameters of the statements."""
    scope: SourceScope | None = None
    folding: SourceScope | None = None
    """Within what copies are hidden after they were found; None: the statement does it."""
    muting: MuteFilter = field(default_factory=MuteFilter)
    stories: bool = False
    """Whether entries of a story are hidden but for one."""
    unread_of: int | None = None
    """The reader whose unread entries these are."""


def find_keys(
    session: Session,
    chosen: EntryFilter,
    reader: int | None,
    place: Position | None,
    limit: int,
    *,
    newer: bool = False,
    until: Position | None = None,
) -> KeyPage:
    """The first `limit` entries after `place` that a list shows, in order, down to `until`.

    With `newer` those before it, the nearest first. Raises NotFound for an unknown source, feed or
    tag, InvalidInput for what only a reader has.
    """
    wanted = replace(
        _plan(session, chosen, reader, place, newer),
        stories=chosen.stories,
        unread_of=reader if chosen.unread else None,
    )
    shown: list[Position] = []
    if wanted.scope is not None and not wanted.scope.source_ids:
        return KeyPage(shown)
    looked_at = 0
    hiding = wanted.folding or wanted.muting.hides_title or chosen.stories
    batch = limit * 3 // 2 + 3 if hiding else limit
    while True:
        rows = _rows(session, wanted, place, batch)
        if until is not None:
            rows = [row for row in rows if (row.published_at, row.id) >= _key(until)]
        shown += _visible(session, wanted, rows)
        looked_at += len(rows)
        if len(rows) < batch or len(shown) >= limit:
            return KeyPage(shown[:limit])
        place = Position(rows[-1].published_at, rows[-1].id)
        if looked_at >= MAX_ROWS_SCANNED:
            return KeyPage(shown, place)
        batch = min(batch * BATCH_GROWTH, MAX_BATCH)


def _key(place: Position) -> tuple[datetime, int]:
    return place.published_at, place.id


# --- from a filter to statements -------------------------------------------------------------


def _plan(
    session: Session, chosen: EntryFilter, reader: int | None, place: Position | None, newer: bool
) -> _ListPlan:
    if chosen.unread and reader is None:
        raise InvalidInput("error.sign_in_needed", "only a reader has read something")
    values: dict[str, Any] = {"reader": reader} if reader is not None else {}
    shape = QueryShape(
        dialect_of(session),
        "all",
        language=bool(chosen.language),
        feed=bool(chosen.feed_id),
        unread=chosen.unread,
        newer=newer,
    )
    values |= {"language": chosen.language} if chosen.language else {}
    values |= {"feed": chosen.feed_id} if chosen.feed_id else {}
    if chosen.topic is None and (chosen.tag is not None or chosen.starred):
        return _plan_marked(session, chosen, reader, shape, values)
    muting = load_mute_filter(session, chosen, reader)
    scope = resolve_scope(session, chosen, reader, muting)
    if chosen.topic is not None:
        return _plan_topic(session, chosen, scope, muting, shape, values)
    if scope is None and not chosen.unread:
        return _ListPlan(
            shape._replace(originals_only=not chosen.duplicates), values, muting=muting
        )
    return _plan_sources(session, chosen, scope, muting, shape, values, place)


def _plan_marked(
    session: Session,
    chosen: EntryFilter,
    reader: int | None,
    shape: QueryShape,
    values: dict[str, Any],
) -> _ListPlan:
    """What a reader tagged or starred."""
    if reader is None:
        raise InvalidInput("error.sign_in_needed", "tags and stars belong to a reader")
    if chosen.tag is not None:
        values["tag"] = _tag_id(session, reader, chosen.tag)
    scope = resolve_scope(session, chosen, reader)
    if scope is not None:
        values["sources"] = scope.source_ids
    shape = shape._replace(
        scan="marked",
        narrowed=scope is not None,
        folded=not chosen.duplicates,
        tag=chosen.tag is not None,
        starred=chosen.starred,
    )
    return _ListPlan(shape, values, scope)


def _plan_topic(
    session: Session,
    chosen: EntryFilter,
    scope: SourceScope | None,
    muting: MuteFilter,
    shape: QueryShape,
    values: dict[str, Any],
) -> _ListPlan:
    """What is in a published topic, as far as the filter allows."""
    if chosen.tag is not None or chosen.starred:
        raise InvalidInput("error.bad_request", "topic: not together with tag or starred")
    values["topic"] = _topic_id(session, chosen.topic or "", drafts=chosen.drafts)
    if scope is not None:
        values["sources"] = scope.source_ids
    shape = shape._replace(scan="topic", narrowed=scope is not None, folded=not chosen.duplicates)
    return _ListPlan(shape, values, scope, muting=muting)


def _plan_sources(
    session: Session,
    chosen: EntryFilter,
    scope: SourceScope | None,
    muting: MuteFilter,
    shape: QueryShape,
    values: dict[str, Any],
    place: Position | None,
) -> _ListPlan:
    """The entries of some sources, or what is unread of them."""
    everything = scope is None
    scope = scope or SourceScope(all_source_ids(session))
    folding = None if everything or chosen.duplicates else scope
    shape = shape._replace(originals_only=everything and not chosen.duplicates)
    values["sources"] = scope.source_ids
    if chosen.unread and _has_few_unread(session, shape, values, place):
        shape = shape._replace(scan="above", unread=False)
    elif len(scope.source_ids) == 1:
        (values["source"],) = scope.source_ids
        shape = shape._replace(scan="source")
    elif scope.without and not chosen.unread:
        values["without"] = scope.without
        shape = shape._replace(without=True)
    else:
        shape = shape._replace(scan="sources")
    return _ListPlan(shape, values, scope, folding, muting)


def _has_few_unread(
    session: Session, shape: QueryShape, values: dict[str, Any], place: Position | None
) -> bool:
    """Counted from the place on: before it there may be many that the walk would never meet."""
    counted = count_above_marks(
        QueryShape(shape.dialect, "above", newer=shape.newer, after_position=place is not None)
    )
    found = session.execute(counted, values | _at(place) | {"limit": MAX_SORTED_UNREAD + 1})
    return bool(found.scalar_one() <= MAX_SORTED_UNREAD)


def _at(place: Position | None) -> dict[str, Any]:
    return {"at": place.published_at, "at_id": place.id} if place else {}


def _tag_id(session: Session, reader: int, name: str) -> int:
    tags = table(Tag).c
    tag_id = session.execute(
        select(tags.id).where(tags.user_id == reader, tags.name_key == tag_key(name))
    ).scalar_one_or_none()
    if tag_id is None:
        raise NotFound("tag", name)
    return int(tag_id)


def _topic_id(session: Session, slug: str, *, drafts: bool) -> int:
    topics = table(TopicRow).c
    wanted = select(topics.id).where(topics.slug == slug)
    if not drafts:
        wanted = wanted.where(topics.state == "published")
    topic_id = session.execute(wanted).scalar_one_or_none()
    if topic_id is None:
        raise NotFound("topic", slug)
    return int(topic_id)


# --- one batch -------------------------------------------------------------------------------


def _rows(
    session: Session, wanted: _ListPlan, place: Position | None, limit: int
) -> Sequence[AnyRow]:
    """Up to `limit` rows after `place`; fewer only where the list ends."""
    if wanted.shape.scan == "sources":
        return _fetch_by_time_span(session, wanted, place, limit)
    if wanted.shape.scan == "above":
        return _fetch_few_unread(session, wanted, place, limit)
    return _run(session, wanted, wanted.shape, place, limit)


def _run(
    session: Session,
    wanted: _ListPlan,
    shape: QueryShape,
    place: Position | None,
    limit: int,
    end: datetime | None = None,
) -> Sequence[AnyRow]:
    values = wanted.values | _at(place) | {"limit": limit}
    if end is not None:
        values["end"] = end
    shape = shape._replace(after_position=place is not None, until_end=end is not None)
    return session.execute(keys_statement(shape), values).all()


def _fetch_few_unread(
    session: Session, wanted: _ListPlan, place: Position | None, limit: int
) -> Sequence[AnyRow]:
    shape = wanted.shape
    rows = [*_run(session, wanted, shape, place, limit)]
    rows += _run(session, wanted, shape._replace(scan="kept"), place, limit)
    rows.sort(key=lambda row: (row.published_at, row.id), reverse=not shape.newer)
    return rows[:limit]


def _fetch_by_time_span(
    session: Session, wanted: _ListPlan, place: Position | None, limit: int
) -> Sequence[AnyRow]:
    """The index of each source from `place` on, one stretch of time after the other."""
    newer = wanted.shape.newer
    start = place.published_at if place else session.execute(_NEWEST).scalar_one()
    rows: list[AnyRow] = []
    for length in SCAN_SPANS if start else ():
        end = start + length if newer else start - length
        rows += _run(session, wanted, wanted.shape, place, limit - len(rows), end)
        if len(rows) >= limit:
            return rows
        place = Position(end, 2**31 - 1 if newer else 0)
    rows += _run(session, wanted, wanted.shape, place, limit - len(rows))
    return rows


_NEWEST = select(func.max(ENTRIES.c.published_at))


# --- what is hidden --------------------------------------------------------------------------


def _visible(session: Session, wanted: _ListPlan, rows: Sequence[AnyRow]) -> list[Position]:
    """What is left of the rows without copies, what a story says already, and muted words."""
    hidden = _hidden_duplicates(session, rows, wanted.folding) if wanted.folding else set()
    if wanted.stories:
        left = [row.id for row in rows if row.id not in hidden]
        language = wanted.values.get("language")
        hidden |= hidden_by_story(session, left, wanted.scope, language, wanted.unread_of)
    if wanted.muting.hides_title:
        hidden |= _muted_ids(
            session, [row.id for row in rows if row.id not in hidden], wanted.muting
        )
    return [Position(row.published_at, row.id) for row in rows if row.id not in hidden]


def _muted_ids(session: Session, ids: Sequence[int], muting: MuteFilter) -> set[int]:
    columns = ENTRIES.c.id, ENTRIES.c.title
    titles = select(*columns).where(in_list(ENTRIES.c.id, "ids", dialect_of(session)))
    rows = session.execute(titles, {"ids": ids})
    return {id_ for id_, title in rows if muting.hides_title and muting.hides_title(title)}


def _hidden_duplicates(session: Session, rows: Sequence[AnyRow], scope: SourceScope) -> set[int]:
    """Those of `rows` that are copies of an entry which the same list shows.

    A list that is narrowed to some sources must not miss what another one published first. Looked
    up after the fact: as a condition it would make the database read a source that only copies
    from its beginning to its end.
    """
    groups = {row.duplicate_of for row in rows if row.duplicate_of}
    if not groups:
        return set()
    shown: dict[int, int] = {}
    members = session.execute(_duplicate_groups(dialect_of(session)), {"ids": groups})
    for member in sorted(members, key=lambda each: (each.id != each.first, each.id)):
        if member in scope:
            shown.setdefault(member.first, member.id)
    return {row.id for row in rows if row.duplicate_of and shown.get(row.duplicate_of) != row.id}


@cache
def _duplicate_groups(dialect: str) -> Select[*tuple[Any, ...]]:
    """All entries that tell the same as the first ones among "ids"."""
    columns = ENTRIES.c
    group = func.coalesce(columns.duplicate_of, columns.id).label("first")
    return select(columns.id, columns.source_id, columns.feed_id, group).where(
        or_(in_list(columns.id, "ids", dialect), in_list(columns.duplicate_of, "ids", dialect))
    )

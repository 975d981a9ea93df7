"""Which entries a list shows: from a filter to the keys of a page, in order.

A list of everything, or of one source, follows an index in its own order. A list of several
sources reads the index of each, one span of time after the other, so that neither a country with
two quiet sources nor one with seventy makes the database sort a table. A topic has an index of its
own. Starred, tagged and few unread entries are looked up and sorted. What cannot be a condition
(duplicates within some sources, stories, muted words) is hidden afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, func, or_, select
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
from aggregator.storage.sql.cursors import Position
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import in_list
from aggregator.text.tag_key import tag_key
from aggregator.types import EntryFilter

BATCH_GROWTH = 3
MAX_BATCH = 2000
# Maximum rows to read for a page; a list that hides more continues on the next page.
MAX_ROWS_SCANNED = 10_000
# Maximum unread entries to look up and sort; if there are more, walking the list finds them soon.
MAX_SORTED_UNREAD = 2000
# Spans of time in which several sources are read, until there is enough; then all the rest.
SCAN_SPANS = tuple(timedelta(hours=6 * 4**step) for step in range(6))


Parameters = dict[str, object]
"""Of a statement, by name."""


class _Key(NamedTuple):
    """An entry, as far as finding the keys of a list looks at it."""

    id: int
    published_at: datetime
    duplicate_of: int | None

    @property
    def position(self) -> Position:
        """Its position in the list."""
        return Position(self.published_at, self.id)


class _Duplicate(NamedTuple):
    """One of several entries with the same article."""

    id: int
    source_id: int
    feed_id: int
    original_id: int


@dataclass(frozen=True, slots=True)
class KeyPage:
    """Keys of a list, in its order. `rest`: where to continue, if it stopped at the row limit."""

    positions: list[Position]
    rest: Position | None = None


@dataclass(frozen=True, slots=True)
class _ListPlan:
    """A filter with everything that had to be looked up to apply it."""

    shape: QueryShape
    values: Parameters
    scope: SourceScope | None = None
    fold_within: SourceScope | None = None
    """The scope in which duplicates are hidden afterwards; None if the statement does it."""
    mutes: MuteFilter = field(default_factory=MuteFilter)
    stories: bool = False
    """Whether one entry stands for all others of its story."""
    unread_of: int | None = None
    """The reader whose unread entries these are."""


def find_keys(
    session: Session,
    chosen: EntryFilter,
    reader: int | None,
    position: Position | None,
    limit: int,
    *,
    newer: bool = False,
    until: Position | None = None,
) -> KeyPage:
    """The first `limit` entries after `position` that a list shows, in order, down to `until`.

    With `newer`, those before it, the nearest first. Raises NotFound for an unknown source, feed
    or tag, InvalidInput for a filter that needs a reader.
    """
    plan = replace(
        _plan(session, chosen, reader, position, newer),
        stories=chosen.stories,
        unread_of=reader if chosen.unread else None,
    )
    shown: list[Position] = []
    if plan.scope is not None and not plan.scope.source_ids:
        return KeyPage(shown)
    scanned = 0
    hides = plan.fold_within or plan.mutes.hides_title or chosen.stories
    batch = limit * 3 // 2 + 3 if hides else limit
    while True:
        keys = _fetch(session, plan, position, batch)
        if until is not None:
            end = until.published_at, until.id
            keys = [key for key in keys if (key.published_at, key.id) >= end]
        shown += _visible(session, plan, keys)
        scanned += len(keys)
        if len(keys) < batch or len(shown) >= limit:
            return KeyPage(shown[:limit])
        position = keys[-1].position
        if scanned >= MAX_ROWS_SCANNED:
            return KeyPage(shown, position)
        batch = min(batch * BATCH_GROWTH, MAX_BATCH)


# --- from a filter to statements -------------------------------------------------------------


def _plan(
    session: Session,
    chosen: EntryFilter,
    reader: int | None,
    position: Position | None,
    newer: bool,
) -> _ListPlan:
    if chosen.unread and reader is None:
        raise InvalidInput("error.sign_in_needed", "only a reader has read something")
    values: Parameters = {"reader": reader} if reader is not None else {}
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
    mutes = load_mute_filter(session, chosen, reader)
    scope = resolve_scope(session, chosen, reader, mutes)
    if chosen.topic is not None:
        return _plan_topic(session, chosen, scope, mutes, shape, values)
    if scope is None and not chosen.unread:
        return _ListPlan(shape._replace(originals_only=not chosen.duplicates), values, mutes=mutes)
    return _plan_sources(session, chosen, scope, mutes, shape, values, position)


def _plan_marked(
    session: Session,
    chosen: EntryFilter,
    reader: int | None,
    shape: QueryShape,
    values: Parameters,
) -> _ListPlan:
    """The entries that a reader tagged or starred."""
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
    mutes: MuteFilter,
    shape: QueryShape,
    values: Parameters,
) -> _ListPlan:
    """The entries of a topic."""
    if chosen.tag is not None or chosen.starred:
        raise InvalidInput("error.bad_request", "topic: not together with tag or starred")
    values["topic"] = _topic_id(session, chosen.topic or "", drafts=chosen.drafts)
    if scope is not None:
        values["sources"] = scope.source_ids
    shape = shape._replace(scan="topic", narrowed=scope is not None, folded=not chosen.duplicates)
    return _ListPlan(shape, values, scope, mutes=mutes)


def _plan_sources(
    session: Session,
    chosen: EntryFilter,
    scope: SourceScope | None,
    mutes: MuteFilter,
    shape: QueryShape,
    values: Parameters,
    position: Position | None,
) -> _ListPlan:
    """The entries of some sources, all or unread."""
    everything = scope is None
    scope = scope or SourceScope(all_source_ids(session))
    fold_within = None if everything or chosen.duplicates else scope
    shape = shape._replace(originals_only=everything and not chosen.duplicates)
    values["sources"] = scope.source_ids
    if chosen.unread and _has_few_unread(session, shape, values, position):
        shape = shape._replace(scan="above", unread=False)
    elif len(scope.source_ids) == 1:
        (values["source"],) = scope.source_ids
        shape = shape._replace(scan="source")
    elif scope.without and not chosen.unread:
        values["without"] = scope.without
        shape = shape._replace(without=True)
    else:
        shape = shape._replace(scan="sources")
    return _ListPlan(shape, values, scope, fold_within, mutes)


def _has_few_unread(
    session: Session, shape: QueryShape, values: Parameters, position: Position | None
) -> bool:
    """Count from the position on: the walk would never meet the unread entries before it."""
    counted = count_above_marks(
        QueryShape(shape.dialect, "above", newer=shape.newer, after_position=position is not None)
    )
    found = session.execute(counted, values | _at(position) | {"limit": MAX_SORTED_UNREAD + 1})
    return bool(found.scalar_one() <= MAX_SORTED_UNREAD)


def _at(position: Position | None) -> Parameters:
    return {"at": position.published_at, "at_id": position.id} if position else {}


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


def _fetch(session: Session, plan: _ListPlan, position: Position | None, limit: int) -> list[_Key]:
    """Up to `limit` keys after `position`; fewer only at the end of the list."""
    if plan.shape.scan == "sources":
        return _fetch_by_time_span(session, plan, position, limit)
    if plan.shape.scan == "above":
        return _fetch_few_unread(session, plan, position, limit)
    return _execute(session, plan, plan.shape, position, limit)


def _execute(
    session: Session,
    plan: _ListPlan,
    shape: QueryShape,
    position: Position | None,
    limit: int,
    end: datetime | None = None,
) -> list[_Key]:
    values = plan.values | _at(position) | {"limit": limit}
    if end is not None:
        values["end"] = end
    shape = shape._replace(after_position=position is not None, until_end=end is not None)
    return list(map(_Key._make, session.execute(keys_statement(shape), values)))


def _fetch_few_unread(
    session: Session, plan: _ListPlan, position: Position | None, limit: int
) -> list[_Key]:
    shape = plan.shape
    keys = _execute(session, plan, shape, position, limit)
    keys += _execute(session, plan, shape._replace(scan="kept"), position, limit)
    keys.sort(key=lambda key: (key.published_at, key.id), reverse=not shape.newer)
    return keys[:limit]


def _fetch_by_time_span(
    session: Session, plan: _ListPlan, position: Position | None, limit: int
) -> list[_Key]:
    """Read the index of each source from `position` on, one span of time after the other."""
    newer = plan.shape.newer
    start = position.published_at if position else session.execute(_NEWEST).scalar_one()
    keys: list[_Key] = []
    for length in SCAN_SPANS if start else ():
        end = start + length if newer else start - length
        keys += _execute(session, plan, plan.shape, position, limit - len(keys), end)
        if len(keys) >= limit:
            return keys
        position = Position(end, 2**31 - 1 if newer else 0)
    keys += _execute(session, plan, plan.shape, position, limit - len(keys))
    return keys


_NEWEST = select(func.max(ENTRIES.c.published_at))


# --- what is hidden --------------------------------------------------------------------------


def _visible(session: Session, plan: _ListPlan, keys: Sequence[_Key]) -> list[Position]:
    """The positions of `keys` without duplicates, folded stories and muted titles."""
    hidden = _hidden_duplicates(session, keys, plan.fold_within) if plan.fold_within else set()
    if plan.stories:
        left = [key.id for key in keys if key.id not in hidden]
        language = str(plan.values["language"]) if plan.shape.language else None
        hidden |= hidden_by_story(session, left, plan.scope, language, plan.unread_of)
    if plan.mutes.hides_title:
        left = [key.id for key in keys if key.id not in hidden]
        hidden |= _with_muted_title(session, left, plan.mutes.hides_title)
    return [key.position for key in keys if key.id not in hidden]


def _with_muted_title(
    session: Session, ids: Sequence[int], hides_title: Callable[[str], bool]
) -> set[int]:
    columns = ENTRIES.c.id, ENTRIES.c.title
    titles = select(*columns).where(in_list(ENTRIES.c.id, "ids", dialect_of(session)))
    rows = session.execute(titles, {"ids": ids})
    return {id_ for id_, title in rows if hides_title(title)}


def _hidden_duplicates(session: Session, keys: Sequence[_Key], scope: SourceScope) -> set[int]:
    """The duplicates among `keys` of an entry that the same list shows.

    A list of some sources must not miss an article because another source published it first.
    Looked up afterwards: as a condition it would make the database read the whole of a source that
    only republishes.
    """
    groups = {key.duplicate_of for key in keys if key.duplicate_of}
    if not groups:
        return set()
    rows = session.execute(_duplicate_groups(dialect_of(session)), {"ids": groups})
    shown: dict[int, int] = {}
    for each in sorted(
        map(_Duplicate._make, rows), key=lambda each: (each.id != each.original_id, each.id)
    ):
        if each in scope:
            shown.setdefault(each.original_id, each.id)
    return {key.id for key in keys if key.duplicate_of and shown.get(key.duplicate_of) != key.id}


@cache
def _duplicate_groups(dialect: str) -> Select[*tuple[Any, ...]]:
    """All entries with the same article as one of the originals "ids"."""
    columns = ENTRIES.c
    original = func.coalesce(columns.duplicate_of, columns.id)
    return select(columns.id, columns.source_id, columns.feed_id, original).where(
        or_(in_list(columns.id, "ids", dialect), in_list(columns.duplicate_of, "ids", dialect))
    )

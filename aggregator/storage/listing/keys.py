"""Which entries a list shows: from a filter to the keys of a page, in order.

A list of everything, or of one source, follows an index in its own order. A list of several
sources reads the index of each, one span of time after the other, so that neither a country with
two quiet sources nor one with seventy makes the database sort a table. A topic has an index of its
own. Starred, tagged and few unread entries are looked up and sorted; many unread ones among all are
looked for in an index, so many entries at a time. What cannot be a condition
(duplicates within some sources, stories, muted words) is hidden afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from aggregator.storage.listing.beyond import hidden_by_beyond, members_among
from aggregator.storage.listing.duplicates import find_duplicates, shown_duplicates
from aggregator.storage.listing.plan import (
    ListPlan,
    Parameters,
    plan_list,
    position_parameters,
)
from aggregator.storage.listing.sql import QueryShape, keys_statement, window_end_statement
from aggregator.storage.listing.story_members import hidden_by_story
from aggregator.storage.readers.read_state import ENTRIES
from aggregator.storage.sql.cursors import Position
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import in_list
from aggregator.types import EntryFilter
from aggregator.types.limits import MAX_ID

BATCH_GROWTH = 3
MAX_BATCH = 2000
# Entries to try for each that is wanted, where any may be unread.
TRIED_FOR_UNREAD = 4
# Maximum rows to read for a page; a list that hides more continues on the next page.
MAX_ROWS_SCANNED = 10_000
# Spans of time in which several sources are read, until there is enough; then all the rest.
SCAN_SPANS = tuple(timedelta(hours=6 * 4**step) for step in range(6))


class _Key(NamedTuple):
    """An entry, as far as finding the keys of a list looks at it."""

    id: int
    published_at: datetime
    duplicate_of: int | None

    @property
    def position(self) -> Position:
        """Its position in the list."""
        return Position(self.published_at, self.id)


@dataclass(frozen=True, slots=True)
class KeyPage:
    """Keys of a list, in its order. `rest`: where to continue, if it stopped at the row limit."""

    positions: list[Position]
    rest: Position | None = None


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
        plan_list(session, chosen, reader, position, newer),
        stories=chosen.stories,
        unread_of=reader if chosen.unread else None,
    )
    shown: list[Position] = []
    if plan.scope is not None and not plan.scope.source_ids and not plan.beyond:
        return KeyPage(shown)
    scanned = 0
    hides = plan.fold_within or plan.mutes.hides_title or chosen.stories
    batch = limit * 3 // 2 + 3 if hides else limit
    while True:
        keys, rest, tried = _fetch(session, plan, position, batch)
        if until is not None:
            end = until.published_at, until.id
            rest = None if rest and (rest.published_at, rest.id) < end else rest
            keys = [key for key in keys if (key.published_at, key.id) >= end]
        shown += _visible(session, plan, keys)
        scanned += tried
        if rest is None or len(shown) >= limit:
            return KeyPage(shown[:limit])
        position = rest
        if scanned >= MAX_ROWS_SCANNED:
            return KeyPage(shown, position)
        batch = min(batch * BATCH_GROWTH, MAX_BATCH)


# --- one batch -------------------------------------------------------------------------------


class _Batch(NamedTuple):
    """Keys in the order of the list."""

    keys: list[_Key]
    rest: Position | None
    """Where to continue; None at the end of the list."""
    tried: int
    """Rows that were read for them, at least."""


def _fetch(session: Session, plan: ListPlan, position: Position | None, limit: int) -> _Batch:
    """Up to `limit` keys after `position`."""
    keys = _fetch_own(session, plan, position, limit)
    if plan.beyond:
        keys = _with_beyond(session, plan, position, limit, keys)
    if len(keys) >= limit:
        return _Batch(keys, keys[-1].position, len(keys))
    if plan.shape.windowed:
        end = _window_end(session, plan, position, limit)
        return _Batch(keys, end, TRIED_FOR_UNREAD * limit)
    return _Batch(keys, None, len(keys))


def _fetch_own(
    session: Session, plan: ListPlan, position: Position | None, limit: int
) -> list[_Key]:
    """The same without what stands in topics and stories only."""
    if plan.scope is not None and not plan.scope.source_ids:
        return []
    if plan.shape.scan == "sources":
        return _fetch_by_time_span(session, plan, position, limit)
    if plan.shape.scan == "above":
        return _fetch_few_unread(session, plan, position, limit)
    return _execute(session, plan.values, plan.shape, position, limit)


def _with_beyond(
    session: Session, plan: ListPlan, position: Position | None, limit: int, own: list[_Key]
) -> list[_Key]:
    """The first `limit` of `own` and of the entries of the topics and stories on the list.

    These are read down to the last of `own`, if there are enough.
    """
    end = own[-1].published_at if len(own) == limit else None
    keys = {key.id: key for key in own}
    for shape in plan.beyond_shapes:
        if end is None and shape.scan == "topics":
            topics = replace(plan, shape=shape, values=plan.beyond_values)
            found = _fetch_by_time_span(session, topics, position, limit)
        else:
            found = _execute(session, plan.beyond_values, shape, position, limit, end)
        keys |= {key.id: key for key in found}
    ordered = sorted(
        keys.values(), key=lambda key: (key.published_at, key.id), reverse=not plan.shape.newer
    )
    return ordered[:limit]


def _window_end(
    session: Session, plan: ListPlan, position: Position | None, limit: int
) -> Position | None:
    """The last entry that a statement tried; None if it tried all that were left."""
    window = {"window": TRIED_FOR_UNREAD * limit}
    values = plan.values | position_parameters(position) | window
    shape = plan.shape._replace(after_position=position is not None)
    row = session.execute(window_end_statement(shape), values).one_or_none()
    return Position(*row) if row else None


def _execute(
    session: Session,
    parameters: Parameters,
    shape: QueryShape,
    position: Position | None,
    limit: int,
    end: datetime | None = None,
) -> list[_Key]:
    values = parameters | position_parameters(position) | {"limit": limit}
    if shape.windowed:
        values["window"] = TRIED_FOR_UNREAD * limit
    if end is not None:
        values["end"] = end
    shape = shape._replace(after_position=position is not None, until_end=end is not None)
    return list(map(_Key._make, session.execute(keys_statement(shape), values).all()))


def _fetch_few_unread(
    session: Session, plan: ListPlan, position: Position | None, limit: int
) -> list[_Key]:
    shape = plan.shape
    keys = _execute(session, plan.values, shape, position, limit)
    keys += _execute(session, plan.values, shape._replace(scan="kept"), position, limit)
    keys.sort(key=lambda key: (key.published_at, key.id), reverse=not shape.newer)
    return keys[:limit]


def _fetch_by_time_span(
    session: Session, plan: ListPlan, position: Position | None, limit: int
) -> list[_Key]:
    """Read the index of each source from `position` on, one span of time after the other."""
    newer = plan.shape.newer
    start = position.published_at if position else session.execute(_NEWEST).scalar_one()
    keys: list[_Key] = []
    for length in SCAN_SPANS if start else ():
        end = start + length if newer else start - length
        keys += _execute(session, plan.values, plan.shape, position, limit - len(keys), end)
        if len(keys) >= limit:
            return keys
        position = Position(end, MAX_ID if newer else 0)
    keys += _execute(session, plan.values, plan.shape, position, limit - len(keys))
    return keys


_NEWEST = select(func.max(ENTRIES.c.published_at))


# --- what is hidden --------------------------------------------------------------------------


def _visible(session: Session, plan: ListPlan, keys: Sequence[_Key]) -> list[Position]:
    """The positions of `keys` without duplicates, folded stories and muted titles."""
    hidden = _hidden_duplicates(session, keys, plan) if plan.fold_within else set()
    if plan.stories:
        left = [key.id for key in keys if key.id not in hidden]
        language = str(plan.values["language"]) if plan.shape.language else None
        hidden |= hidden_by_story(session, left, plan.scope, language, plan.unread_of)
        left = [id_ for id_ in left if id_ not in hidden]
        hidden |= hidden_by_beyond(session, left, plan.beyond, language)
    if plan.mutes.hides_title:
        left = [key.id for key in keys if key.id not in hidden]
        hidden |= with_muted_title(session, left, plan.mutes.hides_title)
    return [key.position for key in keys if key.id not in hidden]


def with_muted_title(
    session: Session, ids: Sequence[int], hides_title: Callable[[str], bool]
) -> set[int]:
    """The entries among `ids` whose titles are muted."""
    columns = ENTRIES.c.id, ENTRIES.c.title
    titles = select(*columns).where(in_list(ENTRIES.c.id, "ids", dialect_of(session)))
    rows = session.execute(titles, {"ids": ids})
    return {id_ for id_, title in rows if hides_title(title)}


def _hidden_duplicates(session: Session, keys: Sequence[_Key], plan: ListPlan) -> set[int]:
    """The duplicates among `keys` of an entry that the same list shows.

    A list of some sources must not miss an article because another source published it first.
    Looked up afterwards: as a condition it would make the database read the whole of a source that
    only republishes.
    """
    groups = {key.duplicate_of for key in keys if key.duplicate_of}
    if not groups:
        return set()
    found = find_duplicates(session, groups)
    beyond = members_among(session, [each.id for each in found], plan.beyond)
    scope = plan.fold_within
    shown = shown_duplicates(
        found, lambda each: each.id in beyond or (scope is not None and each in scope)
    )
    return {key.id for key in keys if key.duplicate_of and shown.get(key.duplicate_of) != key.id}

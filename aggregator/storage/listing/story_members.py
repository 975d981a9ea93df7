"""Lists of stories: which entries stand for the others of their story."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from aggregator.storage.listing.filters import SourceScope
from aggregator.storage.models import Entry, StoryEntry
from aggregator.storage.models.base import table
from aggregator.storage.readers.read_state import read_ids
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import in_list

AnyRow = Row[*tuple[Any, ...]]

_entries, _members = table(Entry), table(StoryEntry)


def hidden_by_story(
    session: Session,
    ids: Collection[int],
    scope: SourceScope | None,
    language: str | None,
    unread_of: int | None = None,
) -> set[int]:
    """Those of `ids` for which another entry of their story stands in the same list.

    In a list of everything that is known beforehand. One that is narrowed shows the newest of the
    entries that belong to it: a story is not missed because its last word was said elsewhere, nor
    because the reader `unread_of` has read it already.
    """
    dialect = dialect_of(session)
    if not ids:
        return set()
    if scope is None and language is None and unread_of is None:
        return set(session.execute(_folded(dialect), {"keys": ids}).scalars())
    rows = members_of_entries(session, ids)
    inside = [
        row
        for row in rows
        if (scope is None or row in scope)
        and language in (None, row.language)
        and row.duplicate_of is None
    ]
    if unread_of is not None:
        read = read_ids(session, unread_of, inside)
        inside = [row for row in inside if row.id not in read]
    newest: dict[int, AnyRow] = {}
    for row in inside:
        known = newest.get(row.story_id)
        if known is None or _key(row) > _key(known):
            newest[row.story_id] = row
    homes = {row.id: row.story_id for row in rows}
    return {
        id_ for id_ in ids if id_ in homes and homes[id_] in newest and newest[homes[id_]].id != id_
    }


def _key(row: AnyRow) -> tuple[Any, int]:
    return row.published_at, row.id


def members_of_entries(session: Session, ids: Collection[int]) -> Sequence[AnyRow]:
    """All entries of the stories that these entries are in, in the order of arrival."""
    dialect = dialect_of(session)
    return session.execute(_of_entries(dialect), {"keys": ids}).all()


def members_of_stories(session: Session, story_ids: Collection[int]) -> dict[int, list[AnyRow]]:
    """The entries of stories, in the order of arrival."""
    dialect = dialect_of(session)
    found: dict[int, list[AnyRow]] = defaultdict(list)
    for row in session.execute(_of_stories(dialect), {"keys": story_ids}):
        found[row.story_id].append(row)
    return found


_COLUMNS = (
    _entries.c.id, _entries.c.source_id, _entries.c.feed_id, _entries.c.language,
    _entries.c.published_at, _entries.c.duplicate_of, _members.c.story_id, _members.c.reprint_of,
    _members.c.agency,
)  # fmt: skip
_joined = select(*_COLUMNS).join_from(_members, _entries, _entries.c.id == _members.c.entry_id)


@cache
def _folded(dialect: str) -> Select[Any]:
    here = in_list(_members.c.entry_id, "keys", dialect)
    return select(_members.c.entry_id).where(here, _members.c.folded)


@cache
def _of_entries(dialect: str) -> Select[Any]:
    mine = select(_members.c.story_id).where(in_list(_members.c.entry_id, "keys", dialect))
    return _joined.where(_members.c.story_id.in_(mine)).order_by(_entries.c.id)


@cache
def _of_stories(dialect: str) -> Select[Any]:
    here = in_list(_members.c.story_id, "keys", dialect)
    return _joined.where(here).order_by(_entries.c.id)

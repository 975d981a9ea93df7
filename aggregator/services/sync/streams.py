"""From a name to the entries that an app is to have: `StreamName` -> `Stream` -> ids."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import assert_never

from sqlalchemy.orm import Session

from aggregator.errors import NotFound, PermissionDenied, QueryError
from aggregator.query import parse
from aggregator.services.reading.folders import folder_by_name
from aggregator.services.search.search import newest_matches
from aggregator.services.sync.followed import Followed, require_followed
from aggregator.services.sync.names import StreamName, SyncContext
from aggregator.storage.entries.latest import latest_entry_id, latest_id_fetched_before
from aggregator.storage.feeds.overview import source_refs
from aggregator.storage.listing import arrivals
from aggregator.storage.listing.arrivals import (
    Arrival,
    Bounds,
    Listed,
    OfSources,
    Part,
    Starred,
    Tagged,
)
from aggregator.storage.listing.keys import with_muted_title
from aggregator.storage.listing.story_members import members_of_stories
from aggregator.storage.readers.read_state import read_ids
from aggregator.storage.readers.tags import find_tag_id
from aggregator.types import SavedSearch
from aggregator.types.limits import MAX_ID

# Topics, stories and searches are lists without an end: apps get what arrived last.
MAX_LISTED = 1000
# Filters that let little pass look at ever more entries at a time.
BATCH_GROWTH = 3
MAX_BATCH = 10_000
# Maximum entries to look at for one page; a page may be short and still not be the last.
MAX_SCANNED = 100_000


@dataclass(frozen=True, slots=True)
class Stream:
    """The entries of one name."""

    parts: tuple[Part, ...]
    hidden_sources: frozenset[int] = frozenset()
    """Muted, so that topics, stories and searches do not bring them into mixed lists."""
    hides_title: Callable[[str], bool] | None = None
    unread: bool | None = None
    """Whether only unread (True) or read (False) entries are in it."""


@dataclass(frozen=True, slots=True)
class StreamFilter:
    """What an app wants to have of a stream."""

    bounds: Bounds = field(default_factory=Bounds)
    unread: bool | None = None
    """Only unread (True) or read (False) entries."""
    only: tuple[Stream, ...] = ()
    """Entries have to be in each of these, too."""
    without: tuple[Stream, ...] = ()


@dataclass(frozen=True, slots=True)
class IdPage:
    """Ids in order, and the id behind which the list continues; None at its end."""

    ids: tuple[int, ...]
    rest: int | None


# --- names -----------------------------------------------------------------------------------


def open_stream(
    session: Session, context: SyncContext, followed: Followed, name: StreamName
) -> Stream:
    """The entries that a name stands for. Raises NotFound."""
    match name.kind:
        case "all" | "read" | "unread":
            unread = None if name.kind == "all" else name.kind == "unread"
            return replace(_everything(session, context, followed), unread=unread)
        case "starred":
            return Stream((Starred(),))
        case "label":
            return _labelled(session, context, followed, name.label)
        case "source":
            if name.id not in followed.sources and name.id not in source_refs(session, [name.id]):
                raise NotFound("source", name.id)
            return Stream((OfSources(frozenset((name.id,))),))
        case "topic" | "story" | "search":
            require_followed(followed, name)
            return Stream(_listed_parts(session, context, followed, name))
        case "empty":
            return Stream(())
    assert_never(name.kind)


def _everything(session: Session, context: SyncContext, followed: Followed) -> Stream:
    stories = members_of_stories(session, followed.stories) if followed.stories else {}
    of_stories = (
        id_
        for story in followed.stories
        for id_ in [member.id for member in stories.get(story, ())] or [story]
    )
    of_searches = (
        id_ for search in followed.searches for id_ in _matches(session, context, search)
    )
    listed = tuple(sorted({*of_stories, *of_searches}))
    return Stream(
        (
            OfSources(followed.visible),
            *(arrivals.latest_of_topic(session, id_, MAX_LISTED) for id_ in followed.topics),
            *((Listed(listed),) if listed else ()),
        ),
        followed.mutes.source_ids,
        followed.mutes.hides_title,
    )


def _labelled(session: Session, context: SyncContext, followed: Followed, label: str) -> Stream:
    """A folder of the reader, else a tag, else the sources of one country and language."""
    if folder := folder_by_name(session, context.reader, label):
        return _of_folder(followed, followed.by_folder.get(folder.name, frozenset()))
    tag = find_tag_id(session, context.reader.id, label)
    if tag is not None:
        return Stream((Tagged(tag),))
    for (country, language), ids in followed.by_place.items():
        if label in context.folder_names(country, language):
            return _of_folder(followed, ids)
    raise NotFound("label", label)


def _of_folder(followed: Followed, ids: frozenset[int]) -> Stream:
    return Stream((OfSources(ids & followed.visible),), hides_title=followed.mutes.hides_title)


def _listed_parts(
    session: Session, context: SyncContext, followed: Followed, name: StreamName
) -> tuple[Part, ...]:
    if name.kind == "topic":
        return (arrivals.latest_of_topic(session, name.id, MAX_LISTED),)
    if name.kind == "story":
        members = members_of_stories(session, [name.id]).get(name.id, ())
        return (Listed(tuple(each.id for each in members)[-MAX_LISTED:] or (name.id,)),)
    search = next(each for each in followed.searches if each.id == name.id)
    return (Listed(_matches(session, context, search)),)


def _matches(session: Session, context: SyncContext, search: SavedSearch) -> tuple[int, ...]:
    key = context.reader.id, search.query, latest_entry_id(session)
    known = context.known.get(key)
    if known is not None:
        return known
    try:
        found = newest_matches(session, context.search, parse(search.query), MAX_LISTED)
    except (QueryError, PermissionDenied):  # saved by a release with another query language
        found = ()
    return context.known.put(key, found)


# --- ids -------------------------------------------------------------------------------------


def arrival_bounds(
    session: Session, oldest: datetime | None, before: datetime | None, *, oldest_first: bool
) -> Bounds:
    """The bounds of what arrived from `oldest` on and before `before`."""
    return Bounds(
        0 if oldest is None else latest_id_fetched_before(session, oldest),
        MAX_ID if before is None else latest_id_fetched_before(session, before),
        oldest_first,
    )


def list_ids(
    session: Session, reader: int, stream: Stream, wanted: StreamFilter, limit: int
) -> IdPage:
    """The first `limit` ids of a stream within the bounds, duplicates folded."""
    states = {state for state in (stream.unread, wanted.unread) if state is not None}
    if len(states) > 1 or not stream.parts:
        return IdPage((), None)
    unread = next(iter(states), None)
    bounds, found, scanned, batch = wanted.bounds, list[int](), 0, limit + 1
    while True:
        rows = arrivals.find_arrivals(
            session, reader, stream.parts, bounds, batch, unread=unread is True
        )
        found += _visible(session, reader, stream, wanted, rows, only_read=unread is False)
        scanned += len(rows)
        if len(found) > limit:
            return IdPage(tuple(found[:limit]), found[limit - 1])
        if len(rows) < batch:
            return IdPage(tuple(found), None)
        if scanned >= MAX_SCANNED:
            return IdPage(tuple(found), rows[-1].id)
        bounds = bounds.after(rows[-1].id)
        batch = max(limit - len(found) + 1, min(batch * BATCH_GROWTH, MAX_BATCH))


def _visible(
    session: Session,
    reader: int,
    stream: Stream,
    wanted: StreamFilter,
    rows: Sequence[Arrival],
    *,
    only_read: bool,
) -> list[int]:
    """The ids of `rows` without duplicates and what is muted or not wanted."""
    rows = [row for row in rows if row.source_id not in stream.hidden_sources]
    rows = arrivals.fold(session, reader, stream.parts, rows, stream.hidden_sources)
    if only_read:
        read = read_ids(session, reader, rows)
        rows = [row for row in rows if row.id in read]
    ids = [row.id for row in rows]
    for other in wanted.only:
        members = _members(session, reader, other, ids)
        ids = [id_ for id_ in ids if id_ in members]
    for other in wanted.without:
        members = _members(session, reader, other, ids)
        ids = [id_ for id_ in ids if id_ not in members]
    if stream.hides_title is not None:
        muted = with_muted_title(session, ids, stream.hides_title)
        ids = [id_ for id_ in ids if id_ not in muted]
    return ids


def _members(session: Session, reader: int, stream: Stream, ids: Sequence[int]) -> set[int]:
    return arrivals.members_among(session, reader, stream.parts, ids)

"""How many unread entries each subscription and folder has, and when the last arrived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from aggregator.services.sync.followed import Followed
from aggregator.services.sync.names import ALL, StreamName, SyncContext
from aggregator.services.sync.streams import Stream, StreamFilter, list_ids, open_stream
from aggregator.storage.entries.latest import arrival_times
from aggregator.storage.listing.arrivals import Bounds, find_arrivals, latest_of_sources
from aggregator.storage.readers.unread_counts import unread_total
from aggregator.types import UNREAD_CAP, UnreadCounts


@dataclass(frozen=True, slots=True)
class StreamCount:
    """Unread entries of a stream, at most `UNREAD_CAP`; `newest_at`: when its last arrived."""

    name: StreamName
    unread: int
    newest_at: datetime | None
    place: tuple[str, str] | None = None
    """Country and language of the folder, if the name does not say which it is."""


def count_streams(
    session: Session, context: SyncContext, followed: Followed, unread: UnreadCounts
) -> tuple[StreamCount, ...]:
    """Everything, then each folder, source, topic, story and search. `unread`: as pages count."""
    latest = latest_of_sources(session, followed.sources)
    listed = _count_listed(session, context, followed)
    newest = {**{("source", id_): last for id_, last in latest.items()}, **listed.newest}
    times = arrival_times(session, set(newest.values()))

    def newest_of(*keys: tuple[str, int]) -> datetime | None:
        return max((times[newest[key]] for key in keys if newest.get(key) in times), default=None)

    def folder(name: StreamName, ids: frozenset[int], place: tuple[str, str] | None) -> StreamCount:
        count = unread_total(session, context.reader.id, ids & followed.visible)
        return StreamCount(name, count, newest_of(*(("source", id_) for id_ in ids)), place)

    return (
        StreamCount(ALL, min(unread.total + listed.beyond_sources, UNREAD_CAP), newest_of(*newest)),
        *(
            folder(StreamName("label", label=name), ids, None)
            for name, ids in followed.by_folder.items()
        ),
        *(folder(StreamName("label"), ids, place) for place, ids in followed.by_place.items()),
        *(
            StreamCount(
                StreamName("source", id_),
                unread.by_source.get(source.slug, 0),
                newest_of(("source", id_)),
            )
            for id_, source in followed.sources.items()
        ),
        *(
            StreamCount(name, count, newest_of((name.kind, name.id)))
            for name, count in listed.unread.items()
        ),
    )


@dataclass(frozen=True, slots=True)
class _ListedCounts:
    """Topics, stories and searches: their unread entries, and the last of each by kind and id."""

    unread: Mapping[StreamName, int]
    newest: Mapping[tuple[str, int], int]
    beyond_sources: int
    """Unread entries of sources that the reader does not follow."""


def _count_listed(session: Session, context: SyncContext, followed: Followed) -> _ListedCounts:
    unread: dict[StreamName, int] = {}
    newest: dict[tuple[str, int], int] = {}
    names = (
        *(StreamName("topic", id_) for id_ in followed.topics),
        *(StreamName("story", id_) for id_ in followed.stories),
        *(StreamName("search", search.id) for search in followed.searches),
    )
    reader = context.reader.id
    for name in names:
        stream = open_stream(session, context, followed, name)
        unread[name] = len(
            list_ids(session, reader, stream, StreamFilter(unread=True), UNREAD_CAP).ids
        )
        last = find_arrivals(session, reader, stream.parts, Bounds(), 1)
        if last:
            newest[name.kind, name.id] = last[0].id
    return _ListedCounts(unread, newest, _beyond_sources(session, context, followed, names))


def _beyond_sources(
    session: Session, context: SyncContext, followed: Followed, names: tuple[StreamName, ...]
) -> int:
    if not names:
        return 0
    everything = open_stream(session, context, followed, ALL)
    sources, *others = everything.parts
    rest = replace(everything, parts=tuple(others))
    wanted = StreamFilter(unread=True, without=(Stream((sources,)),))
    return len(list_ids(session, context.reader.id, rest, wanted, UNREAD_CAP).ids)

"""What publishers changed: the versions of an entry, and the changes of a day."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from aggregator.errors import InvalidInput
from aggregator.services.reading.comparing import headline_diff, text_diff
from aggregator.storage.feeds.overview import source_ref, source_refs
from aggregator.storage.listing import changes as listing
from aggregator.storage.listing import revisions
from aggregator.storage.listing.changes import ChangeScope
from aggregator.storage.sql.cursors import decode_cursor, encode_cursor
from aggregator.storage.topics import topics
from aggregator.text.word_diff import DiffSegment
from aggregator.types import (
    CHANGE_SIZES,
    ChangeCounts,
    ChangeFilter,
    ChangePage,
    EntryHistory,
    EntryVersion,
    User,
)

PAGE_SIZE = 50
_NEVER, _FOREVER = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions of an entry and what differs; empty where nothing does."""

    before: EntryVersion
    after: EntryVersion
    title: tuple[DiffSegment, ...]
    summary: tuple[DiffSegment, ...]
    text: tuple[DiffSegment, ...]


def find_history(session: Session, reader: User | None, entry_id: int) -> EntryHistory:
    """An entry with all its versions. Raises NotFound."""
    return revisions.find_history(session, entry_id, reader.id if reader else None)


def compare_versions(
    history: EntryHistory, before: int | None = None, after: int | None = None
) -> Comparison | None:
    """Two versions by number: by default the last one and the one before it, or before `after`.

    None for an entry with a single version. Raises InvalidInput for numbers that it has not.
    """
    by_number = {version.number: version for version in history.versions}
    if len(by_number) < 2:
        return None
    first, last = min(by_number), max(by_number)
    after = last if after is None else after
    before = max(first, after - 1) if before is None else before
    for name, number in (("before", before), ("after", after)):
        if number not in by_number:
            allowed = f"{name}: a whole number between {first} and {last}"
            raise InvalidInput("error.bad_request", allowed, field=name)
    old, new = by_number[before], by_number[after]
    return Comparison(
        old,
        new,
        _changed(headline_diff(old.text.title, new.text.title)),
        _changed(headline_diff(old.text.summary, new.text.summary)),
        _changed(text_diff(old.text.content, new.text.content)),
    )


def _changed(segments: tuple[DiffSegment, ...]) -> tuple[DiffSegment, ...]:
    return segments if any(each.kind != "same" for each in segments) else ()


def list_changes(
    session: Session,
    chosen: ChangeFilter,
    zone: ZoneInfo,
    cursor: str | None = None,
    limit: int = PAGE_SIZE,
) -> ChangePage:
    """The changes of a day in `zone`, or of all, the latest first.

    Raises NotFound for an unknown source or topic, InvalidInput for a bad cursor.
    """
    after = decode_cursor(cursor) if cursor else None
    keys = listing.find_changes(session, _scope(session, chosen, zone), after, limit + 1)
    shown = keys[:limit]
    rest = encode_cursor(shown[-1]) if len(keys) > limit else None
    return ChangePage(listing.read_changes(session, shown), rest)


def count_changes(session: Session, chosen: ChangeFilter, zone: ZoneInfo) -> ChangeCounts:
    """Count the changes of a day by what the list can be narrowed to.

    Each count is what the list would have with that choice and all other ones of `chosen`. Raises
    NotFound for an unknown source or topic.
    """
    scope = _scope(session, chosen, zone)
    whole = listing.count_changes(session, scope._replace(source_id=None, size=None))
    least = CHANGE_SIZES.index(chosen.size) if chosen.size else 0
    sizes, sources = Counter[str](), Counter[int]()
    for source_id, size, count in whole:
        if scope.source_id in (None, source_id):
            sizes[size] += count
        if CHANGE_SIZES.index(size) >= least:
            sources[source_id] += count
    refs = source_refs(session, sources)
    by_topic = listing.count_by_topic(session, scope._replace(topic_id=None))
    return ChangeCounts(
        total=sum(sizes[size] for size in CHANGE_SIZES[least:]),
        by_size=tuple((size, sizes[size]) for size in reversed(CHANGE_SIZES)),
        by_source=tuple((refs[id_], count) for id_, count in sources.most_common() if id_ in refs),
        by_topic=tuple(
            (topic, by_topic.get(topic.id, 0))
            for topic in topics.list_topics(session, "published")
            if topic.id in by_topic or topic.content.slug == chosen.topic
        ),
    )


def _scope(session: Session, chosen: ChangeFilter, zone: ZoneInfo) -> ChangeScope:
    scope = ChangeScope(*_bounds(chosen.day, zone), chosen.size, chosen.announced)
    if chosen.source is not None:
        scope = scope._replace(source_id=source_ref(session, chosen.source).id)
    if chosen.topic is not None:
        topic = topics.find_topic(session, chosen.topic, published=True)
        scope = scope._replace(topic_id=topic.id)
    return scope


def _bounds(day: date | None, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When a day begins and ends."""
    if day is None:
        return _NEVER, _FOREVER
    midnights = (datetime.combine(each, time(), zone) for each in (day, day + timedelta(days=1)))
    start, end = (midnight.astimezone(UTC) for midnight in midnights)
    return start, end

"""Document numbers: they grow with the time of publication."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from aggregator.storage.models import SearchDoc
from aggregator.storage.models.base import table
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import in_list

_DOC = table(SearchDoc).c.doc

# `services.ingest.prepare` accepts no earlier publication time.
_EPOCH = datetime(1990, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
_MINUTES_A_DAY = 24 * 60
# Bits for the entries of one minute; any more spill into the next minute.
_MINUTE_BITS = 14
_HOUR = 60 << _MINUTE_BITS
# Upper bound of document numbers; exact in PostgreSQL's bigint and in JSON.
MAX_DOC = 1 << 52


def first_doc(moment: datetime) -> int:
    """Return the first number of the minute of `moment`; 0 before 1990."""
    return max(0, (moment - _EPOCH) // _MINUTE) << _MINUTE_BITS


def time_of(doc: int) -> datetime:
    """Return the minute in which a document was published."""
    return _EPOCH + (doc >> _MINUTE_BITS) * _MINUTE


def count_by_hour(docs: Iterable[int]) -> Counter[datetime]:
    """Count documents by the hour of publication."""
    counted = Counter(doc // _HOUR for doc in docs)
    return Counter({time_of(hour * _HOUR): count for hour, count in counted.items()})


def day_of(doc: int) -> int:
    """Return the day of a document, counted from 1990."""
    return (doc >> _MINUTE_BITS) // _MINUTES_A_DAY


def first_doc_of_day(day: int) -> int:
    """Return the first number of a day as counted by `day_of`."""
    return day * _MINUTES_A_DAY << _MINUTE_BITS


def allocate_docs(session: Session, entries: Iterable[tuple[int, datetime]]) -> list[int]:
    """Allocate a free number for each (id, published_at), in their order.

    Within a minute, numbers follow the ids until these have grown by 2^14; only a minute with
    more entries than that can find its numbers taken. Those entries spill into later minutes, all
    of a call into the same: the numbers of statements and of rows read grow with the logarithm of
    the entries that the minute has.
    """
    preferred = [
        first_doc(published_at) | (id_ & ((1 << _MINUTE_BITS) - 1)) for id_, published_at in entries
    ]
    taken = _taken(session, preferred)
    docs: dict[int, int] = {}
    waiting = list(enumerate(preferred))
    minutes = 0
    while waiting:
        first_of_each = {doc: index for index, doc in reversed(waiting)}
        if minutes:
            minutes = _free_minutes(session, taken, first_of_each, minutes)
        shift = minutes << _MINUTE_BITS
        for doc, index in first_of_each.items():
            if doc + shift not in taken:
                docs[index] = doc + shift
        taken.update(docs.values())
        waiting = [(index, doc) for index, doc in waiting if index not in docs]
        minutes += 1
    return [docs[index] for index in range(len(preferred))]


def _free_minutes(session: Session, taken: set[int], docs: Iterable[int], least: int) -> int:
    """Find a number of minutes, at least `least`, after which all of `docs` are free.

    Gallops, then bisects: a full minute follows on full ones.
    """

    def is_free(minutes: int) -> bool:
        later = {doc + (minutes << _MINUTE_BITS) for doc in docs}
        return taken.isdisjoint(later) and not _taken(session, later)

    step, full = 1, least - 1
    while not is_free(full + step):
        full, step = full + step, 2 * step
    free = full + step
    while free - full > 1:
        middle = (full + free) // 2
        full, free = (full, middle) if is_free(middle) else (middle, free)
    return free


def _taken(session: Session, docs: Collection[int]) -> set[int]:
    among = in_list(_DOC, "docs", dialect_of(session))
    return set(session.execute(select(_DOC).where(among), {"docs": docs}).scalars())

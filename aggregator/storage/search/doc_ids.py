"""Document numbers: they grow with the time of publication."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from aggregator.storage.models import SearchDoc

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
    more entries than that can find its numbers taken.
    """
    docs = [
        first_doc(published_at) | (id_ & ((1 << _MINUTE_BITS) - 1)) for id_, published_at in entries
    ]
    taken = _taken(session, docs)
    for index, preferred in enumerate(docs):
        doc = preferred
        while doc in taken or (doc != preferred and _taken(session, [doc])):
            doc += 1
        taken.add(doc)
        docs[index] = doc
    return docs


def _taken(session: Session, docs: list[int]) -> set[int]:
    return set(session.execute(select(SearchDoc.doc).where(SearchDoc.doc.in_(docs))).scalars())

"""Numbers of documents: they grow with the time of publication."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from aggregator.storage.models import SearchDoc

_EPOCH = datetime(1990, 1, 1, tzinfo=UTC)
"""Nothing is published earlier (`services.preparation`)."""
_MINUTE = timedelta(minutes=1)
_MINUTES_A_DAY = 24 * 60
_MINUTE_BITS = 14
"""For the entries of one minute; more of them spill into the next."""
_HOUR = 60 << _MINUTE_BITS
MAX_DOC = 1 << 52
"""Beyond every number; PostgreSQL and JSON take it as it is."""


def first_doc(moment: datetime) -> int:
    """The first number of the minute of `moment`; 0 for what is too early."""
    return max(0, (moment - _EPOCH) // _MINUTE) << _MINUTE_BITS


def time_of(doc: int) -> datetime:
    """The minute in which a document was published."""
    return _EPOCH + (doc >> _MINUTE_BITS) * _MINUTE


def count_by_hour(docs: Iterable[int]) -> Counter[datetime]:
    """In which hours documents were published, and how many in each."""
    counted = Counter(doc // _HOUR for doc in docs)
    return Counter({time_of(hour * _HOUR): many for hour, many in counted.items()})


def day_of(doc: int) -> int:
    """The day of a document, counted from 1990."""
    return (doc >> _MINUTE_BITS) // _MINUTES_A_DAY


def first_doc_of_day(day: int) -> int:
    """The first number of a day that `day_of` gave."""
    return day * _MINUTES_A_DAY << _MINUTE_BITS


def allocate_docs(session: Session, entries: Iterable[tuple[int, datetime]]) -> list[int]:
    """A free number for each (id, published_at), in their order.

    Within a minute, numbers follow the ids until these have grown by 2^14; only a minute with
    more entries than that can find its numbers taken.
    """
    wanted = [first_doc(when) | (id_ & ((1 << _MINUTE_BITS) - 1)) for id_, when in entries]
    taken = _taken(session, wanted)
    for place, doc in enumerate(wanted):
        while doc in taken or (doc != wanted[place] and _taken(session, [doc])):
            doc += 1
        taken.add(doc)
        wanted[place] = doc
    return wanted


def _taken(session: Session, docs: list[int]) -> set[int]:
    return set(session.execute(select(SearchDoc.doc).where(SearchDoc.doc.in_(docs))).scalars())

"""Document numbers: what happens to a minute with more entries than it has numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, select
from sqlalchemy.orm import Session

from aggregator.storage.engine import Database
from aggregator.storage.models import SearchDoc
from aggregator.storage.search import doc_ids
from aggregator.storage.search.doc_ids import allocate_docs, first_doc
from tests.builders import NOW, make_entry, make_feed, make_source

# Numbers of a minute in these tests: bits, and how many that is.
BITS, SLOTS = 3, 8
BURST = 25 * SLOTS
BATCH = 5


@pytest.fixture
def entry_ids(database: Database, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Stored entries that are not indexed."""
    monkeypatch.setattr(doc_ids, "_MINUTE_BITS", BITS)
    with database.write() as session:
        feed = make_feed(session, make_source(session))
        return [make_entry(session, feed) for _ in range(BURST)]


@contextmanager
def statements(database: Database) -> Iterator[list[Any]]:
    """The parameters of the statements executed in the block."""
    seen: list[Any] = []

    def note(_c: Any, _cursor: Any, _statement: str, parameters: Any, *_rest: Any) -> None:
        seen.append(parameters)

    event.listen(database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(database.engine, "before_cursor_execute", note)


def store(session: Session, ids: list[int], moment: datetime = NOW) -> list[int]:
    docs = allocate_docs(session, [(id_, moment) for id_ in ids])
    rows = [
        {"doc": doc, "entry_id": id_, "source_id": 1, "feed_id": 1, "language": "ar"}
        for doc, id_ in zip(docs, ids, strict=True)
    ]
    session.execute(insert(SearchDoc), rows)
    return docs


def minutes_after(doc: int) -> int:
    return (doc - first_doc(NOW)) >> BITS


def test_a_burst_fills_minute_after_minute(database: Database, entry_ids: list[int]) -> None:
    docs: list[int] = []
    with database.write() as session:
        for start in range(0, BURST, BATCH):
            docs += store(session, entry_ids[start : start + BATCH])
        assert sorted(session.execute(select(SearchDoc.doc)).scalars()) == sorted(docs)
    assert len(set(docs)) == BURST
    # Batches that begin in one minute and end in another leave gaps.
    assert max(map(minutes_after, docs)) <= 2 * BURST // SLOTS


def test_a_burst_in_one_batch(database: Database, entry_ids: list[int]) -> None:
    with database.write() as session:
        docs = store(session, entry_ids)
    assert len(set(docs)) == BURST
    assert max(map(minutes_after, docs)) == BURST // SLOTS - 1


def test_work_grows_with_the_logarithm_of_a_burst(database: Database, entry_ids: list[int]) -> None:
    with database.write() as session:
        store(session, entry_ids[:-BATCH])
        with statements(database) as seen:
            allocate_docs(session, [(id_, NOW) for id_ in entry_ids[-BATCH:]])
    assert 1 < len(seen) <= 2 + 2 * math.ceil(math.log2(2 * BURST // SLOTS))


def test_others_keep_their_minute(database: Database, entry_ids: list[int]) -> None:
    """A minute later there is a free number beside those spilt into it."""
    later = NOW + timedelta(minutes=1)
    with database.write() as session:
        store(session, entry_ids[: SLOTS + 1])
        docs = store(session, [entry_ids[SLOTS + 1]], later)
    assert docs == [first_doc(later) | entry_ids[SLOTS + 1] & (SLOTS - 1)]


def test_a_number_spilt_into_moves_on(database: Database, entry_ids: list[int]) -> None:
    """The number after the full minute is another entry's own."""
    first, same_number = entry_ids[0], entry_ids[SLOTS]
    later = NOW + timedelta(minutes=1)
    with database.write() as session:
        store(session, [same_number], later)
        docs = store(session, [first, entry_ids[2 * SLOTS]])
    assert list(map(minutes_after, docs)) == [0, 2]

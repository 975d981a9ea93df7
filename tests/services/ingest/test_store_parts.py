"""Long polls are stored in parts, each in a short transaction: what is seen and kept in between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from aggregator.services.ingest import decide as decide_pass
from aggregator.services.ingest import store as store_pass
from aggregator.services.ingest.read_feed import PollOutcome, PollResult
from aggregator.services.ingest.store import TRANSACTION_SIZE, store
from aggregator.services.ingest.transaction_size import TransactionSize
from aggregator.storage.engine import Database
from aggregator.storage.entries.retention import delete_before
from aggregator.storage.feeds import leases
from aggregator.storage.models import Entry, Feed, FeedDay, SearchDoc
from aggregator.types import CacheHints, PreparedEntry
from tests.builders import NOW, an_entry, entry_rows, feed_row, make_feed, make_source
from tests.services.ingest.polls import POLICY, result_of

# The newest first, as feeds have them.
MANY = tuple(
    an_entry(f"خبر {age}", guid=f"g{age}", published_at=NOW - timedelta(minutes=age))
    for age in range(3 * TRANSACTION_SIZE)
)


class Killed(BaseException):
    """The process ends."""


def read(database: Database, feed_id: int, *entries: PreparedEntry) -> PollResult:
    hints = CacheHints(etag='"2"')
    return result_of(database, feed_id, *entries, hints=hints, body_digest="2")


def poll(database: Database, feed_id: int, *entries: PreparedEntry) -> PollOutcome:
    (stored,) = store(database, [read(database, feed_id, *entries)], POLICY)
    return stored


def kill_after(monkeypatch: pytest.MonkeyPatch, transactions: int) -> None:
    """Let the process end after so many transactions."""
    write, left = store_pass._write_group, [None] * transactions

    def interrupted(*arguments: Any) -> Any:
        if not left:
            raise Killed
        left.pop()
        return write(*arguments)

    monkeypatch.setattr(store_pass, "_write_group", interrupted)


def counts(database: Database) -> tuple[int, int]:
    """The number of entries, and of those that can be found."""
    with database.read() as session:
        tables = (Entry.id, SearchDoc.doc)
        entries, docs = (session.scalar(select(func.count(key))) or 0 for key in tables)
    return entries, docs


def test_no_transaction_stores_more_than_a_few_entries(
    database: Database, feed_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    real = Database.write

    @contextmanager
    def counted(database: Database) -> Iterator[Session]:
        before = counts(database)[0]
        with real(database) as session:
            yield session
        sizes.append(counts(database)[0] - before)

    with database.write() as session:
        feeds = [
            make_feed(session, make_source(session, f"s{n}"), f"https://s{n}.example/")
            for n in range(8)
        ]
    results = [read(database, id_, *MANY[:9]) for id_ in feeds]
    results.append(read(database, feed_id, *MANY))
    monkeypatch.setattr(Database, "write", counted)
    outcomes = store(database, results, POLICY)
    assert [outcome.new for outcome in outcomes] == [9] * 8 + [len(MANY)]
    assert sum(sizes) == counts(database)[1] == 8 * 9 + len(MANY)
    assert 0 < max(sizes) <= TRANSACTION_SIZE


def test_a_long_poll_leaves_what_a_short_one_would(database: Database, feed_id: int) -> None:
    poll(database, feed_id)
    outcome = poll(database, feed_id, *MANY)
    assert (outcome.new, outcome.changed, outcome.lost) == (len(MANY), 0, False)
    feed = feed_row(database, feed_id)
    assert (feed.entry_count, feed.etag, feed.lease) == (len(MANY), '"2"', None)
    assert feed.recent_delays is not None
    assert feed.recent_delays[-3:] == [120, 60, 0]
    with database.read() as session:
        day = session.execute(select(FeedDay)).scalar_one()
    assert (day.polls, day.new_entries) == (2, len(MANY))
    in_order = [row.title for row in sorted(entry_rows(database), key=lambda row: row.id)]
    assert in_order == [entry.title for entry in reversed(MANY)]


def test_edits_are_stored_in_parts_too(database: Database, feed_id: int) -> None:
    poll(database, feed_id, *MANY)
    edited = [
        an_entry(f"{entry.title} ٢", guid=entry.guid, published_at=entry.published_at)
        for entry in MANY
    ]
    outcome = poll(database, feed_id, an_entry("جديد", guid="new"), *edited)
    assert (outcome.new, outcome.changed) == (1, len(MANY))
    assert feed_row(database, feed_id).entry_count == len(MANY) + 1
    assert {row.title for row in entry_rows(database)} == {"جديد", *(e.title for e in edited)}
    assert counts(database) == (len(MANY) + 1, len(MANY) + 1)


@pytest.mark.parametrize("transactions", [1, 2])
def test_what_a_killed_process_left_of_a_poll_comes_with_the_next(
    database: Database, feed_id: int, monkeypatch: pytest.MonkeyPatch, transactions: int
) -> None:
    poll(database, feed_id, an_entry("قديم", guid="old"))
    kill_after(monkeypatch, transactions)
    with pytest.raises(Killed):
        poll(database, feed_id, *MANY)
    stored, found = counts(database)
    feed = feed_row(database, feed_id)
    assert 1 < stored == found == feed.entry_count < len(MANY)
    assert (feed.body_digest, feed.last_polled_at) == ("2", NOW)  # of the first poll
    assert feed.lease is not None  # until it expires, or the next process releases it
    monkeypatch.undo()
    with database.write() as session:
        leases.release(session, feed.lease, [feed_id])
    assert poll(database, feed_id, *MANY).new == len(MANY) + 1 - stored
    assert counts(database) == (len(MANY) + 1, len(MANY) + 1)
    feed = feed_row(database, feed_id)
    assert (feed.entry_count, feed.lease) == (len(MANY) + 1, None)
    with database.read() as session:
        assert session.execute(select(FeedDay.new_entries)).scalar_one() == len(MANY)


def test_a_feed_first_polled_by_a_killed_process_has_no_validators(
    database: Database, feed_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill_after(monkeypatch, 2)
    with pytest.raises(Killed):
        poll(database, feed_id, *MANY)
    feed = feed_row(database, feed_id)
    assert (feed.etag, feed.body_digest, feed.last_success_at) == (None, None, None)


def test_a_feed_that_another_process_takes_over_between_two_parts_is_left_to_it(
    database: Database, feed_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, groups = store_pass._write_group, []

    def interrupted(*arguments: Any) -> Any:
        groups.append(1)
        if len(groups) == 2:
            with database.write() as session:
                feed = session.get_one(Feed, feed_id)
                feed.lease = "another"
        return write(*arguments)

    monkeypatch.setattr(store_pass, "_write_group", interrupted)
    outcome = poll(database, feed_id, *MANY)
    assert outcome.lost
    assert outcome.new == counts(database)[0] < len(MANY)
    assert len(groups) == 2
    assert feed_row(database, feed_id).lease == "another"


def test_what_retention_deletes_between_two_parts_does_not_return(
    database: Database, feed_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, decided = store_pass._write_group, []
    real_decide = decide_pass.decide

    def interrupted(*arguments: Any) -> Any:
        written = write(*arguments)
        if len(decided) == 1:
            with database.write_exclusive() as session:
                delete_before(session, NOW, NOW, limit=5)
        return written

    def decide(*arguments: Any) -> Any:
        decided.append(1)
        return real_decide(*arguments)

    monkeypatch.setattr(store_pass, "_write_group", interrupted)
    monkeypatch.setattr(store_pass, "decide", decide)
    outcome = poll(database, feed_id, *MANY)
    assert not outcome.lost
    assert outcome.new == len(MANY)
    assert len(decided) == 1  # what is left has its words
    deleted = len(MANY) - counts(database)[0]
    assert deleted >= 5
    assert feed_row(database, feed_id).entry_count == len(MANY) - deleted
    assert poll(database, feed_id, *MANY).new == 0


def test_a_part_that_cannot_be_stored_fails_the_poll_and_keeps_the_others(
    database: Database, feed_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = store_pass.entries.write_changes

    def write(session: Session, feed: Any, changes: Any, *arguments: Any) -> Any:
        if any(item.entry.guid == "g0" for item in changes.new):
            raise ValueError("the newest")
        return real(session, feed, changes, *arguments)

    monkeypatch.setattr(store_pass.entries, "write_changes", write)
    outcome = poll(database, feed_id, *MANY)
    assert outcome.failure is not None
    stored = counts(database)[0]
    assert 0 < stored == outcome.new == feed_row(database, feed_id).entry_count
    monkeypatch.undo()
    assert poll(database, feed_id, *MANY).new == len(MANY) - stored


def test_copies_are_not_compared_word_by_word_while_the_lock_is_held(
    database: Database, feed_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.write() as session:
        other = make_feed(session, make_source(session, "medias24"), "https://m.example/")
    words = " ".join(f"كلمة{n}" for n in range(30))
    address = "https://h.example/1"
    poll(database, other, an_entry("عنوان", address, guid="1", text=f"{words} خاتمة"))
    result = read(database, feed_id, an_entry("آخر", address, guid="2", text=f"{words} نهاية"))
    decided = decide_pass.decide(database, [result], store_pass.TopicMatcher())
    monkeypatch.setattr("aggregator.storage.entries.duplicates.is_same_article", lambda *_: 1 / 0)
    (written,) = store_pass._write_group(database, decided, POLICY, TransactionSize())
    assert written is not None
    assert written.outcome.new == 1
    first, copy = sorted(entry_rows(database), key=lambda row: row.id)
    assert copy.duplicate_of == first.id

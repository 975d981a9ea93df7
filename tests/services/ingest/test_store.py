"""The write path: nothing is analyzed under the lock, and what changed meanwhile is seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from aggregator.process.analysis import analyze as analysis
from aggregator.services.ingest import decide as decide_pass
from aggregator.services.ingest import store as store_pass
from aggregator.services.ingest.match_topics import TopicMatcher
from aggregator.services.ingest.read_feed import PollResult
from aggregator.services.ingest.store import store
from aggregator.storage.engine import Database
from aggregator.storage.entries.retention import delete_before
from aggregator.storage.models import Feed, SearchDoc
from aggregator.storage.search import indexing
from aggregator.storage.topics import members, topics
from aggregator.text.memo import BatchCache
from aggregator.types import (
    EMPTY_DOCUMENT,
    LocalizedText,
    PreparedEntry,
    PreparedPush,
    TopicContent,
)
from tests.builders import (
    NOW,
    a_document,
    an_entry,
    entry_rows,
    feed_row,
    make_feed,
    make_source,
    store_entries,
)
from tests.services.ingest.polls import POLICY, claim, poll, result_of, titles

DAY = timedelta(days=1)
RAIN = an_entry("أمطار", guid="1", words=EMPTY_DOCUMENT)
SNOW = an_entry("ثلوج", guid="2", words=EMPTY_DOCUMENT)


def between_passes(monkeypatch: pytest.MonkeyPatch, *changes: Callable[[], object]) -> None:
    """Let `changes` happen one by one, each after a batch was decided and before it is written."""
    write, waiting = store_pass._write, list(changes)

    def interrupted(*arguments: Any) -> Any:
        if waiting:
            waiting.pop(0)()
        return write(*arguments)

    monkeypatch.setattr(store_pass, "_write", interrupted)


# --- no lock is held for what can be done before --------------------------------------------------


def test_nothing_is_analyzed_or_matched_under_the_write_lock(
    database: Database, feed_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.write_exclusive() as session:
        content = TopicContent("rain", LocalizedText(ar="مطر"), rule="أمطار OR ثلوج")
        topics.add_topic(session, content, "B", NOW)
    writing: list[bool] = []
    read: list[bool] = []
    real_write, real_read = Database.write, BatchCache.get_many

    @contextmanager
    def watched(database: Database) -> Iterator[Session]:
        with real_write(database) as session:
            writing.append(True)
            yield session
            writing.clear()

    def tokenize(self: Any, keys: Any) -> Any:
        assert not writing, "words are looked up while the write lock is held"
        read.append(True)
        return real_read(self, keys)

    monkeypatch.setattr(Database, "write", watched)
    monkeypatch.setattr(BatchCache, "get_many", tokenize)
    for entries in ((RAIN, SNOW), (an_entry("أمطار غزيرة", guid="1", words=EMPTY_DOCUMENT), SNOW)):
        read.clear()
        poll(database, feed_id, *entries)
        assert read
    assert sorted(titles(database)) == ["أمطار غزيرة", "ثلوج"]


def test_what_cannot_be_analyzed_fails_its_feed_alone(
    database: Database, feed_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.write() as session:
        other = make_feed(session, make_source(session, "medias24"), "https://m.example/")

    def analyze(entry: PreparedEntry, now: Any) -> PreparedEntry:
        if entry.title == RAIN.title:
            raise ValueError("rain")
        return analysis.analyze(entry, now)

    monkeypatch.setattr(decide_pass, "analyze", analyze)
    results = [result_of(database, feed_id, RAIN), result_of(database, other, SNOW)]
    bad, good = store(database, results, POLICY)
    assert bad.failure is not None
    assert (bad.failure.detail, good.new) == ("ValueError: rain", 1)
    assert titles(database) == [SNOW.title]
    assert feed_row(database, feed_id).lease is None


# --- what changes between deciding and writing ----------------------------------------------------


def test_an_entry_that_another_process_stored_meanwhile_is_not_stored_twice(
    database: Database, feed_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if it held no lease and counted nothing."""

    def other_process() -> None:
        with database.write_exclusive() as session:
            store_entries(session, feed_id, an_entry(RAIN.title, guid="1"))
            session.execute(update(Feed).values(entry_count=0))

    between_passes(monkeypatch, other_process)
    stored = poll(database, feed_id, RAIN, SNOW)
    assert (stored.new, stored.lost, stored.failure) == (1, False, None)
    assert sorted(titles(database)) == sorted([RAIN.title, SNOW.title])


def test_a_feed_that_another_process_took_over_meanwhile_is_left_to_it(
    database: Database, feed_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def other_process() -> None:
        with database.write() as session:
            session.execute(update(Feed).values(lease=None))
        poll(database, feed_id, RAIN)

    between_passes(monkeypatch, other_process)
    assert poll(database, feed_id, RAIN, SNOW).lost
    assert titles(database) == [RAIN.title]
    assert feed_row(database, feed_id).entry_count == 1
    assert poll(database, feed_id, RAIN, SNOW).new == 1


def test_what_retention_deletes_meanwhile_does_not_return(
    database: Database, feed_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = an_entry("قديم", "https://h.example/1", guid="1", published_at=NOW - 40 * DAY)
    edited = an_entry("قديم جدا", "https://h.example/1", guid="1", published_at=NOW - 40 * DAY)
    poll(database, feed_id, old)
    decided: list[Any] = []
    real = decide_pass.decide
    monkeypatch.setattr(store_pass, "decide", lambda *a: decided.append(a) or real(*a))

    def retention() -> None:
        with database.write_exclusive() as session:
            assert delete_before(session, NOW - 30 * DAY, NOW, limit=10) == 1

    between_passes(monkeypatch, retention)
    stored = poll(database, feed_id, edited, SNOW)
    assert (stored.new, stored.changed) == (1, 0)
    assert titles(database) == [SNOW.title]
    assert feed_row(database, feed_id).entry_count == 1
    assert len(decided) == 1  # what is left to write has its words: no second pass


def test_a_rule_that_changes_meanwhile_holds_for_what_is_stored_then(
    database: Database, feed_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def editor() -> None:
        with database.write_exclusive() as session:
            content = TopicContent("rain", LocalizedText(ar="مطر"), rule="أمطار")
            topics.add_topic(session, content, "B", NOW)

    between_passes(monkeypatch, editor)
    matcher = TopicMatcher()
    (stored,) = store(database, [result_of(database, feed_id, RAIN, SNOW)], POLICY, matcher)
    assert stored.new == 2
    with database.read() as session:
        topic = topics.find_topic(session, "rain")
        assert topics.rules_version(session) == matcher.rules_version
        assert members.count_entries(session, topic.id) == 1


def test_an_edited_entry_that_is_indexed_meanwhile_is_found_by_its_new_words(
    database: Database, feed_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    poll(database, feed_id, RAIN)
    with database.write_exclusive() as session:
        rows = indexing.stored_entries(session, [entry_rows(database)[0].id])
        documents = [indexing.to_document(row) for row in rows]
        indexing.remove_documents(session, documents)

    def indexed() -> None:
        with database.write_exclusive() as session:
            indexing.add(session, documents)

    between_passes(monkeypatch, indexed)
    assert poll(database, feed_id, an_entry("رعد", guid="1")).changed == 1
    with database.read() as session:
        assert len(session.execute(select(SearchDoc.doc)).all()) == 1


def test_a_feed_that_keeps_changing_is_left_to_its_next_poll(
    database: Database, feed_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def editor() -> None:
        with database.write_exclusive() as session:
            slug = f"topic-{len(topics.all_rules(session))}"
            content = TopicContent(slug, LocalizedText(ar=slug), rule="أمطار")
            topics.add_topic(session, content, "B", NOW)

    between_passes(monkeypatch, *[editor] * store_pass.MAX_ATTEMPTS)
    result = result_of(database, feed_id, RAIN)
    (lost,) = store(database, [result], POLICY)
    assert lost.lost
    assert titles(database) == []
    (stored,) = store(database, [result], POLICY)  # the lease still holds
    assert stored.new == 1


# --- deliveries of hubs --------------------------------------------------------------------------


def test_deliveries_that_wait_together_are_compared_in_their_order(
    database: Database, feed_id: int
) -> None:
    poll(database, feed_id, SNOW)
    documents = (
        a_document(an_entry("أمطار", guid="1"), an_entry("ثلوج ٢", guid="2")),
        a_document(an_entry("رعد", guid="3"), an_entry("أمطار ٢", guid="1")),
        a_document(an_entry("ثلوج ٣", guid="2"), an_entry("رعد", guid="3")),
    )
    pushes = tuple(PreparedPush(number, each) for number, each in enumerate(documents))
    result = PollResult(claim(database, feed_id), NOW, pushes=pushes)
    (stored,) = store(database, [result], POLICY)
    assert (stored.new, stored.changed) == (2, 2)
    rows = entry_rows(database)
    assert [row.title for row in rows] == ["ثلوج ٣", "أمطار ٢", "رعد"]
    assert [row.updated_at for row in rows] == [NOW, NOW, None]
    assert feed_row(database, feed_id).entry_count == 3

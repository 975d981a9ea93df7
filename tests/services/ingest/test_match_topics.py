"""New, edited and old entries find their topics: at the store, and in the background."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from aggregator.services.desk.backfill import drop_expired_entries, expire_pins, run_backfill
from aggregator.services.ingest.match_topics import TopicMatcher
from aggregator.services.ingest.store import store
from aggregator.storage.engine import Database
from aggregator.storage.models import Entry, TopicEntry
from aggregator.storage.topics import curation, topics
from aggregator.types import LocalizedText, Pin, PreparedEntry, Topic, TopicContent
from tests.builders import NOW, an_entry, make_entry, make_feed, make_source, store_entries
from tests.services.ingest.polls import POLICY, result_of

DAY = timedelta(days=1)


def make_topic(database: Database, slug: str, rule: str) -> Topic:
    with database.write_exclusive() as session:
        return topics.add_topic(
            session, TopicContent(slug, LocalizedText(ar=slug), rule=rule), "B", NOW
        )


def change_rule(database: Database, topic: Topic, rule: str) -> Topic:
    with database.write_exclusive() as session:
        return topics.save_topic(
            session, topic, replace(topic.content, rule=rule),
            base=topic.revision, editor="B", reason="", now=NOW,
        )  # fmt: skip


def poll(database: Database, feed_id: int, matcher: TopicMatcher, *entries: PreparedEntry) -> None:
    (stored,) = store(database, [result_of(database, feed_id, *entries)], POLICY, matcher)
    assert stored.failure is None


def titles(database: Database, topic: Topic) -> list[str]:
    with database.read() as session:
        found = (
            select(Entry.title)
            .join(TopicEntry, TopicEntry.entry_id == Entry.id)
            .where(TopicEntry.topic_id == topic.id)
        )
        return sorted(session.execute(found).scalars())


@pytest.fixture
def feed_id(database: Database) -> int:
    with database.write() as session:
        return make_feed(session, make_source(session, name="هسبريس"), section="مجتمع")


def test_entries_join_when_they_are_stored_and_again_when_they_change(
    database: Database, feed_id: int
) -> None:
    matcher = TopicMatcher()
    water = make_topic(database, "water", "سدود OR مطر")
    ours = make_topic(database, "ours", "مصدر:هسبريس قسم:مجتمع عنوان:سدود")
    recent = make_topic(database, "recent", "سدود after:7d")
    dams = an_entry("السدود تمتلئ", guid="1", text="خبر")
    old = an_entry("سدود قديمة", guid="2", published_at=NOW - 8 * DAY)
    poll(database, feed_id, matcher, dams, old, an_entry("الثلج", guid="3", text="أخبار"))
    assert titles(database, water) == ["السدود تمتلئ", "سدود قديمة"]
    assert titles(database, ours) == ["السدود تمتلئ", "سدود قديمة"]
    assert titles(database, recent) == ["السدود تمتلئ"]

    edited = an_entry("الأنهار تمتلئ", guid="1", text="خبر")
    poll(database, feed_id, matcher, edited, an_entry("الثلج", guid="3", text="بل هو المطر"))
    assert titles(database, water) == ["الثلج", "سدود قديمة"]
    assert titles(database, ours) == ["سدود قديمة"]
    assert titles(database, recent) == []


def test_a_changed_rule_holds_for_the_next_entry_in_every_process(
    database: Database, feed_id: int
) -> None:
    matcher = TopicMatcher()
    poll(database, feed_id, matcher, an_entry("سدود", guid="1"))
    topic = make_topic(database, "t", "مطر")
    poll(database, feed_id, matcher, an_entry("مطر", guid="2"))
    change_rule(database, topic, "ثلج")
    poll(database, feed_id, matcher, an_entry("ثلج", guid="3"), an_entry("مطر ورياح", guid="4"))
    assert titles(database, topic) == ["ثلج", "مطر"]  # مطر leaves with the filling
    run_backfill(database, NOW)
    assert titles(database, topic) == ["ثلج"]


def test_filling_goes_on_where_it_was_interrupted(database: Database, feed_id: int) -> None:
    with database.write() as session:
        for number in range(10):
            make_entry(session, feed_id, f"سدود {number}", age=number)
        make_entry(session, feed_id, "ثلج")
    topic = make_topic(database, "t", "سدود")
    progress: list[int] = []

    def after(calls: int) -> Callable[[], bool]:
        counted = iter(range(calls))
        return lambda: next(counted, None) is None

    assert run_backfill(database, NOW, after(2), chunk=4) == 4  # killed after one chunk
    with database.read() as session:
        done = topics.find_topic(session, "t").fill
        progress.append(done.done if done else -1)
    assert progress == [4]
    assert len(titles(database, topic)) == 3
    assert run_backfill(database, NOW, chunk=4) == 7
    assert len(titles(database, topic)) == 10
    assert run_backfill(database, NOW) == 0
    with database.read() as session:
        assert topics.find_topic(session, "t").fill is None

    change_rule(database, topic, "ثلج")
    run_backfill(database, NOW, chunk=4)
    assert titles(database, topic) == ["ثلج"]


def test_filling_passes_over_what_the_index_rules_out(database: Database, feed_id: int) -> None:
    with database.write() as session:
        said = ["سدود", "وبالسدود", "ثلج", "سد", "أخبار سدود"]
        entries = [an_entry(f"{said[n % 5]} {n}", guid=str(n)) for n in range(60)]
        store_entries(session, feed_id, *entries)
        make_entry(session, feed_id, "سدود بلا فهرس")  # the index does not have it yet
    topic = make_topic(database, "t", "سدود")
    assert run_backfill(database, NOW, chunk=1) < 50
    assert len(titles(database, topic)) == 37
    topic = change_rule(database, topic, "ثلج -سدود")
    run_backfill(database, NOW, chunk=2)
    assert len(titles(database, topic)) == 12
    change_rule(database, topic, "source:hespress")
    assert run_backfill(database, NOW) == 61


def test_filling_keeps_pins_removals_and_windows(database: Database, feed_id: int) -> None:
    with database.write() as session:
        kept, gone = (make_entry(session, feed_id, title) for title in ("ثلج", "سدود ب"))
        make_entry(session, feed_id, "سدود قديمة", age=24 * 8)
        make_entry(session, feed_id, "سدود", age=24 * 6)
    topic = make_topic(database, "t", "سدود after:7d")
    with database.write() as session:
        pin = Pin(kept, 0, "B", NOW, expires_at=NOW + DAY)
        curation.pin_entry(session, topic.id, pin)
        curation.remove_entry(session, topic.id, gone, "B", "", NOW)
    run_backfill(database, NOW)
    assert titles(database, topic) == ["ثلج", "سدود"]
    expire_pins(database, NOW + DAY)
    assert titles(database, topic) == ["سدود"]
    drop_expired_entries(database, NOW + DAY)
    assert titles(database, topic) == ["سدود"]
    drop_expired_entries(database, NOW + 2 * DAY)
    assert titles(database, topic) == []

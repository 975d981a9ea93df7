"""Editing topics, and previewing a rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from aggregator.errors import InvalidInput, NotFound, QueryError, TopicChanged
from aggregator.services.desk import preview, topics
from aggregator.services.desk.backfill import run_backfill
from aggregator.storage.engine import Database
from aggregator.types import LocalizedText, TopicContent, User
from tests.builders import NOW, make_entry, make_feed, make_source

BRAHIM = User(2, "Brahim", "editor")
BADIA = User(4, "Badia", "editor")
WATER = TopicContent("water", LocalizedText(ar="الماء"), rule="سدود OR مطر")


@pytest.fixture
def newsroom(database: Database) -> Database:
    """1: dams, today. 2: rain, yesterday. 3: snow, in its text. 4: dams, 8 days ago."""
    with database.write() as session:
        feed_id = make_feed(session, make_source(session))
        make_entry(session, feed_id, "السدود تمتلئ", age=1)
        make_entry(session, feed_id, "مطر بالريف", age=25)
        make_entry(session, feed_id, "طرق", age=30, content="<p>أغلق <b>الثلج</b> الطرق</p>")
        make_entry(session, feed_id, "سدود", age=24 * 8)
    return database


def test_a_preview_is_what_the_rule_will_bring(newsroom: Database) -> None:
    with newsroom.write_exclusive() as session:
        topics.create(session, BRAHIM, WATER, NOW)
    run_backfill(newsroom, NOW)
    with newsroom.read() as session:
        found = preview.preview(session, WATER.rule, WATER.rule, NOW, UTC)
        assert [hit.entry.id for hit in found.hits] == [1, 2]
        assert (found.total, found.complete, found.compared) == (2, True, False)
        assert [count for _, count in found.days] == [1, 1, 0, 0, 0, 0, 0]
        assert [piece.text for piece in found.hits[0].title if piece.found] == ["السدود"]
        kept = topics.get_desk_view(session, "water", None, NOW)
        assert [entry.id for entry in kept.page.entries] == [1, 2, 4]
        assert kept.reasons[2].words == ("مطر",)


def test_a_preview_tells_what_joins_and_what_leaves(newsroom: Database) -> None:
    with newsroom.read() as session:
        found = preview.preview(session, "سدود OR ثلج", WATER.rule, NOW, UTC)
        assert [hit.entry.id for hit in found.joining] == [3]
        assert [hit.entry.id for hit in found.leaving] == [2]
        assert [piece.text for piece in found.joining[0].snippet if piece.found] == ["الثلج"]
        with pytest.raises(QueryError):
            preview.preview(session, "سدود (", WATER.rule, NOW, UTC)


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"slug": "a b"}, "topic_slug"),
        ({"slug": "new"}, "topic_slug"),
        ({"slug": "x" * 61}, "topic_slug"),
        ({"slug": "ماء"}, "topic_slug"),
        ({"name": LocalizedText(ar="  ")}, "topic_name"),
        ({"rule": "-سدود"}, "query_everything"),
    ],
)
def test_what_cannot_be_saved(newsroom: Database, change: dict[str, object], key: str) -> None:
    with newsroom.write_exclusive() as session, pytest.raises((InvalidInput, QueryError)) as caught:
        topics.create(session, BRAHIM, replace(WATER, **change), NOW)  # type: ignore[arg-type]
    assert caught.value.key == f"error.{key}"


def test_saving_comparing_and_going_back(newsroom: Database) -> None:
    with newsroom.write_exclusive() as session:
        topic = topics.create(session, BRAHIM, replace(WATER, slug=" Water "), NOW)
        assert topic.content.slug == "water"
        same = topics.save(session, BADIA, topic, WATER, base=1, reason="", now=NOW)
        assert same.revision == 1  # nothing changed
        snow = replace(WATER, rule="ثلج")
        topic = topics.save(session, BADIA, topic, snow, base=1, reason=" شتاء ", now=NOW)
        with pytest.raises(TopicChanged):
            topics.save(session, BRAHIM, topic, WATER, base=1, reason="", now=NOW)
        found = topics.history(session, "water", None, None)
        assert found.before is not None
        assert (found.before.content.rule, found.after.content.rule) == (WATER.rule, "ثلج")
        assert (found.after.editor, found.after.reason) == ("Badia", "شتاء")
        back = topics.revert(session, BRAHIM, topic, 1, base=2, reason="رجوع", now=NOW)
        assert (back.revision, back.content) == (3, WATER)
        with pytest.raises(NotFound):
            topics.history(session, "water", None, 9)


def test_the_work_of_the_hand(newsroom: Database) -> None:
    with newsroom.write_exclusive() as session:
        topics.create(session, BRAHIM, WATER, NOW)
    run_backfill(newsroom, NOW)
    with newsroom.write() as session:
        topics.pin(session, BRAHIM, "water", 3, days=1, note="مهم", now=NOW)
        topics.pin(session, BADIA, "water", 2, days=0, note="", now=NOW)
        topics.move_pin(session, "water", 2, True, NOW)
        topics.remove(session, BADIA, "water", 1, "مكرر", NOW)
        found = topics.get_desk_view(session, "water", None, NOW)
        assert [each.entry.id for each in found.pins] == [2, 3]
        assert found.pins[1].pin.expires_at == NOW + timedelta(days=1)
        assert [entry.id for entry in found.page.entries] == [2, 3, 4]
        assert [(each.entry_id, each.reason) for each in found.removals] == [(1, "مكرر")]
        topics.restore(session, "water", 1, NOW)
        topics.unpin(session, "water", 3)
        found = topics.get_desk_view(session, "water", None, NOW)
        assert [entry.id for entry in found.page.entries] == [1, 2, 4]
        for wrong in (99, 2**40):
            with pytest.raises(NotFound):
                topics.pin(session, BRAHIM, "water", wrong, days=0, note="", now=NOW)
            with pytest.raises(NotFound):
                topics.remove(session, BRAHIM, "water", wrong, "", NOW)
        with pytest.raises(InvalidInput):
            topics.add_note(session, BRAHIM, "water", "  ", NOW)

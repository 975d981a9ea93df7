"""Topics, their revisions and their curation, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from aggregator.errors import Conflict, NotFound, TopicChanged
from aggregator.storage.engine import Database
from aggregator.storage.models import TopicSubscription
from aggregator.storage.topics import curation, follows, topics
from aggregator.storage.topics import members as topic_entries
from aggregator.storage.topics.facts import topic_facts
from aggregator.storage.topics.members import Membership
from aggregator.types import BackfillProgress, LocalizedText, MatchReason, Pin, Topic, TopicContent
from tests.builders import NOW, make_entry, make_feed, make_source, make_user

HOUR = timedelta(hours=1)
WATER = TopicContent(
    "water", LocalizedText(ar="الماء", fr="L’eau"), LocalizedText(ar="سدود وأمطار"), "سدود"
)


def save(session: Session, topic: Topic, content: TopicContent, base: int, who: str) -> Topic:
    return topics.save_topic(
        session, topic, content, base=base, editor=who, reason="أوضح", now=NOW + HOUR
    )


def test_saves_become_revisions_and_none_overwrites_another(database: Database) -> None:
    with database.write() as session:
        topic = topics.add_topic(session, WATER, "Brahim", NOW)
        assert (topic.revision, topic.content, topic.fill) == (1, WATER, None)
        assert topic.published_at is None
        with pytest.raises(Conflict):
            topics.add_topic(session, replace(WATER, rule="مطر"), "Brahim", NOW)
    published = replace(WATER, state="published", rule="سدود OR مطر")
    with database.write() as session:
        saved = save(session, topic, published, 1, "Chaimae")
        assert (saved.revision, saved.updated_by) == (2, "Chaimae")
        assert saved.published_at == NOW + HOUR
    with database.write() as session, pytest.raises(TopicChanged):
        save(session, topic, replace(WATER, rule="ثلج"), 1, "Brahim")
    with database.read() as session:
        assert topics.find_topic(session, "water", published=True).content == published
        newest, first = topics.list_revisions(session, topic.id)
        assert (newest.number, newest.editor, newest.reason) == (2, "Chaimae", "أوضح")
        assert (first.content, newest.content) == (WATER, published)
        assert topics.find_revision(session, topic.id, 1) == first
        with pytest.raises(NotFound):
            topics.find_revision(session, topic.id, 3)


def test_a_slug_may_change_but_not_to_one_that_is_taken(database: Database) -> None:
    with database.write() as session:
        topic = topics.add_topic(session, WATER, "Brahim", NOW)
        topics.add_topic(session, replace(WATER, slug="rain"), "Brahim", NOW)
        with pytest.raises(Conflict):
            save(session, topic, replace(WATER, slug="rain"), 1, "Brahim")
        moved = save(session, topic, replace(WATER, slug="eau"), 1, "Brahim")
        assert (moved.id, moved.content.slug) == (topic.id, "eau")
        with pytest.raises(NotFound):
            topics.find_topic(session, "water")
        assert [
            each.content.slug for each in topics.list_topics(session, "draft", "published")
        ] == ["eau", "rain"]
        assert topics.list_topics(session, "published") == ()


def test_only_a_changed_rule_is_filled_in_again(database: Database) -> None:
    with database.write() as session:
        feed_id = make_feed(session, make_source(session))
        newest = [make_entry(session, feed_id) for _ in range(3)][-1]
        topic = topics.add_topic(session, WATER, "Brahim", NOW)
        assert (topic.fill, topics.rules_version(session)) == (BackfillProgress(0, newest), 1)
        other = replace(WATER, name=LocalizedText(ar="مياه"))
        topic = save(session, topic, other, 1, "Brahim")
        assert topics.rules_version(session) == 1
        topic = save(session, topic, replace(other, rule="مطر"), 2, "Brahim")
        assert topics.rules_version(session) == 2
        assert topics.all_rules(session) == {topic.id: "مطر"}


def test_entries_by_rule_and_by_hand(database: Database) -> None:
    with database.write() as session:
        feed_id = make_feed(session, make_source(session))
        one, two, three = (make_entry(session, feed_id, age=n) for n in (1, 2, 3))
        topic_id = topics.add_topic(session, WATER, "Brahim", NOW).id
        members = [
            Membership(topic_id, each, NOW - n * HOUR, ("سدود",))
            for n, each in enumerate((one, two, three), 1)
        ]
        curation.remove_entry(session, topic_id, three, "Brahim", "مكرر", NOW)
        topic_entries.add_members(session, members)
        topic_entries.add_members(session, members)
        assert topic_entries.count_entries(session, topic_id) == 2
        assert topic_facts(session, [topic_id]) == {topic_id: (2, NOW - HOUR, False, 0)}
        amina, brahim = make_user(session).id, make_user(session, "Brahim").id
        follows.follow_topic(session, amina, topic_id, NOW)
        session.execute(update(TopicSubscription).values(seen_up_to=one))
        assert topic_facts(session, [topic_id], amina) == {topic_id: (2, NOW - HOUR, True, 1)}
        assert topic_facts(session, [topic_id], brahim) == {topic_id: (2, NOW - HOUR, False, 0)}
        (removal,) = curation.list_removals(session, topic_id)
        assert (removal.entry_id, removal.reason) == (three, "مكرر")

        for entry_id in (two, three):
            curation.pin_entry(session, topic_id, Pin(entry_id, 0, "Chaimae", NOW))
        assert curation.list_removals(session, topic_id) == ()
        curation.reorder_pins(session, topic_id, [three, two])
        pins = curation.list_pins(session, topic_id, NOW)
        assert [pin.entry_id for pin in pins] == [three, two]
        found = topic_entries.reasons(session, topic_id, [one, two, three])
        assert found[one] == MatchReason(("سدود",), None)
        assert found[two] == MatchReason(("سدود",), "Chaimae")
        assert found[three] == MatchReason((), "Chaimae")

        # the rule matches none of them any more: a pinned entry stays until it is unpinned
        topic_entries.retain_members(session, {topic_id: ()}, 1, 2**31 - 1)
        assert set(topic_entries.reasons(session, topic_id, [one, two, three])) == {two, three}
        curation.unpin_entry(session, topic_id, two)
        assert set(topic_entries.reasons(session, topic_id, [one, two, three])) == {three}


def test_pins_expire(database: Database) -> None:
    with database.write() as session:
        entry_id = make_entry(session, make_feed(session, make_source(session)))
        topic_id = topics.add_topic(session, WATER, "Brahim", NOW).id
        pin = Pin(entry_id, 0, "Brahim", NOW, expires_at=NOW + HOUR)
        curation.pin_entry(session, topic_id, pin)
        assert len(curation.list_pins(session, topic_id, NOW)) == 1
        assert curation.list_pins(session, topic_id, NOW + HOUR) == ()
        assert curation.expired_pins(session, NOW) == []
        assert curation.expired_pins(session, NOW + HOUR) == [(topic_id, entry_id)]
        with pytest.raises(NotFound):
            curation.pin_entry(session, topic_id, Pin(99, 0, "Brahim", NOW))


def test_notes_are_taken_back_by_their_writer_only(database: Database) -> None:
    with database.write() as session:
        topic_id = topics.add_topic(session, WATER, "Brahim", NOW).id
        curation.add_note(session, topic_id, "Brahim", "انتبهوا إلى «سلا»", NOW)
        (note,) = curation.list_notes(session, topic_id)
        curation.delete_note(session, topic_id, note.id, "Chaimae")
        assert curation.list_notes(session, topic_id) == (note,)
        curation.delete_note(session, topic_id, note.id, "Brahim")
        assert curation.list_notes(session, topic_id) == ()

"""Published topics as readers see and follow them, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from aggregator.errors import InvalidInput, NotFound
from aggregator.services.reading import topics
from aggregator.services.reading.marking import mark_list
from aggregator.storage.engine import Database
from aggregator.storage.entries.retention import delete_before
from aggregator.storage.readers.read_marks import ReadSnapshot, set_read
from aggregator.storage.topics import curation, members
from aggregator.storage.topics import topics as store
from aggregator.storage.topics.members import Membership
from aggregator.types import EntryFilter, LocalizedText, Pin, TopicContent, User
from tests.builders import NOW, make_entry, make_feed, make_source, make_user

HOUR = timedelta(hours=1)
WATER = EntryFilter(topic="water")


@pytest.fixture
def newsroom(database: Database) -> Database:
    """Entries 1 to 6, the newest first, of two sources; 3 is a copy of 2. 1 to 5 are in "water"."""
    with database.write() as session:
        make_user(session)
        for slug in ("one", "two"):
            make_feed(session, make_source(session, slug), f"https://{slug}.example/feed")
        for number in range(1, 7):
            copy = 2 if number == 3 else None
            make_entry(session, number % 2 + 1, f"n{number}", age=number, duplicate_of=copy)
        content = TopicContent("water", LocalizedText(fr="L’eau"), rule="eau", state="published")
        topic = store.add_topic(session, content, "Brahim", NOW)
        store.add_topic(session, TopicContent("draft", LocalizedText(ar="م"), rule="eau"), "B", NOW)
        members.add_members(
            session,
            [Membership(topic.id, number, NOW - number * HOUR, ("eau",)) for number in range(1, 6)],
        )
    return database


def ids(database: Database, reader: User | None = None, **narrowed: object) -> list[int]:
    chosen = EntryFilter(topic="water", **narrowed)  # type: ignore[arg-type]  # fields of it
    found: list[int] = []
    cursor = None
    with database.read() as session:
        while True:
            page, _ = topics.list_with_reasons(session, reader, chosen, cursor, 2)
            found += [entry.id for entry in page.entries]
            cursor = page.next_cursor
            if cursor is None:
                return found


def test_the_list_of_a_topic(newsroom: Database) -> None:
    assert ids(newsroom) == [1, 2, 4, 5]
    assert ids(newsroom, duplicates=True) == [1, 2, 3, 4, 5]
    assert ids(newsroom, source="one") == [2, 4]
    assert ids(newsroom, source="two", duplicates=True) == [1, 3, 5]
    assert ids(newsroom, language="fr") == []
    with newsroom.read() as session:
        for slug in ("draft", "none"):
            with pytest.raises(NotFound):
                topics.list_with_reasons(session, None, EntryFilter(topic=slug), None, 2)
        with pytest.raises(InvalidInput):
            topics.list_with_reasons(
                session, User(1, "Amina", "reader"), EntryFilter(topic="water", starred=True),
                None, 2,
            )  # fmt: skip


def test_a_copy_stands_for_a_first_that_is_not_in_it(newsroom: Database) -> None:
    with newsroom.write() as session:
        topic = topics.find(session, "water")
        curation.remove_entry(session, topic.id, 2, "Brahim", "", NOW)
    assert ids(newsroom) == [1, 3, 4, 5]


def test_unread_and_marking_all_of_it(newsroom: Database) -> None:
    amina = User(1, "Amina", "reader")
    with newsroom.write() as session:
        set_read(session, 1, [4], True, ReadSnapshot())
    assert ids(newsroom, amina, unread=True) == [1, 2, 5]
    with newsroom.write() as session:
        mark_list(session, amina, WATER, NOW, up_to=6)
    assert ids(newsroom, amina, unread=True) == []
    with newsroom.read() as session:  # and nothing that is not in it
        page = topics.list_entries(session, EntryFilter(unread=True), reader=1)
        assert [entry.id for entry in page.entries] == [6]


def test_following(newsroom: Database) -> None:
    amina = User(1, "Amina", "reader")
    with newsroom.write() as session:
        topic = topics.follow(session, amina, "water", True, NOW)
        with pytest.raises(NotFound):
            topics.follow(session, amina, "draft", True, NOW)
        (followed,) = topics.list_followed(session, amina)
        assert (followed.entry_count, followed.new_count, followed.followed) == (5, 0, True)
        new = make_entry(session, 1, age=0)
        members.add_members(session, [Membership(topic.id, new, NOW, ("eau",))])
        assert topics.list_followed(session, amina)[0].new_count == 1
        opened = topics.get_topic_view(session, amina, WATER, None, NOW)
        assert opened.latest == new
        topics.mark_seen(session, amina, topic.id, opened.latest)
        topics.mark_seen(session, amina, topic.id, 1)  # a slower tab
        assert topics.list_followed(session, amina)[0].new_count == 0
        topics.follow(session, amina, "water", False, NOW)
        assert topics.list_followed(session, amina) == ()
        (listed,) = topics.list_published(session, amina)
        assert (listed.topic.content.slug, listed.followed) == ("water", False)


def test_pins_open_the_first_page_and_outlive_retention(newsroom: Database) -> None:
    with newsroom.write() as session:
        topic = topics.find(session, "water")
        for entry_id, expires_at in ((6, None), (5, NOW - HOUR)):
            curation.pin_entry(session, topic.id, Pin(entry_id, 0, "Brahim", NOW, expires_at))
        opened = topics.get_topic_view(session, None, WATER, None, NOW)
        assert [entry.id for entry in opened.pinned] == [6]
        assert [entry.id for entry in opened.page.entries] == [1, 2, 4, 5]
        assert opened.reasons[6].pinned_by == "Brahim"
        assert topics.topics_of(session, 6)[0][0].id == topic.id
        assert delete_before(session, NOW - 4 * HOUR, NOW, limit=9) == 1
        assert topics.get_topic_view(session, None, WATER, None, NOW).pinned[0].id == 6

""" "My news" holds topics and stories too, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from aggregator.process.stories.front_page import FrontPlan
from aggregator.services.ingest import assign_stories
from aggregator.services.reading import (
    entries,
    folders,
    following,
    marking,
    muting,
    my_news,
    stories,
    topics,
)
from aggregator.storage.engine import Database
from aggregator.storage.topics import members
from aggregator.storage.topics import topics as topic_store
from aggregator.storage.topics.members import Membership
from aggregator.types import EntryFilter, LocalizedText, TopicContent, UnplacedEntry, User
from tests.builders import (
    NOW,
    make_entry,
    make_feed,
    make_source,
    make_user,
    store_entries,
    unread_counts_of,
)
from tests.stories import FOUR

MINE = EntryFilter(following=True)
MY_STORIES = replace(MINE, stories=True)
HOUR = timedelta(hours=1)


@pytest.fixture
def amina(database: Database) -> User:
    """A reader who follows "own" of "own", "french" (fr) and "tunis" (TN): feeds 1 to 3."""
    with database.write() as session:
        for number, (slug, values) in enumerate(
            (("own", {}), ("french", {"language": "fr"}), ("tunis", {"country": "TN"}))
        ):
            source = make_source(session, slug, position=number, **values)
            make_feed(session, source, f"https://{slug}.example/feed")
        reader = make_user(session)
        following.follow(session, reader, "own", NOW)
        return reader


def a_topic(database: Database, reader: User, *entry_ids: int, slug: str = "water") -> None:
    """A published topic with these entries, number n of them n hours old, which Amina follows."""
    with database.write() as session:
        content = TopicContent(slug, LocalizedText(fr="L’eau"), rule="eau", state="published")
        topic = topic_store.add_topic(session, content, "Brahim", NOW)
        found = [entries.find_entry(session, None, id_).summary for id_ in entry_ids]
        rows = [Membership(topic.id, each.id, each.published_at, ("eau",)) for each in found]
        members.add_members(session, rows)
        topics.follow(session, reader, slug, True, NOW)


def add(database: Database, feed: int, age: float, **values: object) -> int:
    with database.write() as session:
        return make_entry(session, feed, f"{feed}: {age} hours old", age=age, **values)


def arrive(database: Database, feed: int, number: int) -> int:
    """Entry `number` of one event, in its story."""
    with database.write_exclusive() as session:
        (id_,) = store_entries(session, feed, FOUR[number])
        assign_stories.assign_stories(session, [UnplacedEntry(id_, FOUR[number].story)])
    return id_


def listed(
    database: Database, reader: User, chosen: EntryFilter = MINE, size: int = 50
) -> list[int]:
    """The ids on all pages of a list; of a story, that of its newest entry on the list."""
    found: list[int] = []
    cursor = None
    with database.read() as session:
        while True:
            show = stories.list_stories if chosen.stories else entries.list_entries
            page = show(session, reader, chosen, cursor, size)
            found += [each.story.shown_id if each.story else each.id for each in page.entries]
            cursor = page.next_cursor
            if cursor is None:
                return found


@pytest.mark.parametrize("size", [1, 2, 50])
def test_entries_of_topics_and_sources_by_time(database: Database, amina: User, size: int) -> None:
    ages = [(1, 1), (2, 2), (3, 3), (1, 4), (2, 900), (1, 5000)]
    ids = [add(database, feed, age) for feed, age in ages]
    elsewhere = add(database, 2, 2.5)
    a_topic(database, amina, *(ids[number] for number in (0, 1, 2, 4)))
    assert listed(database, amina, size=size) == ids
    assert elsewhere not in listed(database, amina)
    with database.write() as session:
        following.unfollow(session, amina, "own")
    assert listed(database, amina, size=size) == [ids[number] for number in (0, 1, 2, 4)]
    with database.write() as session:
        topics.follow(session, amina, "water", False, NOW)
    assert listed(database, amina) == []


def test_an_entry_opened_from_it_has_its_neighbours(database: Database, amina: User) -> None:
    ids = [add(database, feed, age) for feed, age in ((1, 1), (2, 2), (1, 3))]
    a_topic(database, amina, ids[1])
    with database.read() as session:
        opened = entries.get_entry_view(session, amina, ids[1], MINE)
        first = entries.get_entry_view(session, amina, ids[0], MINE)
    assert opened.newer is not None
    assert opened.older is not None
    assert (opened.newer.id, opened.older.id) == (ids[0], ids[2])
    assert first.older is not None
    assert (first.newer, first.older.id) == (None, ids[1])


def test_filters_and_mutes_apply_to_topics(database: Database, amina: User) -> None:
    own = add(database, 1, 1)
    french = add(database, 2, 2, language="fr")
    tunis = add(database, 3, 3)
    a_topic(database, amina, french, tunis)
    assert listed(database, amina, replace(MINE, country="TN")) == [tunis]
    assert listed(database, amina, replace(MINE, language="fr")) == [french]
    assert listed(database, amina, replace(MINE, source="french")) == [french]
    with database.write() as session:
        folder = folders.put_in_folder(session, amina, 1, "Presse", NOW)
        assert folder is not None
        muting.mute_source(session, amina, "french", True, NOW)
    assert listed(database, amina) == [own, tunis]
    assert listed(database, amina, replace(MINE, folder=folder.id)) == [own]
    with database.write() as session:
        muting.mute_word(session, amina, "hours", NOW)
    assert listed(database, amina) == []


def test_what_is_unread_is_counted_and_listed_by_source(database: Database, amina: User) -> None:
    own, other = add(database, 1, 1), add(database, 2, 2)
    a_topic(database, amina, other)
    assert listed(database, amina, replace(MINE, unread=True)) == [own]
    with database.read() as session:
        assert unread_counts_of(session, amina).total == 1


def test_marking_all_of_it_marks_what_is_shown_of_topics(database: Database, amina: User) -> None:
    own, other = add(database, 1, 1), add(database, 2, 2)
    a_topic(database, amina, own, other)

    def read() -> dict[int, bool]:
        with database.read() as session:
            page = entries.list_entries(session, amina, MINE)
            return {entry.id: entry.read for entry in page.entries}

    with database.write() as session:
        marked = marking.mark_list(session, amina, MINE, NOW, up_to=other - 1)
    assert (marked.count, read()) == (1, {own: True, other: False})
    with database.write() as session:
        marked = marking.mark_list(session, amina, MINE, NOW, up_to=other)
    assert (marked.count, read()) == (1, {own: True, other: True})
    with database.write() as session:
        assert marked.undo is not None
        assert marking.undo(session, amina, marked.undo, NOW) == 1
    assert read() == {own: True, other: False}


def test_an_article_and_its_copy_stand_there_once(database: Database, amina: User) -> None:
    original = add(database, 2, 3)
    copy = add(database, 1, 2, duplicate_of=original)
    assert listed(database, amina) == [copy]
    a_topic(database, amina, original)
    assert listed(database, amina) == [original]
    assert listed(database, amina, size=1) == [original]


def test_a_copy_in_a_topic_stands_for_an_original_that_is_not(
    database: Database, amina: User
) -> None:
    original = add(database, 2, 3)
    copies = [add(database, 3, age, duplicate_of=original) for age in (2, 1)]
    a_topic(database, amina, *copies)
    assert listed(database, amina) == [copies[0]]


def test_an_event_stands_there_once_and_says_who_told_it(database: Database, amina: User) -> None:
    own, french = arrive(database, 1, 0), arrive(database, 2, 3)
    assert listed(database, amina, MY_STORIES) == [own]
    a_topic(database, amina, french)
    assert listed(database, amina, MINE) == [french, own]
    assert listed(database, amina, MY_STORIES) == [french]
    with database.read() as session:
        (card,) = stories.list_stories(session, amina, MY_STORIES).entries
    assert card.story is not None
    assert (card.story.yours, [each.slug for each in card.story.sources]) == (True, ["own"])
    with database.write() as session:
        following.unfollow(session, amina, "own")
        (card,) = stories.list_stories(session, amina, MY_STORIES).entries
    assert card.story is not None
    told_by = sorted(each.slug for each in card.story.sources)
    assert (card.story.yours, told_by) == (False, ["french", "own"])


def test_a_followed_story_is_my_news_whoever_tells_it(database: Database, amina: User) -> None:
    first = arrive(database, 2, 0)
    assert listed(database, amina, MY_STORIES) == []
    with database.write() as session:
        stories.follow(session, amina, first, True, NOW)
    assert listed(database, amina, MY_STORIES) == [first]  # alone so far
    newer = arrive(database, 3, 1)
    newest = arrive(database, 2, 3)
    assert listed(database, amina, MY_STORIES) == [newest]
    assert listed(database, amina, MINE) == [newest, newer, first]
    assert listed(database, amina, replace(MY_STORIES, language="ar")) == [newer]


def test_a_planned_story_leads_if_it_is_followed(database: Database, amina: User) -> None:
    first = arrive(database, 2, 0)
    newest = arrive(database, 3, 1)
    own = add(database, 1, 0.5)
    plan = FrontPlan((), (newest,), ())
    with database.read() as session:
        page = my_news.open_my_news(session, amina, MY_STORIES, plan, NOW)
        assert (page.top, [each.id for each in page.rest.entries]) == ((), [own])
    with database.write() as session:
        stories.follow(session, amina, first, True, NOW)
        page = my_news.open_my_news(session, amina, MY_STORIES, plan, NOW)
    assert [each.story.id for each in page.top if each.story] == [first]
    assert [each.id for each in page.rest.entries] == [own]

"""Followed stories with their new entries, and candidates for the top of the front page."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from aggregator.services.ingest import assign_stories
from aggregator.services.reading import front_page, stories
from aggregator.storage.engine import Database
from aggregator.types import EntryFilter, UnplacedEntry, User
from tests.builders import NOW, make_feed, make_source, make_user, store_entries
from tests.stories import FOUR

ALL = EntryFilter(stories=True)


@pytest.fixture
def feeds(database: Database) -> list[int]:
    with database.write() as session:
        return [
            make_feed(session, make_source(session, slug), f"https://{slug}.example/feed")
            for slug in ("wakala", "janoub", "atlas", "courrier")
        ]


@pytest.fixture
def amina(database: Database) -> User:
    with database.write() as session:
        return make_user(session)


def _arrive(database: Database, feed: int, number: int, **changes: object) -> int:
    entry = replace(FOUR[number], **changes)  # type: ignore[arg-type]  # fields of an entry
    with database.write_exclusive() as session:
        (id_,) = store_entries(session, feed, entry)
        assign_stories.assign_stories(session, [UnplacedEntry(id_, entry.story)])
    return id_


def test_a_followed_story_says_what_came_since(
    database: Database, feeds: list[int], amina: User
) -> None:
    first = _arrive(database, feeds[0], 0)
    with database.write() as session:
        stories.follow(session, amina, first, True, NOW)
    with database.read() as session:
        (alone,) = stories.list_followed(session, amina)
        assert (alone.id, alone.new_count, alone.source_count) == (first, 0, 1)
    _arrive(database, feeds[1], 1)
    _arrive(database, feeds[3], 3)
    with database.read() as session:
        (found,) = stories.list_followed(session, amina)
        assert (found.new_count, found.source_count) == (2, 3)
        assert found.last_at == FOUR[3].published_at
        opened = stories.get_story_view(session, amina, first)
        assert len(opened.new_ids) == 2
    with database.write() as session:
        stories.mark_seen(session, amina, opened)
    with database.read() as session:
        assert stories.list_followed(session, amina)[0].new_count == 0
        assert stories.list_followed(session, replace(amina, id=99)) == ()
    with database.write() as session:
        stories.follow(session, amina, first, False, NOW)
        assert stories.list_followed(session, amina) == ()


def test_most_told_is_what_several_tell_in_their_own_words(
    database: Database, feeds: list[int], amina: User
) -> None:
    first = _arrive(database, feeds[0], 0)
    _arrive(database, feeds[2], 2)  # a reprint
    with database.read() as session:
        assert front_page.rank_stories(session, NOW) == []
    _arrive(database, feeds[1], 1)
    with database.read() as session:
        assert front_page.rank_stories(session, NOW) == [first]
        assert front_page.rank_stories(session, NOW + timedelta(days=2)) == []
        plan = front_page.plan_front_page(session, (), NOW)
        page = front_page.open_front_page(session, amina, plan, NOW)
        (listed,) = stories.list_stories(session, amina, ALL).entries
        assert page.top == (listed,)
        assert page.rest.entries == ()


def test_a_story_stands_in_a_list_of_unread_until_all_of_it_is_read(
    database: Database, feeds: list[int], amina: User
) -> None:
    ids = [_arrive(database, feed, number) for number, feed in enumerate(feeds)]
    unread = EntryFilter(stories=True, unread=True)

    def shown(chosen: EntryFilter) -> list[tuple[int, int | None]]:
        with database.read() as session:
            page = stories.list_stories(session, amina, chosen)
            return [(e.story.shown_id if e.story else e.id, e.story_id) for e in page.entries]

    assert shown(unread) == [(ids[3], ids[0])]
    with database.write() as session:
        stories.marking.mark_entries(session, amina, [ids[3]], True, NOW)
    assert shown(unread) == [(ids[2], ids[0])]
    assert shown(replace(unread, source="janoub")) == [(ids[1], ids[0])]
    assert shown(replace(unread, source="courrier")) == []
    assert shown(replace(unread, language="ar")) == [(ids[2], ids[0])]
    assert shown(EntryFilter(stories=True, source="courrier")) == [(ids[3], ids[0])]
    with database.write() as session:
        stories.mark_story(session, amina, ids[0], True, NOW)
    assert shown(unread) == []

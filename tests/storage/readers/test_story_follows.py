"""Following a story: what counts as seen, and that it never goes back."""

from aggregator.storage.engine import Database
from aggregator.storage.readers.story_follows import (
    follow_story,
    mark_story_seen,
    story_read_state,
    unfollow_story,
)
from aggregator.types import StoryReadState
from tests.builders import NOW, make_entry, make_feed, make_source, make_user


def test_follow_see_and_unfollow(database: Database) -> None:
    with database.write() as session:
        feed = make_feed(session, make_source(session))
        story, latest = make_entry(session, feed), make_entry(session, feed)
        amina = make_user(session).id
        assert story_read_state(session, amina, story) == StoryReadState(False, None)
        follow_story(session, amina, story, "عنوان", "ar", NOW)
        assert story_read_state(session, amina, story) == StoryReadState(True, latest, "عنوان")
        mark_story_seen(session, amina, story, latest + 5, "عنوان", "ar")
        mark_story_seen(session, amina, story, latest, "Titre", "fr")
        follow_story(session, amina, story, "عنوان آخر", "ar", NOW)
        seen = StoryReadState(True, latest + 5, "Titre")
        assert story_read_state(session, amina, story) == seen
        unfollow_story(session, amina, story)
        assert story_read_state(session, amina, story) == StoryReadState(False, None)


def test_marking_a_story_that_is_not_followed_changes_nothing(database: Database) -> None:
    with database.write() as session:
        story = make_entry(session, make_feed(session, make_source(session)))
        amina = make_user(session).id
        mark_story_seen(session, amina, story, story, "عنوان", "ar")
        assert story_read_state(session, amina, story) == StoryReadState(False, None)

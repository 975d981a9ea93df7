"""Personal feeds on both databases: made, found, limited, used, revoked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from aggregator.errors import InvalidInput, InvalidLink
from aggregator.services.reading import personal_feeds
from aggregator.storage.accounts import personal_feeds as store
from aggregator.storage.engine import Database
from aggregator.types import MAX_PERSONAL_FEEDS, User
from tests.builders import NOW, make_user

HOUR = timedelta(hours=1)


@pytest.fixture
def amina(database: Database) -> User:
    with database.write() as session:
        return make_user(session)


def test_a_feed_is_found_by_its_secret_alone(database: Database, amina: User) -> None:
    with database.write() as session:
        made = personal_feeds.create(session, amina, "search", " سدود ", NOW)
    with database.read() as session:
        found = personal_feeds.find(session, made.secret)
        assert (found.user, found.feed.kind, found.feed.subject) == (amina, "search", "سدود")
        assert found.feed.created_at == NOW
        for wrong in (made.feed.id, made.secret[:-1], f"{made.secret}a", "", "\udc80"):
            with pytest.raises(InvalidLink):
                personal_feeds.find(session, wrong)


def test_its_use_is_noted_once_an_hour(database: Database, amina: User) -> None:
    with database.write() as session:
        made = personal_feeds.create(session, amina, "starred", "", NOW)
        assert personal_feeds.is_use_news(made.feed, NOW)
        personal_feeds.record_use(session, made.feed.id, NOW)
    with database.read() as session:
        (feed,) = personal_feeds.list_feeds(session, amina)
    assert feed.last_used_at == NOW
    assert not personal_feeds.is_use_news(feed, NOW + HOUR / 2)
    assert personal_feeds.is_use_news(feed, NOW + HOUR)
    assert personal_feeds.is_use_news(feed, NOW - HOUR)  # the clock was ahead


def test_a_reader_has_a_limited_number(database: Database, amina: User) -> None:
    with database.write() as session:
        for _ in range(MAX_PERSONAL_FEEDS):
            made = personal_feeds.create(session, amina, "starred", "", NOW)
        with pytest.raises(InvalidInput):
            personal_feeds.create(session, amina, "starred", "", NOW)
        personal_feeds.create(session, make_user(session, "Brahim"), "starred", "", NOW)
        personal_feeds.revoke(session, amina, made.feed.id)
        personal_feeds.create(session, amina, "starred", "", NOW)


def test_only_the_feeds_of_the_tag_follow_its_new_name(database: Database, amina: User) -> None:
    with database.write() as session:
        brahim = make_user(session, "Brahim")
        for owner, subject in ((amina, "ماء"), (amina, "ضوء"), (brahim, "ماء")):
            feed = personal_feeds.PersonalFeed(f"{owner.id} {subject}", "tag", subject, NOW, None)
            store.insert_feed(session, feed, owner.id)
        store.rename_tag(session, amina.id, "ماء", "مياه")
        assert {feed.subject for feed in store.list_feeds(session, amina.id)} == {"مياه", "ضوء"}
        assert {feed.subject for feed in store.list_feeds(session, brahim.id)} == {"ماء"}

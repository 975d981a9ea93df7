"""Followed sources survive a round trip through OPML."""

from __future__ import annotations

import tomllib

import pytest

from aggregator.errors import ParseError
from aggregator.parse.opml import Outline, write_opml
from aggregator.services.reading import following
from aggregator.services.reading.subscription_opml import export_followed, import_followed, own_name
from aggregator.storage.engine import Database
from aggregator.storage.listing.filters import followed_sources
from aggregator.types import User
from tests.builders import NOW, make_entry, make_feed, make_source, make_user, unread_counts_of


@pytest.fixture
def amina(database: Database) -> User:
    with database.write() as session:
        hespress = make_source(session, "hespress", name="هسبريس")
        feed = make_feed(session, hespress, "https://www.hespress.example/feed")
        make_entry(session, feed, age=50)
        make_feed(session, hespress, "https://hespress.example/sport/feed", position=1)
        medias = make_source(session, "medias24", position=1, language="fr")
        make_feed(session, medias, "http://m.example/", adopted_url="https://m.example/rss")
        gone = make_source(session, "gone", position=2, enabled=False)
        make_feed(session, gone, "https://gone.example/feed", enabled=False)
        return make_user(session)


def test_a_round_trip(database: Database, amina: User) -> None:
    with database.write() as session:
        brahim = make_user(session, "Brahim", "editor")
        following.follow_all(session, amina, [1, 2, 3], NOW)
        outlines = export_followed(session, amina, own_name, lambda source: source.country)
        assert outlines[0] == Outline(
            "هسبريس", "https://www.hespress.example/feed", "https://hespress.example", "MA", "ar"
        )
        assert len(outlines) == 4
        done = import_followed(session, brahim, write_opml("all", outlines).encode(), NOW)
        assert [source.slug for source in done.followed] == ["hespress", "medias24", "gone"]
        assert (done.already, done.unknown, done.tables) == ((), (), "")
        again = followed_sources(session, brahim.id)
        assert again == followed_sources(session, amina.id)
        assert (
            following.get_following_view(
                session, brahim, unread_counts_of(session, brahim)
            ).total_unread
            == 0
        )  # no archive


def test_each_feed_of_a_file_is_accounted_for(database: Database, amina: User) -> None:
    outlines = [
        Outline("as it is", "https://hespress.example/sport/feed"),
        Outline("with another scheme and end", "http://hespress.example/feed/"),
        Outline("where it moved to", "https://www.m.example/rss"),
        Outline("Hespress", "https://elsewhere.example/feed", "https://elsewhere.example"),
        Outline("no address", "feed me"),
        Outline("as Safari writes it", "feed://gone.example/feed"),
    ]
    with database.write() as session:
        following.follow(session, amina, "medias24", NOW)
        done = import_followed(session, amina, write_opml("all", outlines).encode(), NOW)
    assert [source.slug for source in done.followed] == ["hespress", "gone"]
    assert [source.slug for source in done.already] == ["medias24"]
    assert [outline.title for outline in done.unknown] == ["Hespress"]
    assert [(each.kind, each.title) for each in done.problems] == [("address", "no address")]
    tables = tomllib.loads(done.tables)["source"]
    assert [table["slug"] for table in tables] == ["hespress-2"]


def test_a_file_that_is_none_changes_nothing(database: Database, amina: User) -> None:
    with database.write() as session:
        with pytest.raises(ParseError):
            import_followed(session, amina, b"<html>", NOW)
        assert followed_sources(session, amina.id) == {}

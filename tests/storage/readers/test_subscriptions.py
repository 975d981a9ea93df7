"""Followed sources, and the URLs by which feeds are recognised."""

from __future__ import annotations

from aggregator.storage.engine import Database
from aggregator.storage.listing.filters import followed_sources
from aggregator.storage.readers import subscriptions as store
from tests.builders import NOW, make_feed, make_source, make_user


def test_following_is_once_and_each_readers_own(database: Database) -> None:
    with database.write() as session:
        first, second, third = (make_source(session, slug) for slug in ("a", "b", "c"))
        amina, brahim = make_user(session), make_user(session, "Brahim", "editor")
        assert store.follow_sources(session, amina.id, [second, first], NOW) == [first, second]
        assert store.follow_sources(session, amina.id, [second, third], NOW) == [third]
        assert store.follow_sources(session, amina.id, [], NOW) == []
        store.follow_sources(session, brahim.id, [first], NOW)
        store.unfollow_sources(session, amina.id, [first])
        store.unfollow_sources(session, amina.id, [first])
    with database.read() as session:
        assert followed_sources(session, amina.id) == {second: "b", third: "c"}
        assert followed_sources(session, brahim.id) == {first: "a"}


def test_feeds_are_known_by_all_their_addresses(database: Database) -> None:
    with database.write() as session:
        source = make_source(session)
        gone = make_source(session, "gone", enabled=False)
        make_feed(session, source, "https://a.example/2", position=1)
        make_feed(session, source, "https://a.example/1", adopted_url="https://b.example/1")
        make_feed(session, gone, "https://g.example/1", moved_to="https://g.example/2")
    with database.read() as session:
        assert store.list_feed_urls(session) == (
            (source, "https://a.example/1"),
            (source, "https://b.example/1"),
            (source, "https://a.example/2"),
            (gone, "https://g.example/1"),
            (gone, "https://g.example/2"),
        )
        assert store.feed_urls_by_source(session, [source]) == {
            source: ["https://a.example/1", "https://a.example/2"]
        }
        assert store.enabled_source_ids(session) == (source,)

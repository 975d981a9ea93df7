"""Sources and feeds with their counts, and the options of list filters."""

import pytest

from aggregator.errors import NotFound
from aggregator.storage.engine import Database
from aggregator.storage.feeds.overview import (
    filter_options,
    find_source,
    list_feeds,
    list_sources,
)
from tests.builders import NOW, make_entry, make_feed, make_source


@pytest.fixture
def newsroom(database: Database) -> Database:
    with database.write() as session:
        medias = make_source(session, "medias24", position=1, language="fr")
        hespress = make_source(session, "hespress", position=0)
        kapitalis = make_source(session, "kapitalis", position=2, country="TN")
        make_source(session, "gone", position=3, enabled=False)
        left = make_source(session, "left", position=4, enabled=False)
        make_feed(
            session,
            hespress,
            "https://h.example/1",
            status="healthy",
            last_success_at=NOW,
            newest_entry_at=NOW,
        )
        second = make_feed(
            session,
            hespress,
            "https://h.example/2",
            position=1,
            status="failing",
            error_kind="timeout",
            error_detail="20 s",
        )
        economy = make_feed(session, medias, "https://m.example/", status="gone")
        make_feed(session, kapitalis, "https://k.example/")
        old = make_feed(session, left, "https://l.example/", enabled=False)
        for feed, language in ((1, "ar"), (second, "zgh"), (economy, "fr"), (old, "es")):
            make_entry(session, feed, f"in {language}", language=language)
    return database


def test_sources_in_the_order_of_the_file(newsroom: Database) -> None:
    with newsroom.read() as session:
        sources = {each.source.slug: each for each in list_sources(session)}
    assert list(sources) == ["hespress", "medias24", "kapitalis", "left"]
    hespress = sources["hespress"]
    assert hespress.entry_count == 2
    assert hespress.last_entry_at == NOW
    assert [feed.url for feed in hespress.feeds] == ["https://h.example/1", "https://h.example/2"]
    assert hespress.feeds[1].error_kind == "timeout"
    assert sources["kapitalis"].last_entry_at is None
    assert sources["left"].feeds[0].status == "disabled"


def test_one_source(newsroom: Database) -> None:
    with newsroom.read() as session:
        assert find_source(session, "medias24").entry_count == 1
        with pytest.raises(NotFound):
            find_source(session, "nobody")


def test_only_what_has_entries_can_be_chosen(newsroom: Database) -> None:
    with newsroom.read() as session:
        options = filter_options(session)
    assert [source.slug for source in options.sources] == ["hespress", "medias24", "left"]
    assert options.countries == ("MA",)
    assert options.languages == ("ar", "fr", "es", "zgh")


def test_an_empty_database_offers_nothing(database: Database) -> None:
    with database.read() as session:
        options = filter_options(session)
        assert (options.sources, options.countries, options.languages) == ((), (), ())
        assert list_sources(session) == ()


def test_feeds_and_when_they_are_polled_next(newsroom: Database) -> None:
    with newsroom.read() as session:
        feeds = {feed.url: feed for feed in list_feeds(session)}
    assert len(feeds) == 5
    assert feeds["https://k.example/"].next_poll_at == NOW
    assert feeds["https://m.example/"].next_poll_at is None
    assert feeds["https://l.example/"].next_poll_at is None

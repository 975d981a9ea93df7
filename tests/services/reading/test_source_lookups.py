"""Look-ups of addresses: what is found behind a page or a feed, and what goes wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import select

from aggregator.errors import InvalidInput, NotFound
from aggregator.process.deadlines import LOOKUP_LEASE
from aggregator.services.operate import source_requests as operate
from aggregator.services.reading import source_requests
from aggregator.services.reading.source_lookups import SourceLookups
from aggregator.storage.accounts.users import delete_user
from aggregator.storage.models import SourceLookupRow
from aggregator.storage.readers import source_lookups as lookup_store
from aggregator.storage.readers.waiting_requests import any_lookup
from aggregator.types import (
    FetchResult,
)
from tests.builders import NOW
from tests.fakes import FakeClient
from tests.services.reading import asking
from tests.services.reading.asking import FEED, MAX_OPEN, PAGE, Newsroom, document

newsroom = asking.newsroom


def test_the_address_of_a_feed_becomes_a_request(newsroom: Newsroom) -> None:
    newsroom.serves(FEED)
    lookup = newsroom.ask_and_look(FEED)
    (feed,) = lookup.found
    assert (lookup.outcome, feed.title, feed.language, feed.state) == (
        "requested", "الجديد", "ar", "healthy",
    )  # fmt: skip
    assert [each.title for each in feed.headlines] == ["أحدث", "أقدم"]
    (own,) = newsroom.own()
    assert (own.id, own.title, own.state) == (lookup.request_id, "الجديد", "open")


def test_a_page_with_one_feed_of_articles(newsroom: Newsroom) -> None:
    comments = "https://new.example/comments/feed"
    newsroom.advertises(PAGE, ("New", FEED), ("Comments", comments))
    newsroom.serves(FEED)
    assert newsroom.ask_and_look(PAGE).outcome == "requested"
    assert newsroom.asked == [PAGE, FEED]


def test_of_several_feeds_the_reader_chooses(newsroom: Newsroom) -> None:
    sport = "https://new.example/sport"
    newsroom.advertises(PAGE, ("New", FEED), ("Sport", sport), ("Gone", "https://new.example/x"))
    newsroom.serves(FEED)
    newsroom.serves(sport, b"sport")
    newsroom.fails("https://new.example/x", "not_found")
    newsroom.parser.documents[b"sport"] = document("رياضة")
    asked = newsroom.ask(PAGE)
    newsroom.look_up()
    lookup = newsroom.found(asked)
    assert lookup.outcome == "choice"
    assert [feed.title for feed in lookup.found] == ["الجديد", "رياضة"]
    assert newsroom.own() == ()
    with newsroom.database.write_exclusive() as session:
        with pytest.raises(InvalidInput):
            source_requests.choose(session, newsroom.amina, lookup.id, 2, MAX_OPEN, NOW)
        with pytest.raises(NotFound):
            source_requests.choose(session, newsroom.brahim, lookup.id, 1, MAX_OPEN, NOW)
        source_requests.choose(session, newsroom.amina, lookup.id, 1, MAX_OPEN, NOW)
    assert [own.feed_url for own in newsroom.own()] == [sport]
    assert newsroom.found(asked).outcome == "requested"


def test_a_page_cannot_have_other_ports_read(newsroom: Newsroom) -> None:
    newsroom.advertises(PAGE, ("", "https://victim.example:6379/"), ("New", FEED))
    newsroom.serves(FEED)
    assert newsroom.ask_and_look(PAGE).outcome == "requested"
    assert newsroom.asked == [PAGE, FEED]


def test_a_page_that_advertises_nothing_may_have_a_feed_all_the_same(newsroom: Newsroom) -> None:
    newsroom.advertises(PAGE)
    for path in ("feed", "rss"):
        newsroom.fails(f"https://new.example/{path}", "not_found")
    newsroom.serves("https://new.example/rss.xml")
    assert newsroom.ask_and_look(PAGE).outcome == "requested"
    assert [own.feed_url for own in newsroom.own()] == ["https://new.example/rss.xml"]


def test_a_page_without_any_feed(newsroom: Newsroom) -> None:
    newsroom.advertises(PAGE)
    for path in ("feed", "rss", "rss.xml", "feed.xml", "atom.xml"):
        newsroom.fails(f"https://new.example/{path}", "not_found")
    lookup = newsroom.ask_and_look(PAGE)
    assert (lookup.outcome, lookup.kind) == ("failed", "no_feed")
    assert source_requests.failure_key(lookup) == "ask.problem.no_feed"


@pytest.mark.parametrize("kind", ["dns", "timeout", "forbidden", "not_found"])
def test_why_nothing_was_found(newsroom: Newsroom, kind: str) -> None:
    newsroom.fails(PAGE, kind)
    lookup = newsroom.ask_and_look(PAGE)
    assert (lookup.outcome, lookup.kind) == ("failed", kind)
    assert source_requests.failure_key(lookup) == f"feed.error.{kind}"


@pytest.mark.parametrize("kind", ["connection", "timeout", "not_found"])
def test_readers_do_not_learn_what_answers_in_a_private_network(
    newsroom: Newsroom, kind: str
) -> None:
    newsroom.fails("http://10.0.0.5:9200/", kind)
    assert newsroom.ask_and_look("http://10.0.0.5:9200/").kind == "private"


def test_an_unforeseen_error_ends_the_look_up(
    newsroom: Newsroom, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken() -> FetchResult:
        raise ZeroDivisionError

    answer: Callable[[], Awaitable[FetchResult]] = broken
    newsroom.answers[PAGE] = answer
    assert newsroom.ask_and_look(PAGE).kind == "internal"
    assert "in an unforeseen way" in caplog.text


def test_a_look_up_is_claimed_once_and_taken_up_again_after_a_crash(newsroom: Newsroom) -> None:
    newsroom.serves(FEED)
    asked = newsroom.ask(FEED)
    with newsroom.database.write() as session:
        assert [each.address for each in lookup_store.claim(session, 4, NOW)] == [FEED]
        assert lookup_store.claim(session, 4, NOW) == []  # and then its poller was killed
    newsroom.look_up()
    assert newsroom.asked == []
    newsroom.look_up(NOW + LOOKUP_LEASE)
    assert newsroom.found(asked).outcome == "requested"


def test_stopping_leaves_look_ups_to_the_next_poller(newsroom: Newsroom) -> None:
    async def never() -> FetchResult:
        await asyncio.sleep(3600)
        raise AssertionError

    newsroom.answers[FEED] = never
    newsroom.ask(FEED)
    client = FakeClient(newsroom.answers)
    lookups = SourceLookups(newsroom.database, client, newsroom.parser, MAX_OPEN, lambda: NOW)

    async def start_and_stop() -> None:
        await lookups.start_round()
        await lookups.stop()

    asyncio.run(start_and_stop())
    with newsroom.database.read() as session:
        assert any_lookup(session, NOW)


def test_a_reader_who_closed_the_account_meanwhile(newsroom: Newsroom) -> None:
    newsroom.serves(FEED)
    newsroom.ask(FEED)
    with newsroom.database.write() as session:
        delete_user(session, newsroom.amina.id)
    newsroom.look_up()
    with newsroom.database.read() as session:
        assert session.execute(select(SourceLookupRow)).all() == []
        assert operate.list_requests(session).open == ()

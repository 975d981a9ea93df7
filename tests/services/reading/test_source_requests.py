"""Asking for a source: what is known at once, requests and their limits, apps."""

from __future__ import annotations

from datetime import timedelta

import pytest

from aggregator.errors import NotFound, TooManyAttempts
from aggregator.services.accounts.rate_limits import LOOKUPS_PER_READER
from aggregator.services.operate import source_requests as operate
from aggregator.services.reading import source_requests
from aggregator.services.reading.old_requests import (
    KEEP_ANSWERED_FOR,
    delete_old_requests_daily,
)
from aggregator.services.reading.source_requests import AskResult
from aggregator.storage.readers.waiting_requests import any_lookup
from aggregator.types import (
    FoundFeed,
    SourceRef,
)
from tests.builders import NOW, make_feed, make_source
from tests.services.reading import asking
from tests.services.reading.asking import FEED, MAX_OPEN, PAGE, Newsroom, document

newsroom = asking.newsroom


# --- known already -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    [
        "https://www.hespress.com/feed",
        "hespress.com/feed/",
        "feed://www.hespress.com/feed",
        "https://www.hespress.com/",
        " https://www.hespress.com ",
    ],
)
def test_a_source_that_is_there_is_followed_at_once(newsroom: Newsroom, written: str) -> None:
    asked = newsroom.ask(written)
    assert asked.state == "followed"
    assert isinstance(asked.source, SourceRef)
    assert asked.source.slug == "hespress"
    assert newsroom.follows() == [asked.source.id]
    newsroom.look_up()
    assert newsroom.asked == []


def test_a_page_of_a_source_that_is_there(newsroom: Newsroom) -> None:
    page = "https://www.hespress.com/article.html"
    newsroom.advertises(page, ("", "https://www.hespress.com/feed/"))
    lookup = newsroom.ask_and_look(page)
    assert (lookup.outcome, newsroom.follows()) == ("followed", [lookup.source_id])
    assert newsroom.asked == [page]


def test_a_source_that_left_the_config_is_asked_for(newsroom: Newsroom) -> None:
    with newsroom.database.write() as session:
        gone = make_source(session, "gone", position=1, enabled=False)
        make_feed(session, gone, FEED, enabled=False)
    newsroom.serves(FEED)
    assert newsroom.ask_and_look(FEED).outcome == "requested"
    assert newsroom.follows() == []


# --- requests ----------------------------------------------------------------------------------


def test_readers_who_ask_for_the_same_share_one_request(newsroom: Newsroom) -> None:
    newsroom.serves(FEED)
    newsroom.ask_and_look(FEED)
    assert newsroom.ask("new.example/feed/", newsroom.brahim).state == "requested"
    assert newsroom.ask(FEED).state == "requested"  # once more
    with newsroom.database.read() as session:
        board = operate.list_requests(session)
    assert [request.readers for request in board.open] == [("Amina", "Brahim")]
    assert board.total == 1


def test_joining_a_request_does_not_pretend_that_its_feed_was_read(newsroom: Newsroom) -> None:
    newsroom.serves(FEED)
    newsroom.ask_and_look(FEED)
    newsroom.ask(FEED, newsroom.brahim, NOW + timedelta(hours=3))
    with newsroom.database.read() as session:
        (request,) = operate.list_requests(session).open
    assert request.checked_at == NOW


def test_the_same_address_is_looked_up_once_at_a_time(newsroom: Newsroom) -> None:
    assert newsroom.ask(PAGE).lookup_id == newsroom.ask(PAGE).lookup_id
    assert newsroom.ask(PAGE, newsroom.brahim).lookup_id != newsroom.ask(PAGE).lookup_id


def test_a_reader_has_a_limit_of_open_requests(newsroom: Newsroom) -> None:
    for number in range(MAX_OPEN):
        newsroom.serves(f"https://new.example/{number}")
        assert newsroom.ask_and_look(f"https://new.example/{number}").outcome == "requested"
    assert newsroom.ask(FEED) == AskResult("refused", "ask.problem.too_many")
    assert newsroom.ask(FEED, newsroom.brahim).state == "looking"
    with newsroom.database.write_exclusive() as session:
        source_requests.withdraw(session, newsroom.amina, newsroom.own()[0].id)
    assert newsroom.ask(FEED).state == "looking"


def test_look_ups_begun_before_the_limit_was_reached(newsroom: Newsroom) -> None:
    asked = []
    for number in range(MAX_OPEN + 1):
        newsroom.serves(f"https://new.example/{number}")
        asked.append(newsroom.ask(f"https://new.example/{number}"))
    newsroom.look_up()
    kinds = [newsroom.found(each).kind for each in asked]
    assert sorted(kinds) == ["", "", "too_many"]
    assert len(newsroom.own()) == MAX_OPEN


def test_looking_up_is_limited(newsroom: Newsroom) -> None:
    for number in range(LOOKUPS_PER_READER.max_attempts):
        assert newsroom.ask(f"https://new.example/{number}").state == "looking"
    with pytest.raises(TooManyAttempts):
        newsroom.ask(PAGE)


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("", "no_address"),
        ("mailto:a@b.example", "scheme"),
        ("not an address", "address"),
        ("https://new.example:22/", "port"),
    ],
)
def test_what_is_no_address(newsroom: Newsroom, written: str, key: str) -> None:
    assert newsroom.ask(written) == AskResult("refused", f"ask.problem.{key}")


def test_asking_switched_off(newsroom: Newsroom) -> None:
    with newsroom.database.write_exclusive() as session:
        asked = source_requests.start(session, newsroom.amina, FEED, 0, NOW)
    assert asked == AskResult("refused", "ask.problem.off")


def test_withdrawing_leaves_the_others(newsroom: Newsroom) -> None:
    newsroom.serves(FEED)
    newsroom.ask_and_look(FEED)
    newsroom.ask(FEED, newsroom.brahim)
    (own,) = newsroom.own()
    with newsroom.database.write_exclusive() as session:
        source_requests.withdraw(session, newsroom.amina, own.id)
        with pytest.raises(NotFound):
            source_requests.withdraw(session, newsroom.amina, own.id)
        assert operate.find_request(session, own.id).readers == ("Brahim",)
        source_requests.withdraw(session, newsroom.brahim, own.id)
        with pytest.raises(NotFound):
            operate.find_request(session, own.id)


def test_a_declined_request_is_not_opened_again_for_a_while(newsroom: Newsroom) -> None:
    newsroom.serves(FEED)
    newsroom.ask_and_look(FEED)
    (own,) = newsroom.own()
    assert newsroom.decline(own.id)
    lookup = newsroom.ask_and_look(FEED, newsroom.brahim)
    assert (lookup.outcome, lookup.kind, lookup.request_id) == ("failed", "declined", own.id)
    later = NOW + source_requests.DECLINED_FOR
    asked = newsroom.ask(FEED, newsroom.brahim, later)
    newsroom.look_up(later)
    assert newsroom.found(asked, newsroom.brahim).outcome == "requested"
    with newsroom.database.read() as session:
        assert operate.find_request(session, own.id).readers == ("Brahim",)


def test_old_answers_and_look_ups_are_deleted(newsroom: Newsroom) -> None:
    newsroom.serves(FEED)
    newsroom.ask_and_look(FEED)
    newsroom.ask(PAGE)
    assert newsroom.decline(newsroom.own()[0].id)
    delete_old_requests_daily(newsroom.database, NOW + timedelta(days=2))
    assert len(newsroom.own()) == 1
    with newsroom.database.read() as session:
        assert not any_lookup(session, NOW)
    late = NOW + KEEP_ANSWERED_FOR + timedelta(days=3)
    delete_old_requests_daily(newsroom.database, late)
    assert newsroom.own() == ()


# --- apps --------------------------------------------------------------------------------------


def ask_from_app(newsroom: Newsroom, written: str, wait_s: float = 10.0) -> AskResult:
    return source_requests.ask_for_source(
        newsroom.database, newsroom.amina, written, MAX_OPEN, NOW, wait_s=wait_s
    )


@pytest.fixture
def polled_while_apps_wait(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a poller look up whenever an app sleeps."""
    monkeypatch.setattr(source_requests.time, "sleep", lambda _: newsroom.look_up())


@pytest.mark.usefixtures("polled_while_apps_wait")
@pytest.mark.parametrize("begun_on_a_page", [False, True])
def test_of_several_feeds_an_app_takes_the_first(newsroom: Newsroom, begun_on_a_page: bool) -> None:
    newsroom.advertises(PAGE, ("New", FEED), ("Sport", "https://new.example/sport"))
    newsroom.serves(FEED)
    newsroom.serves("https://new.example/sport", b"sport")
    newsroom.parser.documents[b"sport"] = document("رياضة")
    if begun_on_a_page:
        newsroom.ask(PAGE)
    assert ask_from_app(newsroom, PAGE).state == "requested"
    assert [own.feed_url for own in newsroom.own()] == [FEED]


@pytest.mark.usefixtures("polled_while_apps_wait")
def test_an_app_learns_why_nothing_was_found(newsroom: Newsroom) -> None:
    newsroom.fails(PAGE, "dns")
    assert ask_from_app(newsroom, PAGE) == AskResult("refused", "feed.error.dns")


@pytest.mark.usefixtures("polled_while_apps_wait")
def test_an_app_follows_what_a_page_leads_to(newsroom: Newsroom) -> None:
    newsroom.advertises(PAGE, ("", "https://www.hespress.com/feed/"))
    answer = ask_from_app(newsroom, PAGE)
    assert answer.source is not None
    assert newsroom.follows() == [answer.source.id]


def test_an_app_is_not_kept_waiting(newsroom: Newsroom) -> None:
    assert ask_from_app(newsroom, PAGE, wait_s=0).state == "looking"


@pytest.mark.parametrize(
    ("written", "expected"),
    [("https://www.hespress.com/feed", "followed"), ("mailto:a@b.example", "refused")],
)
def test_an_app_is_answered_at_once(newsroom: Newsroom, written: str, expected: str) -> None:
    assert ask_from_app(newsroom, written).state == expected


def test_an_app_that_asks_too_often(newsroom: Newsroom) -> None:
    for number in range(LOOKUPS_PER_READER.max_attempts):
        newsroom.ask(f"https://new.example/{number}")
    assert ask_from_app(newsroom, PAGE) == AskResult("refused", "error.too_many_attempts")


def test_an_app_that_asks_for_the_same_again_and_again(newsroom: Newsroom) -> None:
    """Each time it would wait for a look-up that is not over, and hold up a thread."""
    for _ in range(LOOKUPS_PER_READER.max_attempts):
        assert ask_from_app(newsroom, PAGE, wait_s=0).state == "looking"
    assert ask_from_app(newsroom, PAGE) == AskResult("refused", "error.too_many_attempts")


def test_a_found_feed_survives_the_database(newsroom: Newsroom) -> None:
    newsroom.serves(FEED)
    lookup = newsroom.ask_and_look(FEED)
    with newsroom.database.read() as session:
        request = source_requests.lookup_request(session, lookup)
    assert request is not None
    assert isinstance(request.feed, FoundFeed)
    assert lookup.found == (request.feed,)
    assert request.feed.headlines[0].published_at == NOW - timedelta(hours=1)

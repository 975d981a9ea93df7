"""Asking for a source: what is known at once, what a look-up finds, requests and their limits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from aggregator.errors import FetchError, InvalidInput, NotFound, ParseError, TooManyAttempts
from aggregator.process.deadlines import LOOKUP_LEASE
from aggregator.services.accounts.rate_limits import LOOKUPS_PER_READER
from aggregator.services.operate import source_requests as operate
from aggregator.services.reading import source_requests
from aggregator.services.reading.old_requests import (
    KEEP_ANSWERED_FOR,
    delete_old_requests_daily,
)
from aggregator.services.reading.source_lookups import SourceLookups
from aggregator.services.reading.source_requests import AskResult
from aggregator.storage.accounts.users import delete_user
from aggregator.storage.engine import Database
from aggregator.storage.models import SourceLookupRow, SourceSubscription
from aggregator.storage.readers import source_lookups as lookup_store
from aggregator.storage.readers.waiting_requests import any_lookup
from aggregator.types import (
    FetchResult,
    FoundFeed,
    OwnRequest,
    PreparedFeed,
    SourceLookup,
    SourceRef,
    User,
)
from tests.builders import NOW, a_document, an_entry, make_feed, make_source, make_user
from tests.fakes import Answer, FakeClient, FakeParser, ok_response

FEED = "https://new.example/feed"
PAGE = "https://new.example/2026/article"
MAX_OPEN = 2


def document(title: str = "الجديد", language: str = "ar") -> PreparedFeed:
    entries = (
        an_entry("أقدم", guid="1", published_at=NOW - timedelta(hours=5), language=language),
        an_entry("أحدث", guid="2", published_at=NOW - timedelta(hours=1), language=language),
    )
    return a_document(*entries, title=title)


class Newsroom:
    """Two readers, a known source, and a web of programmed answers."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.answers: dict[str, Answer | list[Answer]] = {}
        self.parser = FakeParser({b"feed": document()})
        self.asked: list[str] = []
        with database.write() as session:
            source = make_source(session, site="https://www.hespress.com")
            make_feed(session, source, "https://www.hespress.com/feed")
            self.amina = make_user(session)
            self.brahim = make_user(session, "Brahim")
            self.chaimae = make_user(session, "Chaimae", "operator")

    def serves(self, url: str, body: bytes = b"feed") -> None:
        self.answers[url] = ok_response(body, url)

    def advertises(self, page: str, *feeds: tuple[str, str]) -> None:
        body = page.encode()
        self.serves(page, body)
        self.parser.documents[body] = ParseError("html", "a page", advertised=feeds)

    def fails(self, url: str, kind: str) -> None:
        self.answers[url] = FetchError(kind, "no")

    def ask(
        self, written: str, reader: User | None = None, now: datetime = NOW, **options: bool
    ) -> AskResult:
        with self.database.write_exclusive() as session:
            return source_requests.start(
                session, reader or self.amina, written, MAX_OPEN, now, **options
            )

    def look_up(self, now: datetime = NOW) -> None:
        client = FakeClient(self.answers)
        lookups = SourceLookups(self.database, client, self.parser, MAX_OPEN, lambda: now)

        async def round_() -> None:
            await lookups.start_round()
            await lookups.drain()

        asyncio.run(round_())
        self.asked = client.requested_urls

    def found(self, asked: AskResult, reader: User | None = None) -> SourceLookup:
        assert asked.lookup_id is not None
        with self.database.read() as session:
            return source_requests.find_lookup(session, reader or self.amina, asked.lookup_id)

    def ask_and_look(self, written: str, reader: User | None = None) -> SourceLookup:
        asked = self.ask(written, reader)
        self.look_up()
        return self.found(asked, reader)

    def own(self, reader: User | None = None) -> tuple[OwnRequest, ...]:
        with self.database.read() as session:
            return source_requests.list_own(session, reader or self.amina)

    def follows(self, reader: User | None = None) -> list[int]:
        mine = SourceSubscription.user_id == (reader or self.amina).id
        with self.database.read() as session:
            return list(session.execute(select(SourceSubscription.source_id).where(mine)).scalars())

    def decline(self, request_id: int, now: datetime = NOW) -> bool:
        with self.database.write_exclusive() as session:
            return operate.decline(session, self.chaimae, request_id, "ليس صحافة", now)


@pytest.fixture
def newsroom(database: Database) -> Newsroom:
    return Newsroom(database)


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


# --- look-ups ----------------------------------------------------------------------------------


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

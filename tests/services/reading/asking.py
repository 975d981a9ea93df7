"""A newsroom whose readers ask for sources, and a web of programmed answers."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from aggregator.errors import FetchError, ParseError
from aggregator.services.operate import source_requests as operate
from aggregator.services.reading import source_requests
from aggregator.services.reading.source_lookups import SourceLookups
from aggregator.services.reading.source_requests import AskResult
from aggregator.storage.engine import Database
from aggregator.storage.models import SourceSubscription
from aggregator.types import (
    OwnRequest,
    PreparedFeed,
    SourceLookup,
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

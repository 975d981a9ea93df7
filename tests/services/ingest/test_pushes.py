"""Deliveries of hubs on their way to the parser."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from aggregator.services.ingest.pushes import prepare_pushes
from aggregator.services.ingest.read_feed import poll_feed
from aggregator.types import (
    EMPTY_DOCUMENT,
    CacheHints,
    FeedDocument,
    FeedForPoll,
    FetchedFeed,
    PreparedFeed,
    Push,
)
from tests.builders import NOW

FEED = FeedForPoll(
    0, "https://a.example/feed", 0, "a", "ar", "UTC", "", None, None, None, None, 0, 0, None, None,
    "",
)  # fmt: skip


class Recorder:
    """A parser that keeps what it is given."""

    def __init__(self) -> None:
        self.documents: list[FeedDocument] = []

    def warm_up(self) -> None:
        pass

    async def prepare(self, document: FeedDocument) -> PreparedFeed:
        self.documents.append(document)
        return EMPTY_DOCUMENT


@pytest.mark.parametrize(
    ("url", "configured", "is_internal"),
    [
        ("https://a.example/feed", None, False),
        ("http://127.0.0.1/feed", None, True),
        ("http://127.0.0.1/feed", "https://a.example/feed", False),
    ],
)
def test_the_configured_address_decides_where_a_delivery_may_lead(
    url: str, configured: str | None, is_internal: bool
) -> None:
    parser = Recorder()
    feed = replace(FEED, url=url, configured_url=configured)
    asyncio.run(prepare_pushes(feed, [Push(1, "text/xml", b"<rss/>")], parser, lambda: NOW))
    assert [document.is_internal for document in parser.documents] == [is_internal]


@pytest.mark.parametrize("is_internal", [True, False])
def test_a_polled_document_is_what_the_client_says(is_internal: bool) -> None:
    class Client:
        async def fetch(self, url: str, **_: object) -> FetchedFeed:
            return FetchedFeed(url, b"<rss/>", "", CacheHints(), is_internal=is_internal)

    parser = Recorder()
    asyncio.run(poll_feed(FEED, Client(), parser))
    assert [document.is_internal for document in parser.documents] == [is_internal]

"""Reading one feed: what is fetched, what is prepared, and what went wrong."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from aggregator.errors import FetchError, ParseError
from aggregator.services.ingest.read_feed import PollResult, poll_feed
from aggregator.types import CacheHints, FeedFailure, NotModified, PreparedFeed
from tests.builders import a_document, a_feed_for_poll, an_entry
from tests.fakes import FakeClient, FakeParser, ok_response

URL = "https://hespress.example/feed"
HINTS = CacheHints(etag='"1"', last_modified="Mon, 02 Nov 2026 08:00:00 GMT")
MINUTE = timedelta(minutes=1)


def reading_of(client: FakeClient, parser: FakeParser | None = None, **feed: Any) -> PollResult:
    return asyncio.run(poll_feed(a_feed_for_poll(**feed), client, parser or FakeParser()))


def test_a_document_is_fetched_and_prepared() -> None:
    document = a_document(an_entry())
    client = FakeClient(
        {URL: ok_response(b"<rss>", URL, hints=HINTS, permanent_url="https://new/")}
    )
    reading = reading_of(client, FakeParser({b"<rss>": document}), etag='"0"', last_modified="L")
    assert reading.document is document
    assert (reading.hints, reading.permanent_url, reading.failure) == (HINTS, "https://new/", None)
    assert client.validators == [('"0"', "L")]


def test_the_hub_of_the_link_header_goes_before_the_document_s() -> None:
    document = a_document(an_entry(), hub_url="https://old.example/", self_url="https://self/")
    named = replace(ok_response(b"<rss>", URL), hub_url="https://hub.example/")
    reading = reading_of(FakeClient({URL: named}), FakeParser({b"<rss>": document}))
    assert reading.document == replace(document, hub_url="https://hub.example/")


def test_the_parser_is_told_where_the_document_comes_from() -> None:
    parser = FakeParser()
    reading_of(
        FakeClient({URL: ok_response(b"<rss>", "https://moved.example/", content_type="text/xml")}),
        parser,
        language="fr",
        timezone="Europe/Paris",
    )
    (document,) = parser.prepared
    assert (document.url, document.content_type) == ("https://moved.example/", "text/xml")
    assert (document.language, document.timezone) == ("fr", "Europe/Paris")


def test_not_modified_is_no_news() -> None:
    reading = reading_of(FakeClient({URL: NotModified(HINTS)}))
    assert reading.is_unchanged


def test_the_same_bytes_again_are_not_parsed_again() -> None:
    client, parser = FakeClient({URL: ok_response(b"<rss>", URL)}), FakeParser()
    first = reading_of(client, parser)
    again = reading_of(client, parser, body_digest=first.body_digest)
    assert again.is_unchanged
    assert len(parser.prepared) == 1


@pytest.mark.parametrize(
    ("answer", "document", "failure"),
    [
        (
            FetchError("rate_limited", "HTTP 429", retry_after=MINUTE),
            None,
            FeedFailure("rate_limited", "HTTP 429", MINUTE),
        ),
        (
            ok_response(b"<html>", URL),
            ParseError("html", "a web page"),
            FeedFailure("html", "a web page"),
        ),
        (ok_response(b"<html>", URL), KeyError("x"), FeedFailure("internal", "KeyError: 'x'")),
        (RuntimeError("odd"), None, FeedFailure("internal", "RuntimeError: odd")),
    ],
)
def test_whatever_goes_wrong_is_a_failure_of_this_feed(
    answer: Any, document: PreparedFeed | Exception | None, failure: FeedFailure
) -> None:
    parser = FakeParser({b"<html>": document} if document else {})
    reading = reading_of(FakeClient({URL: answer}), parser)
    assert reading.failure == failure
    assert reading.document is None

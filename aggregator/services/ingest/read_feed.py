"""Reading one feed: fetch and prepare it, with no transaction open."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from sqlalchemy.exc import DBAPIError

from aggregator.errors import FetchError, HostHeld, ParseError
from aggregator.storage.search.indexing import Indexed
from aggregator.types import (
    Arrived,
    CacheHints,
    FeedDocument,
    FeedFailure,
    FeedForPoll,
    Fetched,
    FetchResult,
    NotModified,
    PreparedFeed,
    PreparedPush,
)

log = logging.getLogger("marsad.polling")


class Client(Protocol):
    """What fetches (`fetch.client.FeedClient`)."""

    async def fetch(
        self, url: str, *, etag: str | None = None, last_modified: str | None = None
    ) -> FetchResult: ...


class Parser(Protocol):
    """What parses and sanitizes (`workers.ParsingPool`)."""

    async def prepare(self, document: FeedDocument) -> PreparedFeed: ...


@dataclass(frozen=True, slots=True)
class Reading:
    """What one poll of one feed brought: a document, nothing new, or a failure."""

    feed: FeedForPoll
    read_at: datetime
    hints: CacheHints = field(default_factory=CacheHints)
    permanent_url: str | None = None
    body_digest: str | None = None
    document: PreparedFeed | None = None
    failure: FeedFailure | None = None
    took_s: float = 0.0
    """How long the publisher took to answer."""
    put_off: timedelta | None = None
    """Its host is to be left alone for so long: nothing was asked, so nothing failed."""
    pushes: tuple[PreparedPush, ...] | None = None
    """What the feed's hub delivered: then nothing was polled."""

    @property
    def is_silent(self) -> bool:
        """The publisher has nothing new."""
        found = (self.document, self.failure, self.put_off, self.pushes)
        return all(each is None for each in found)


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a reading."""

    feed: FeedForPoll
    new: int = 0
    changed: int = 0
    failure: FeedFailure | None = None
    lost: bool = False
    """Another poller took the feed over; nothing was stored."""
    put_off: bool = False
    """Its host is to be left alone for a while; it was not asked."""
    to_index: tuple[Indexed, ...] = ()
    """What is to be found from now on."""
    arrived: tuple[Arrived, ...] = ()
    """The new entries, whose stories are still to be found."""


# --- reading -----------------------------------------------------------------------------------


async def read(feed: FeedForPoll, client: Client, parser: Parser) -> Reading:
    """Fetch and prepare one feed. Whatever goes wrong becomes a failure of this feed alone."""
    try:
        return await _read(feed, client, parser)
    except HostHeld as error:
        return Reading(feed, datetime.now(UTC), put_off=error.wait)
    except FetchError as error:
        failure = FeedFailure(
            error.kind, error.detail, error.retry_after, authority=error.authority
        )
    except ParseError as error:
        failure = FeedFailure(error.kind, error.detail, advertised=error.advertised)
    except Exception as error:  # the per-feed boundary: recorded on the feed
        log.exception("polling %s failed in an unforeseen way", feed.url)
        failure = unforeseen(error)
    return Reading(feed, datetime.now(UTC), failure=failure)


async def _read(feed: FeedForPoll, client: Client, parser: Parser) -> Reading:
    fetched = await client.fetch(feed.url, etag=feed.etag, last_modified=feed.last_modified)
    now = datetime.now(UTC)
    if isinstance(fetched, NotModified):
        return Reading(feed, now, fetched.hints, fetched.permanent_url, took_s=fetched.took_s)
    document = None  # the same bytes again need no parsing
    try:
        digest = hashlib.blake2b(fetched.body, digest_size=16).hexdigest()
        if digest != feed.body_digest:
            document = _with_hub(await parser.prepare(_document(feed, fetched, now)), fetched)
    finally:
        fetched.release()
    return Reading(
        feed,
        now,
        fetched.hints,
        fetched.permanent_url,
        digest,
        document,
        took_s=fetched.took_s,
    )


def _with_hub(document: PreparedFeed, fetched: Fetched) -> PreparedFeed:
    """The hub that the Link header names goes before the one in the document."""
    if fetched.hub_url is None:
        return document
    self_url = fetched.self_url or document.self_url
    return replace(document, hub_url=fetched.hub_url, self_url=self_url)


def _document(feed: FeedForPoll, fetched: Fetched, now: datetime) -> FeedDocument:
    return FeedDocument(
        body=fetched.body,
        content_type=fetched.content_type,
        url=fetched.url,
        language=feed.language,
        timezone=feed.timezone,
        now=now,
        seen_until=feed.newest_at if feed.last_success_at else None,
    )


def unforeseen(error: Exception) -> FeedFailure:
    """The failure that stands for an error nobody thought of."""
    said = error.orig if isinstance(error, DBAPIError) else error  # not the whole statement
    return FeedFailure("internal", f"{type(error).__name__}: {said}"[:300])

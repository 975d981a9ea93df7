"""Poll one feed: fetch and prepare its document, with no transaction open."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy.exc import DBAPIError

from aggregator.boundary import Boundary
from aggregator.clock import SYSTEM_CLOCK
from aggregator.errors import FetchError, HostBackedOff, ParseError
from aggregator.types import (
    CacheHints,
    FeedDocument,
    FeedFailure,
    FeedForPoll,
    FetchedFeed,
    FetchResult,
    NotModified,
    PreparedFeed,
    PreparedPush,
)


class FeedFetcher(Protocol):
    """Fetches documents (`fetch.client.FeedClient`)."""

    async def fetch(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        configured_url: str | None = None,
    ) -> FetchResult: ...


class Parser(Protocol):
    """Parses and sanitizes documents (`workers.ParsingPool`)."""

    def warm_up(self) -> None: ...

    async def prepare(self, document: FeedDocument) -> PreparedFeed: ...


@dataclass(frozen=True, slots=True)
class PollResult:
    """One poll of one feed: a document, nothing new, a failure, or what its hub delivered."""

    feed: FeedForPoll
    read_at: datetime
    hints: CacheHints = field(default_factory=CacheHints)
    permanent_url: str | None = None
    body_digest: str | None = None
    document: PreparedFeed | None = None
    failure: FeedFailure | None = None
    took_s: float = 0.0
    """Seconds that the publisher took to answer."""
    deferred_for: timedelta | None = None
    """How long its host backs off: nothing was fetched, so nothing failed."""
    is_offline: bool = False
    """Whether it failed because our own network is down: the feed is not to blame."""
    pushes: tuple[PreparedPush, ...] | None = None
    """Deliveries of the feed's hub, the oldest first; nothing was polled then."""

    @property
    def documents(self) -> tuple[PreparedFeed, ...]:
        """What is to be compared with the stored entries, the oldest first."""
        if self.pushes is not None:
            return tuple(push.document for push in self.pushes if push.document)
        return (self.document,) if self.document else ()

    @property
    def entry_count(self) -> int:
        """How many entries are to be compared."""
        return sum(len(document.entries) for document in self.documents)

    @property
    def unchanged(self) -> bytes:
        """Records of the entries of the document that were not prepared again."""
        return self.document.unchanged if self.document else b""

    @property
    def is_unchanged(self) -> bool:
        """Whether the publisher has nothing new."""
        found = (self.document, self.failure, self.deferred_for, self.pushes)
        return all(each is None for each in found)


@dataclass(frozen=True, slots=True)
class PollOutcome:
    """What came of a poll once it was stored."""

    feed: FeedForPoll
    new: int = 0
    changed: int = 0
    failure: FeedFailure | None = None
    lost: bool = False
    """Nothing was stored: another poller took the feed over, or the database did not answer."""
    deferred: bool = False
    """Its host backs off, or our own network is down; nothing was fetched."""


async def poll_feed(
    feed: FeedForPoll,
    client: FeedFetcher,
    parser: Parser,
    now: Callable[[], datetime] = SYSTEM_CLOCK.now,
) -> PollResult:
    """Fetch and prepare one feed. Any error becomes a failure of this feed alone."""
    try:
        with Boundary(f"polling {feed.url}", passing=(FetchError, ParseError)) as boundary:
            return await _fetch_and_prepare(feed, client, parser, now)
        failure = unexpected_failure(boundary.error)
    except HostBackedOff as error:
        return PollResult(feed, now(), deferred_for=error.wait)
    except FetchError as error:
        failure = FeedFailure(
            error.kind, error.detail, error.retry_after, authority=error.authority
        )
    except ParseError as error:
        failure = FeedFailure(error.kind, error.detail, advertised=error.advertised)
    return PollResult(feed, now(), failure=failure)


async def _fetch_and_prepare(
    feed: FeedForPoll, client: FeedFetcher, parser: Parser, now: Callable[[], datetime]
) -> PollResult:
    fetched = await client.fetch(
        feed.url,
        etag=feed.etag,
        last_modified=feed.last_modified,
        configured_url=feed.configured_url,
    )
    read_at = now()
    if isinstance(fetched, NotModified):
        return PollResult(
            feed, read_at, fetched.hints, fetched.permanent_url, took_s=fetched.took_s
        )
    document = None  # the same bytes again need no parsing
    try:
        digest = hashlib.blake2b(fetched.body, digest_size=16).hexdigest()
        if digest != feed.body_digest:
            document = _with_hub(await parser.prepare(_document(feed, fetched, read_at)), fetched)
    finally:
        fetched.release()
    return PollResult(
        feed,
        read_at,
        fetched.hints,
        fetched.permanent_url,
        digest,
        document,
        took_s=fetched.took_s,
    )


def _with_hub(document: PreparedFeed, fetched: FetchedFeed) -> PreparedFeed:
    """Prefer the hub of the Link header to the one in the document."""
    if fetched.hub_url is None:
        return document
    self_url = fetched.self_url or document.self_url
    return replace(document, hub_url=fetched.hub_url, self_url=self_url)


def _document(feed: FeedForPoll, fetched: FetchedFeed, now: datetime) -> FeedDocument:
    return FeedDocument(
        body=fetched.body,
        content_type=fetched.content_type,
        url=fetched.url,
        language=feed.language,
        timezone=feed.timezone,
        section=feed.section,
        now=now,
        seen_until=feed.newest_at if feed.last_success_at else None,
        is_internal=fetched.is_internal,
        known=feed.entry_digests or b"",
    )


def failed_result(result: PollResult, error: Exception) -> PollResult:
    """Return what to store instead of a result whose documents cannot be stored.

    That is a failed poll, or deliveries of a hub that nothing is stored of.
    """
    if result.pushes is not None:
        return replace(result, pushes=tuple(PreparedPush(each.id, None) for each in result.pushes))
    return PollResult(result.feed, result.read_at, failure=unexpected_failure(error))


def unexpected_failure(error: Exception) -> FeedFailure:
    """Return the failure that stands for an unforeseen error."""
    said = error.orig if isinstance(error, DBAPIError) else error  # not the whole statement
    return FeedFailure("internal", f"{type(error).__name__}: {said}"[:300])

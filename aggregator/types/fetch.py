"""A claimed feed, and its publisher's response."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class FeedForPoll:
    """A feed that this process has claimed, with what it needs to poll it."""

    id: int
    url: str
    source_id: int
    source_slug: str
    language: str
    timezone: str
    site: str
    etag: str | None
    last_modified: str | None
    body_digest: str | None
    moved_to: str | None
    """Where a permanent redirect pointed on the previous poll."""
    interval_s: int
    failures: int
    mean_gap_s: int | None
    newest_at: datetime | None
    lease: str
    last_success_at: datetime | None = None
    hub_url: str | None = None
    """Hub of the current or requested subscription, to `topic_url`."""
    topic_url: str | None = None
    last_push_at: datetime | None = None
    hub_lease_until: datetime | None = None
    section: str = ""
    """As configured, in any words."""
    configured_url: str | None = None
    """As configured, where `url` may be where it moved; None if they are the same."""
    entry_digests: bytes | None = None
    """Records of the entries of the last stored document (`process.entries.digests`)."""
    listed_entries: bytes | None = None
    """Identities of the entries of the last stored document, in order."""
    missing_entries: bytes | None = None
    """Entries that have gone from its midst, and for how many polls."""


@dataclass(frozen=True, slots=True)
class CacheHints:
    """Validators and freshness from the publisher's response."""

    etag: str | None = None
    last_modified: str | None = None
    fresh_for: timedelta | None = None
    """From Cache-Control or Expires; None when silent."""


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class FetchedFeed:
    """A successful response; `body` is decoded from any Content-Encoding."""

    url: str
    """The address that answered, after redirects."""
    body: bytes
    content_type: str
    hints: CacheHints
    permanent_url: str | None = None
    """Set when every redirect up to here was permanent (301/308): the feed's new address."""
    hub_url: str | None = None
    self_url: str | None = None
    """From the Link header, as WebSub has it."""
    release: Callable[[], None] = field(default=_nothing, repr=False, compare=False)
    """Call it when the body is no longer needed, to free its share of the memory budget."""
    took_s: float = field(default=0.0, compare=False)
    """Seconds that the publisher took, without the wait in our own queue."""
    is_internal: bool = False
    """Whether it came from one of the operator's networks, in which the feed is configured."""


@dataclass(frozen=True, slots=True)
class NotModified:
    """A 304: nothing new, the stored validators still hold."""

    hints: CacheHints
    permanent_url: str | None = None
    took_s: float = field(default=0.0, compare=False)


FetchResult = FetchedFeed | NotModified

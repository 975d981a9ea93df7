"""Sources that readers miss: the look-up of an address, and the request that comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from aggregator.types.health import FeedState
from aggregator.types.names import SourceRef

# What came of a look-up: the source was there already, it is requested now, the reader has to
# choose one of several feeds, or nothing was found.
LookupOutcome = Literal["followed", "requested", "choice", "failed"]
RequestState = Literal["open", "accepted", "declined"]


@dataclass(frozen=True, slots=True)
class Headline:
    """The title of one of the latest entries of a feed."""

    title: str
    language: str
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """A feed behind an address, as it was read once."""

    url: str
    title: str
    language: str
    """Of most of its entries; "" if that is not clear."""
    site: str
    headlines: tuple[Headline, ...]
    """The latest first."""
    state: FeedState
    kind: str | None = None
    """The kind of problem with it, one of `process.feeds.health.PROBLEM_KINDS`."""
    format: str = ""
    entries: int = 0
    newest_at: datetime | None = None
    took_ms: int = 0


@dataclass(frozen=True, slots=True)
class SourceLookup:
    """An address that a reader asked about; `outcome` is None until it has been looked up."""

    id: int
    user_id: int
    address: str
    asked_at: datetime
    takes_first: bool
    """Whether the first feed is requested without asking back: an app cannot choose."""
    outcome: LookupOutcome | None = None
    kind: str = ""
    """Why nothing came of it: a kind of problem, "too_many" or "declined"."""
    found: tuple[FoundFeed, ...] = ()
    source_id: int | None = None
    request_id: int | None = None


@dataclass(frozen=True, slots=True)
class SourceRequest:
    """A feed that readers asked for, as operators see it."""

    id: int
    feed: FoundFeed
    state: RequestState
    created_at: datetime
    checked_at: datetime
    """When the feed was read."""
    readers: tuple[str, ...]
    """The names of those who asked, the first first."""
    decided_at: datetime | None = None
    decided_by: str = ""
    """The name of the operator; "" if the source was found in the config."""
    word: str = ""
    """To the readers, when it was declined."""


@dataclass(frozen=True, slots=True)
class OwnRequest:
    """A request as one of its readers sees it."""

    id: int
    title: str
    language: str
    feed_url: str
    address: str
    """What the reader gave."""
    state: RequestState
    asked_at: datetime
    word: str
    source: SourceRef | None
    """The source that it became."""

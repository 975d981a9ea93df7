"""What may be stored: sanitized, with the keys by which it is recognised."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from aggregator.types.names import Direction
from aggregator.types.parsed import Enclosure, FeedProblem
from aggregator.types.search import EMPTY_DOCUMENT, SearchDocument
from aggregator.types.stories import StoryFeatures


@dataclass(frozen=True, slots=True)
class FeedDocument:
    """What a worker process needs to prepare one document."""

    body: bytes
    content_type: str
    url: str
    """The address that answered."""
    language: str
    timezone: str
    now: datetime
    seen_until: datetime | None = None
    """The newest date that an entry of the feed had so far; None when all are taken for new."""


@dataclass(frozen=True, slots=True)
class PreparedEntry:
    """A sanitized entry with the keys by which it is recognised."""

    identity: int
    """Key within its feed: from guid, else canonical URL, else content."""
    guid: str
    """As published; where there is none, the URL or a made-up "marsad:…" name."""
    url: str | None
    url_key: int | None
    """Key of the canonical URL; None where the URL does not name one article."""
    text_key: int | None
    """Key of the normalised text; None where there is too little of it to compare."""
    title_key: int
    """Key of the normalised title."""
    revision: int
    """Changes when anything that is shown changes."""
    text_revision: int
    """Changes only when title or text change: an edit a reader would call one."""
    title: str
    author: str
    summary: str
    """Plain text, at most 400 characters."""
    content: str
    """Sanitized HTML."""
    image_url: str | None
    language: str
    direction: Direction
    word_count: int
    categories: tuple[str, ...]
    enclosures: tuple[Enclosure, ...]
    published_at: datetime | None
    """None where absent, broken or in the future."""
    updated_at: datetime | None
    words: SearchDocument = EMPTY_DOCUMENT
    """What it is found by; none yet where it looked like one that is known."""
    shares_guid: bool = False
    """Other entries of its document have the same identity; see `process.changes.variants`."""
    story: StoryFeatures | None = None
    """What is compared to find its story; None where it is too old for one."""

    def __reduce__(self) -> tuple[type[PreparedEntry], tuple[Any, ...]]:
        """Pickled as its bare values: thirty at a time travel from a worker to the poller."""
        return PreparedEntry, _values(self)


_values = attrgetter(*(field.name for field in fields(PreparedEntry)))


@dataclass(frozen=True, slots=True)
class PreparedFeed:
    """A document ready to be compared with what is stored."""

    format: str
    title: str
    site_url: str | None
    entries: tuple[PreparedEntry, ...]
    problems: tuple[FeedProblem, ...]
    ttl: timedelta | None
    hub_url: str | None
    self_url: str | None
    mean_gap_s: int | None
    """Mean time between the entries of the document, in seconds; None with fewer than two dates."""
    newest_at: datetime | None
    clamped_dates: int = 0
    """How many entries carried a date that could not be believed."""

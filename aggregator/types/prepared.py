"""What may be stored: sanitized, with the keys to recognise it by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
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
    """The address that answered, after redirects."""
    language: str
    timezone: str
    now: datetime
    seen_until: datetime | None = None
    """Newest date of the feed's entries so far; None if all are to be analyzed as new."""
    section: str = ""
    """The feed's section as configured, in any words."""
    categories: Mapping[str, str] = field(default_factory=dict)
    """Sections of categories that the operator added, by their stems."""
    is_internal: bool = False
    """Whether it may link to private addresses: its feed is in a network of the operator."""
    known: bytes = b""
    """Records of the entries of the last stored document (`process.entries.digests`)."""


@dataclass(frozen=True, slots=True)
class PreparedEntry:
    """A sanitized entry with the keys to recognise it by."""

    identity: int
    """Key within its feed: from guid, else canonical URL, else content."""
    guid: str
    """As published; else the URL or a generated "marsad:…" name."""
    url: str | None
    url_key: int | None
    """Key of the canonical URL; None if the URL does not name one article."""
    text_key: int | None
    """Key of the normalised text; None if it is too short to compare."""
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
    """None if absent, broken or in the future."""
    updated_at: datetime | None
    words: SearchDocument = EMPTY_DOCUMENT
    """Words for the search index; empty for one that looks known and is not analyzed yet."""
    section: str = ""
    """Its section on the front page; "" for none."""
    shares_guid: bool = False
    """Whether others of its document have the same identity (`identities.variant_identities`)."""
    story: StoryFeatures | None = None
    """Features to find its story by; None if it is too old for one."""
    has_guid: bool = True
    """Whether the publisher names it; else its address or its text has to."""
    former_identity: int | None = None
    """Identity from before fragments told addresses apart; None if it is the same."""
    former_url_key: int | None = None
    """URL key from before fragments told addresses apart; None if it is the same."""
    digest: int = 0
    """Of what its publisher wrote; 0 if the next document is to be compared whatever it has."""

    def __reduce__(self) -> tuple[type[PreparedEntry], tuple[Any, ...]]:
        """Pickle bare values: workers send the poller thirty entries at a time."""
        return PreparedEntry, _values(self)


_values = attrgetter(*(each.name for each in fields(PreparedEntry)))


@dataclass(frozen=True, slots=True)
class PreparedFeed:
    """A document ready to be compared with what is stored."""

    format: str
    title: str
    site_url: str | None
    entries: tuple[PreparedEntry, ...]
    """Without those that are as they were in the last stored document."""
    problems: tuple[FeedProblem, ...]
    ttl: timedelta | None
    hub_url: str | None
    self_url: str | None
    mean_gap_s: int | None
    """Mean time between the entries of the document, in seconds; None with fewer than two dates."""
    newest_at: datetime | None
    clamped_dates: int = 0
    """Entries with an implausible date."""
    unchanged: bytes = b""
    """Records of its other entries, which were not prepared (`process.entries.digests`)."""
    listed: bytes = b""
    """Identities of all its entries in order, packed (`process.entries.absences`)."""

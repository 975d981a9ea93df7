"""What a polled document changes, or why there is no document."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from aggregator.types.prepared import PreparedEntry


@dataclass(frozen=True, slots=True)
class Wording:
    """What a stored entry says, to compare it with another."""

    url: str | None
    title: str
    content: str
    """Sanitized HTML."""


@dataclass(frozen=True, slots=True)
class KnownEntry:
    """The stored values that an entry is recognised by."""

    id: int
    identity: int
    url_key: int | None
    title_key: int
    text_key: int | None
    revision: int
    text_revision: int
    published_at: datetime
    revision_count: int = 0
    left_feed_at: datetime | None = None
    wording: Wording | None = None
    """Only read where the keys do not tell (`matching.unclear_entries`)."""


@dataclass(frozen=True, slots=True)
class NewEntry:
    """To be inserted under `identity` (which differs from the entry's own on a collision)."""

    identity: int
    entry: PreparedEntry


@dataclass(frozen=True, slots=True)
class ChangedEntry:
    """To be updated in place; `edited` when title or text changed."""

    id: int
    identity: int
    """The identity to store it under from now on: a new one if its guid changed."""
    entry: PreparedEntry
    edited: bool
    published_at: datetime
    """As stored when the entry was first seen; an edit never moves it."""
    revision_count: int = 0
    """How many former versions of it are stored."""


@dataclass(frozen=True, slots=True)
class EntryChanges:
    """The difference between a feed's documents and the database."""

    new: tuple[NewEntry, ...] = ()
    changed: tuple[ChangedEntry, ...] = ()
    same: int = 0
    rewritten: int = 0
    """New entries that a later document of the same batch changed again."""
    records: bytes = b""
    """Records of the entries by which the next document tells that they are unchanged."""
    returned: tuple[int, ...] = ()
    """Ids of stored entries that were noted as no longer in the feed, and are."""


@dataclass(frozen=True, slots=True)
class FeedFailure:
    """Why a poll failed, in the words of `FETCH_KINDS` and `PARSE_KINDS`."""

    kind: str
    detail: str
    retry_after: timedelta | None = None
    advertised: tuple[tuple[str, str], ...] = ()
    """(title, URL) of the feeds that a web page at the feed's address names."""
    authority: str = ""
    """Host and port for all feeds of which `retry_after` holds; "" for this feed alone."""

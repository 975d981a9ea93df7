"""Frozen value objects, named by the stage an entry is at.

Wire to page: `FeedForPoll` -> `Fetched` -> `ParsedFeed`/`ParsedEntry` -> `PreparedFeed`/
`EntryForPoll` -> `EntryChange` -> `EntrySummary`/`EntryDetail`. All times are aware UTC, all
durations `timedelta` or seconds where the name ends in `_s`, all keys signed 64-bit integers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

Direction = Literal["rtl", "ltr"]
Role = Literal["reader", "editor", "operator"]
HubState = Literal["pending", "active", "refused", "unsubscribed"]
FeedState = Literal[
    "gone",
    "refused",
    "unreachable",
    "failing",
    "damaged",
    "moved",
    "slow",
    "silent",
    "new",
    "healthy",
    "disabled",
]
"""How a feed does, the most worrying first; what each means is in `process.health`."""

# --- configuration ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FeedSpec:
    """A feed as the operator wrote it."""

    url: str
    section: str


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """A source as the operator wrote it, names filled in."""

    slug: str
    name: LocalName
    country: str
    language: str
    ownership: str | None
    timezone: str
    site: str
    feeds: tuple[FeedSpec, ...]


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What loading the sources changed."""

    sources: int
    feeds: int
    added: int
    disabled: int


# --- polling: claimed, fetched -------------------------------------------------------------


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
    """Where we are subscribed, or wish to be, under the name `topic_url`."""
    topic_url: str | None = None
    last_push_at: datetime | None = None
    hub_lease_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class CacheHints:
    """What the publisher said about when to come back."""

    etag: str | None = None
    last_modified: str | None = None
    fresh_for: timedelta | None = None
    """From Cache-Control or Expires; None when silent."""


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Fetched:
    """A successful answer with a body. `body` is decoded from any Content-Encoding."""

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
    """To be called when the body is no longer needed: until then others may wait for its room."""
    took_s: float = field(default=0.0, compare=False)
    """How long the publisher took, without our own queue."""


@dataclass(frozen=True, slots=True)
class NotModified:
    """A 304: nothing new, the stored validators still hold."""

    hints: CacheHints
    permanent_url: str | None = None
    took_s: float = field(default=0.0, compare=False)


FetchResult = Fetched | NotModified

# --- polling: parsed (publisher's data, decoded, not yet trusted) --------------------------


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that comes with an entry; `length` in bytes, 0 if unknown."""

    url: str
    type: str = ""
    length: int = 0


@dataclass(frozen=True, slots=True)
class FeedProblem:
    """Something that is wrong with a document that could be read all the same."""

    kind: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ParsedEntry:
    """An entry as its publisher wrote it. Text is decoded; HTML is NOT yet safe."""

    guid: str | None
    url: str | None
    title: str
    """Plain text: markup removed, character references decoded once, white space folded."""
    authors: tuple[str, ...] = ()
    summary_html: str = ""
    content_html: str = ""
    """Empty where the publisher gives only a summary."""
    plain_text: bool = False
    """True where the body was declared or found to be plain text, not HTML."""
    base_url: str = ""
    """What relative links are relative to (xml:base, else the feed's address)."""
    categories: tuple[str, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    image_url: str | None = None
    published_at: datetime | None = None
    updated_at: datetime | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A whole document. `format` is rss, atom or json, with its version ("rss 2.0")."""

    format: str
    title: str
    site_url: str | None
    language: str | None
    entries: tuple[ParsedEntry, ...]
    problems: tuple[FeedProblem, ...] = ()
    ttl: timedelta | None = None
    """From <ttl> or sy:updatePeriod."""
    hub_url: str | None = None
    self_url: str | None = None


# --- polling: prepared (sanitized, fingerprinted: what may be stored) ----------------------


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


@dataclass(frozen=True, slots=True)
class EntryForPoll:
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
    shares_guid: bool = False
    """Other entries of its document have the same identity; see `process.changes.variants`."""


@dataclass(frozen=True, slots=True)
class PreparedFeed:
    """A document ready to be compared with what is stored."""

    format: str
    title: str
    site_url: str | None
    entries: tuple[EntryForPoll, ...]
    problems: tuple[FeedProblem, ...]
    ttl: timedelta | None
    hub_url: str | None
    self_url: str | None
    mean_gap_s: int | None
    """Mean time between the entries of the document, in seconds; None with fewer than two dates."""
    newest_at: datetime | None
    clamped_dates: int = 0
    """How many entries carried a date that could not be believed."""


# --- polling: decided ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KnownEntry:
    """What is stored of an entry, as far as recognising it needs."""

    id: int
    identity: int
    url_key: int | None
    title_key: int
    text_key: int | None
    revision: int
    text_revision: int
    published_at: datetime


@dataclass(frozen=True, slots=True)
class NewEntry:
    """To be inserted under `identity` (which differs from the entry's own on a collision)."""

    identity: int
    entry: EntryForPoll


@dataclass(frozen=True, slots=True)
class ChangedEntry:
    """To be updated in place; `edited` when title or text changed."""

    id: int
    identity: int
    """Under which it is stored from now on: another one where its guid changed."""
    entry: EntryForPoll
    edited: bool


@dataclass(frozen=True, slots=True)
class EntryChanges:
    """The difference between a document and the database."""

    new: tuple[NewEntry, ...] = ()
    changed: tuple[ChangedEntry, ...] = ()
    same: int = 0


@dataclass(frozen=True, slots=True)
class FeedFailure:
    """Why a poll failed, in the words of `FETCH_KINDS` and `PARSE_KINDS`."""

    kind: str
    detail: str
    retry_after: timedelta | None = None
    advertised: tuple[tuple[str, str], ...] = ()
    """(title, URL) of the feeds that a web page at the feed's address names."""
    authority: str = ""
    """The host and port that asked, with `retry_after`, to be left alone by all of its feeds."""


# --- WebSub ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HubSubscription:
    """That a hub is to tell us of news in a feed, and how far that has come."""

    feed_id: int
    hub_url: str
    topic_url: str
    token: str
    secret: str
    state: HubState
    requested_at: datetime | None
    lease_until: datetime | None
    failures: int
    next_try_at: datetime
    enabled: bool = True
    """Whether the feed is polled at all."""


@dataclass(frozen=True, slots=True)
class Push:
    """What a hub delivered, as it came."""

    id: int
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class PreparedPush:
    """What a hub delivered, ready to be stored; no `document` where it could not be read."""

    id: int
    document: PreparedFeed | None


# --- reading -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LocalName:
    """A name in the three languages of the interface; each is never empty."""

    ar: str
    fr: str
    en: str

    def get(self, language: str) -> str:
        """The name in `language` ("ar", "fr", "en"), English otherwise."""
        return {"ar": self.ar, "fr": self.fr}.get(language, self.en)


@dataclass(frozen=True, slots=True)
class SourceRef:
    """A source as entries mention it."""

    id: int
    slug: str
    name: LocalName
    country: str
    language: str


@dataclass(frozen=True, slots=True)
class EntrySummary:
    """An entry as lists show it."""

    id: int
    guid: str
    url: str | None
    title: str
    author: str
    summary: str
    image_url: str | None
    language: str
    direction: Direction
    word_count: int
    published_at: datetime
    updated_at: datetime | None
    fetched_at: datetime
    source: SourceRef
    feed_id: int
    duplicate_of: int | None
    also_in: tuple[tuple[int, SourceRef], ...] = ()
    """(entry id, source) of the duplicates that this entry stands for."""
    tags: tuple[str, ...] = ()
    starred: bool = False


@dataclass(frozen=True, slots=True)
class EntryDetail:
    """An entry in full. `content` is sanitized HTML, safe to put on a page."""

    summary: EntrySummary
    content: str
    categories: tuple[str, ...]
    enclosures: tuple[Enclosure, ...]


@dataclass(frozen=True, slots=True)
class EntryPage:
    """One screenful of a list; `next_cursor` is opaque and None on the last page."""

    entries: tuple[EntrySummary, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """What a list shows. None or empty means "any"."""

    source: str | None = None
    feed_id: int | None = None
    country: str | None = None
    language: str | None = None
    tag: str | None = None
    starred: bool = False
    duplicates: bool = False
    """True lists every entry; False folds duplicates under the first of them."""


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """A feed and how its polling goes."""

    id: int
    url: str
    section: str
    source: SourceRef
    enabled: bool
    status: FeedState
    entry_count: int
    last_polled_at: datetime | None
    last_success_at: datetime | None
    next_poll_at: datetime | None
    interval_s: int
    error_kind: str | None
    error_detail: str | None
    since: datetime | None = None
    """When the status began; None where it began before anybody noted it."""
    adopted_url: str | None = None
    """The address that is polled in place of `url`."""
    advertised: tuple[tuple[str, str], ...] = ()
    """(title, URL) of the feeds that a web page at the feed's address names."""
    failures: int = 0
    """Polls that failed since the last good one."""
    not_before: datetime | None = None
    """The publisher asked to be left alone until then."""
    took_ms: int | None = None
    """How long the publisher's last good answer took."""
    clamped_dates: int = 0
    """Entries of the last document whose date could not be believed."""
    newest_at: datetime | None = None
    mean_gap_s: int | None = None
    median_delay_s: int | None = None
    """From publication to arrival, over the last 50 entries that came after the first poll."""
    entries_per_day: float | None = None


@dataclass(frozen=True, slots=True)
class FeedDay:
    """What polling a feed came to on one day (UTC)."""

    day: date
    polls: int = 0
    failures: int = 0
    new_entries: int = 0
    """Without those of the very first poll, which are older."""


@dataclass(frozen=True, slots=True)
class FeedReport:
    """A feed with its last days, the oldest first, none left out."""

    feed: FeedHealth
    days: tuple[FeedDay, ...]


@dataclass(frozen=True, slots=True)
class FeedBoard:
    """What an operator looks at: some feeds, the most worrying first, and counts of all."""

    reports: tuple[FeedReport, ...]
    counts: dict[FeedState, int]
    """Feeds by state, the most worrying first; only states that occur."""
    next_page: int | None


@dataclass(frozen=True, slots=True)
class SourceOverview:
    """A source with its feeds, for the list of sources."""

    source: SourceRef
    site: str
    ownership: str | None
    enabled: bool
    entry_count: int
    last_entry_at: datetime | None
    feeds: tuple[FeedHealth, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class User:
    """A person with an account."""

    id: int
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class TagCount:
    """One of a reader's tags and how many entries carry it."""

    name: str
    entry_count: int


@dataclass(frozen=True, slots=True)
class FilterOptions:
    """What the lists can be narrowed to: only what has entries, in display order."""

    sources: tuple[SourceRef, ...]
    countries: tuple[str, ...]
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """A signed-in browser of a user. `id` is the hash of its cookie."""

    id: str
    user_agent: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """An API token of a user. `id` is the hash of the token."""

    id: str
    label: str
    created_at: datetime

"""Sources (publishers) and their feeds (polled URLs)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from aggregator.storage.models.base import Base


class OwnerRow(Base):
    """An owner of sources, as configured."""

    __tablename__ = "owners"

    slug: Mapped[str] = mapped_column(primary_key=True)
    name_ar: Mapped[str]
    name_fr: Mapped[str]
    name_en: Mapped[str]
    kind: Mapped[str]
    """state, party, private or public."""
    source_url: Mapped[str]
    """The page that the claim is from."""
    parents: Mapped[list[str]] = mapped_column(JSON)
    """The slugs of its own owners: all owners are read together, so it needs no table."""
    position: Mapped[int]
    """Its position in the configuration and in lists."""


class Source(Base):
    """A publisher, as configured."""

    __tablename__ = "sources"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name_ar: Mapped[str]
    name_fr: Mapped[str]
    name_en: Mapped[str]
    country: Mapped[str]
    language: Mapped[str]
    ownership: Mapped[str | None]
    owner: Mapped[str | None]
    """The slug of its owner; one that is no longer configured is none."""
    timezone: Mapped[str]
    site: Mapped[str]
    position: Mapped[int]
    """Its position in the configuration and in lists."""
    enabled: Mapped[bool]
    """False once it is no longer configured; its entries stay."""


class Feed(Base):
    """A polled URL, with its validators, its schedule, its health and its lease."""

    __tablename__ = "feeds"
    __table_args__ = (Index(None, "enabled", "next_poll_at"), Index(None, "source_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id", ondelete="CASCADE"))
    url: Mapped[str] = mapped_column(unique=True)
    """As configured. Where it moved permanently is in `adopted_url`."""
    section: Mapped[str]
    position: Mapped[int]
    enabled: Mapped[bool]
    created_at: Mapped[datetime]

    adopted_url: Mapped[str | None]
    """The URL that is polled instead, after the same permanent redirect on two polls."""
    moved_to: Mapped[str | None]
    """The target of a permanent redirect in the last poll; adopted if seen again."""

    title: Mapped[str | None]
    format: Mapped[str | None]
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    body_digest: Mapped[str | None]
    """Digest of the last document stored; the same bytes need no parsing again."""
    entry_digests: Mapped[bytes | None]
    """Records of its entries, 24 bytes each: the same entries need no preparing again
    (`process.entries.digests`). None once anything else has changed stored entries of the feed."""
    listed_entries: Mapped[bytes | None]
    """The identities of the entries of its last document, in order, 8 bytes each."""
    missing_entries: Mapped[bytes | None]
    """Entries that have gone from its midst, and for how many polls (`process.entries.absences`);
    None while there are none."""

    status: Mapped[str]
    """new, healthy, damaged, failing, refused or gone; pages show more (`process.feeds.health`)."""
    status_since: Mapped[datetime | None]
    failures: Mapped[int]
    """Failed polls since the last successful one."""
    error_kind: Mapped[str | None]
    error_detail: Mapped[str | None]
    error_since: Mapped[datetime | None]
    advertised: Mapped[list[list[str]] | None] = mapped_column(JSON(none_as_null=True))
    """[[title, URL], …] of the feeds that a web page at this URL advertises."""
    clamped_dates: Mapped[int] = mapped_column(server_default="0")
    """Entries of the last document with an implausible date."""
    last_duration_ms: Mapped[int | None]
    """How long the last successful answer took."""
    recent_delays: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True))
    """Seconds from publication to arrival of the last entries, at most 50, the newest last."""
    median_delay_s: Mapped[int | None]

    last_polled_at: Mapped[datetime | None]
    last_success_at: Mapped[datetime | None]
    next_poll_at: Mapped[datetime]
    not_before: Mapped[datetime | None]
    """The time until which the publisher asked to be left alone; even "poll now" waits."""
    interval_s: Mapped[int]
    mean_gap_s: Mapped[int | None]
    newest_entry_at: Mapped[datetime | None]
    entry_count: Mapped[int]

    lease: Mapped[str | None]
    """The claim that holds the feed, as "host:pid:random"."""
    lease_until: Mapped[datetime | None]


class FeedDay(Base):
    """Statistics of polling a feed on one day (UTC)."""

    __tablename__ = "feed_days"
    __table_args__ = ({"sqlite_with_rowid": False},)

    feed_id: Mapped[int] = mapped_column(
        ForeignKey("feeds.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    day: Mapped[date] = mapped_column(primary_key=True)
    polls: Mapped[int]
    failures: Mapped[int]
    new_entries: Mapped[int]
    """Without those of the feed's first poll, which are older."""

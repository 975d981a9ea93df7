"""Entries, their bodies, and what is remembered of deleted ones."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from aggregator.storage.models.base import Base

_COPIES = text("duplicate_of IS NOT NULL")
_LEFT = text("left_feed_at IS NOT NULL")


class Entry(Base):
    """One article of one feed: what lists and recognition need.

    The body is in `entry_contents`, so that a list of fifty reads a few dense pages of a
    million-row table.
    """

    __tablename__ = "entries"
    __table_args__ = (
        UniqueConstraint("feed_id", "identity"),
        # Duplicates are looked up in all feeds, known entries in their own: the latest of many.
        Index("ix_entries_url_key", "url_key", "feed_id", "id"),
        Index("ix_entries_text_key", "text_key", "feed_id", "id"),
        Index(
            "ix_entries_duplicate_of",
            "duplicate_of",
            sqlite_where=_COPIES,
            postgresql_where=_COPIES,
        ),
        Index(
            "ix_entries_left_feed_at", "left_feed_at", sqlite_where=_LEFT, postgresql_where=_LEFT
        ),
        # The lists, each with all columns that choosing a screenful needs. None is partial:
        # without statistics SQLite would rather look up NULLs and sort the whole table.
        Index("ix_entries_newest", "published_at", "id", "duplicate_of"),
        Index("ix_entries_section_newest", "section", "published_at", "id", "duplicate_of"),
        Index("ix_entries_language_newest", "language", "published_at", "id", "duplicate_of"),
        Index(
            "ix_entries_source_newest",
            "source_id",
            "published_at",
            "id",
            "duplicate_of",
            "language",
            "feed_id",
        ),
        # What a reader has not read yet of a source: everything that arrived after their mark.
        Index("ix_entries_source_arrival", "source_id", "id", "published_at", "duplicate_of"),
        # An id names one article forever: a deleted entry's id is never handed out again.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    feed_id: Mapped[int] = mapped_column(ForeignKey("feeds.id", ondelete="CASCADE"))
    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id", ondelete="CASCADE"))
    identity: Mapped[int] = mapped_column(BigInteger)
    guid: Mapped[str]
    url: Mapped[str | None]
    url_key: Mapped[int | None] = mapped_column(BigInteger)
    text_key: Mapped[int | None] = mapped_column(BigInteger)
    title_key: Mapped[int] = mapped_column(BigInteger)
    revision: Mapped[int] = mapped_column(BigInteger)
    text_revision: Mapped[int] = mapped_column(BigInteger)
    title: Mapped[str]
    author: Mapped[str]
    summary: Mapped[str]
    image_url: Mapped[str | None]
    language: Mapped[str]
    direction: Mapped[str]
    section: Mapped[str] = mapped_column(server_default="")
    """The section of its story, where lists show it; "" for none. Its own is in `story_entries`."""
    word_count: Mapped[int]
    published_at: Mapped[datetime]
    updated_at: Mapped[datetime | None]
    fetched_at: Mapped[datetime]
    duplicate_of: Mapped[int | None] = mapped_column(ForeignKey("entries.id", ondelete="SET NULL"))
    """The entry that this is a copy of; never itself a duplicate."""
    revision_count: Mapped[int] = mapped_column(server_default="0")
    """How many former versions of it are kept."""
    change_size: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    """The largest of its changes so far, as in `entry_revisions`; 0 for none."""
    left_feed_at: Mapped[datetime | None]
    """When it had been missing from its feed, while newer and older entries stayed."""


class EntryContent(Base):
    """What only an entry's own page needs."""

    __tablename__ = "entry_contents"

    entry_id: Mapped[int] = mapped_column(
        ForeignKey("entries.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    content: Mapped[str]
    """Sanitized HTML."""
    categories: Mapped[list[str]] = mapped_column(JSON)
    enclosures: Mapped[list[dict[str, Any]]] = mapped_column(JSON)


class EntryRevision(Base):
    """A former version of an entry: what it said before a change, and when the change was seen.

    Versions are numbered from 1 without gaps; the present text is the one after the last of them.
    """

    __tablename__ = "entry_revisions"
    __table_args__ = (
        # Lists of changes, of all sources and of one, with all that choosing a page needs.
        Index("ix_entry_revisions_seen", "seen_at", "entry_id", "size", "silent", "source_id"),
        Index("ix_entry_revisions_source", "source_id", "seen_at", "entry_id", "size", "silent"),
        {"sqlite_with_rowid": False},
    )

    entry_id: Mapped[int] = mapped_column(
        ForeignKey("entries.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id", ondelete="CASCADE"))
    seen_at: Mapped[datetime]
    """When a poll saw that it had given way to the next version."""
    size: Mapped[int] = mapped_column(SmallInteger)
    """Of that change: a place in `CHANGE_SIZES`, from 1."""
    silent: Mapped[bool]
    title_changed: Mapped[bool]
    delta: Mapped[bytes]
    """This version as its difference from the next one (`process.revisions.deltas`)."""


class Tombstone(Base):
    """An entry that retention deleted: its feed may still carry it, it never returns."""

    __tablename__ = "tombstones"

    feed_id: Mapped[int] = mapped_column(
        ForeignKey("feeds.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    identity: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    deleted_at: Mapped[datetime]

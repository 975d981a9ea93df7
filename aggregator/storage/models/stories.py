"""Stories: which entries tell of one event, and what arriving ones are compared with.

A story has the number of its first entry. An entry alone is a story of its own and has no row here
(unless it names its agency): what happened once costs nothing.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from aggregator.storage.models.base import Base

_NO_ROWID = {"sqlite_with_rowid": False}


class StoryRow(Base):
    """A story of several entries, as lists show it: `process.stories.digest` as rows.

    Kept as entries arrive, rebuilt from `story_entries` after anything else.
    """

    __tablename__ = "stories"
    __table_args__ = (Index(None, "first_at"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    lead_id: Mapped[int]
    """The entry whose headline stands for it."""
    shown_id: Mapped[int]
    """Its newest entry that is no copy: where it stands in lists."""
    entry_count: Mapped[int]
    source_count: Mapped[int]
    languages: Mapped[str]
    """In the order of how many entries it has in each: "ar fr"."""
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    agency: Mapped[str]
    """The first that an entry names; "" for none."""
    latest: Mapped[bytes]
    """Packed (32 bits): entry and source of each of the last entries, in order of arrival."""
    earliest: Mapped[bytes]
    """Packed (64 bits): microseconds and source of the first sources, in order of publication."""
    joined: Mapped[bytes]
    """Packed (64 bits): microseconds at which the last sources joined, in order."""
    sections: Mapped[str] = mapped_column(server_default="")
    """The number of its entries in each section, in order of arrival: "sport:3 world:1"."""


class StoryLanguage(Base):
    """The entries of a story in one language: `process.stories.digest.LanguageDigest`."""

    __tablename__ = "story_languages"
    __table_args__ = (_NO_ROWID,)

    story_id: Mapped[int] = mapped_column(
        ForeignKey("stories.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    language: Mapped[str] = mapped_column(primary_key=True)
    entry_count: Mapped[int]
    first_id: Mapped[int]
    own_count: Mapped[int]
    first_own_id: Mapped[int | None]
    fullest_id: Mapped[int]
    fullest_words: Mapped[int]
    lead_id: Mapped[int]
    """The entry whose headline stands for the story in this language."""
    lead_at: Mapped[datetime]
    shown_id: Mapped[int]
    shown_at: Mapped[datetime]
    shown_is_copy: Mapped[bool]


class StorySource(Base):
    """The entries of a story from one source in one language: who told it, and what last.

    Lists of some sources or of one language look here for the entry that stands for the story.
    """

    __tablename__ = "story_sources"
    __table_args__ = (_NO_ROWID,)

    story_id: Mapped[int] = mapped_column(
        ForeignKey("stories.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    source_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    language: Mapped[str] = mapped_column(primary_key=True)
    entry_count: Mapped[int]
    shown_id: Mapped[int | None]
    """The newest that is no copy; None if all are copies."""
    shown_at: Mapped[datetime | None]


class StoryEntry(Base):
    """What is known of an entry beside itself: its story, what it reprints, its agency."""

    __tablename__ = "story_entries"
    __table_args__ = (Index(None, "story_id", "entry_id"),)

    entry_id: Mapped[int] = mapped_column(
        ForeignKey("entries.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    story_id: Mapped[int]
    reprint_of: Mapped[int | None]
    """The entry whose text it has, in whole or in part; it may be gone."""
    agency: Mapped[str]
    section: Mapped[str] = mapped_column(server_default="")
    """The section of the entry itself; "" for none."""
    folded: Mapped[bool]
    """Whether another entry stands for it in lists of stories."""


class StoryRedirect(Base):
    """Where the number of a story that was merged leads now."""

    __tablename__ = "story_redirects"
    __table_args__ = (Index(None, "story_id"), _NO_ROWID)

    old_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    story_id: Mapped[int]


class ForbiddenMerge(Base):
    """Two stories (the smaller number first) that an editor took apart: never merged again."""

    __tablename__ = "story_apart"
    __table_args__ = (Index(None, "other_id"), _NO_ROWID)

    one_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    other_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    editor: Mapped[str]
    decided_at: Mapped[datetime]


class FrontPin(Base):
    """A story that an editor put at the top of the front page, until it expires."""

    __tablename__ = "front_pins"
    __table_args__ = (_NO_ROWID,)

    story_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    editor: Mapped[str]
    pinned_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class StoryFollow(Base):
    """That a reader follows a story, and what they had seen of it at their last visit."""

    __tablename__ = "story_follows"
    __table_args__ = (Index(None, "story_id"), _NO_ROWID)

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    story_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    followed_at: Mapped[datetime]
    seen_up_to: Mapped[int]
    """The id of the last entry that they were shown."""
    title: Mapped[str] = mapped_column(server_default="")
    """The headline that they know it by, until they open it under another; "" for an untitled."""
    language: Mapped[str] = mapped_column(server_default="")


class StoryVectorRow(Base):
    """What arriving entries are compared with, of the last days: `StoryVector` as a row."""

    __tablename__ = "story_told"
    __table_args__ = (Index(None, "at"),)

    entry_id: Mapped[int] = mapped_column(
        ForeignKey("entries.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    source_id: Mapped[int]
    language: Mapped[str]
    at: Mapped[datetime]
    words: Mapped[bytes]
    weights: Mapped[bytes]
    anchors: Mapped[bytes]
    anchor_weights: Mapped[bytes]
    sketch: Mapped[bytes]
    form: Mapped[int] = mapped_column(BigInteger)
    figures: Mapped[int] = mapped_column(BigInteger)
    score: Mapped[int] = mapped_column(BigInteger)
    serial: Mapped[bool]
    brief: Mapped[bool]


class StoryPosting(Base):
    """The last entries that have a term among their weightiest: their ids, packed."""

    __tablename__ = "story_postings"
    __table_args__ = (_NO_ROWID,)

    term: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    entries: Mapped[bytes]
    newest: Mapped[int]


class StoryFrequencies(Base):
    """How common terms are, and a number that changes with any story: one row."""

    __tablename__ = "story_frequencies"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    counts: Mapped[bytes]
    version: Mapped[int] = mapped_column(server_default="0")

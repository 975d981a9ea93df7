"""Topics: their rules, entries, curation by hand, and revisions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from aggregator.storage.models.base import Base

_NO_ROWID = {"sqlite_with_rowid": False}


def _topic_key() -> Mapped[int]:
    return mapped_column(
        ForeignKey("topics.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )


def _entry_key() -> Mapped[int]:
    return mapped_column(
        ForeignKey("entries.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )


class TopicRow(Base):
    """A topic: the content of its last revision, and how far its rule has been applied."""

    __tablename__ = "topics"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    """As `types.TopicContent`."""
    rule: Mapped[str]
    state: Mapped[str]
    revision: Mapped[int]
    rule_version: Mapped[int]
    """Increases over all topics with each change of a rule, so that matchers notice it."""
    updated_at: Mapped[datetime]
    updated_by: Mapped[str]
    published_at: Mapped[datetime | None]
    fill_from: Mapped[int | None]
    """The newest entry when the rule changed; later ones are matched when they are stored."""
    fill_next: Mapped[int | None]
    """The backfill continues from this entry downward; None once it is complete."""


class TopicEntry(Base):
    """An entry in a topic, by its rule or by a pin."""

    __tablename__ = "topic_entries"
    __table_args__ = (
        Index(None, "topic_id", "published_at", "entry_id"),
        Index(None, "entry_id"),
        _NO_ROWID,
    )

    topic_id: Mapped[int] = _topic_key()
    entry_id: Mapped[int] = _entry_key()
    published_at: Mapped[datetime]
    """Copied from the entry, where it never changes, so that a page needs one index only."""
    by_rule: Mapped[bool]
    why: Mapped[list[str]] = mapped_column(JSON)
    """The parts of the rule that it matches, as pieces of a query."""


class TopicPin(Base):
    """An entry at the top of a topic, until it expires."""

    __tablename__ = "topic_pins"
    __table_args__ = (Index(None, "entry_id"), _NO_ROWID)

    topic_id: Mapped[int] = _topic_key()
    entry_id: Mapped[int] = _entry_key()
    position: Mapped[int]
    expires_at: Mapped[datetime | None]
    note: Mapped[str]
    editor: Mapped[str]
    pinned_at: Mapped[datetime]


class TopicRemoval(Base):
    """An entry that stays out of a topic, whatever its rule says."""

    __tablename__ = "topic_removals"
    __table_args__ = (Index(None, "entry_id"), _NO_ROWID)

    topic_id: Mapped[int] = _topic_key()
    entry_id: Mapped[int] = _entry_key()
    reason: Mapped[str]
    editor: Mapped[str]
    removed_at: Mapped[datetime]


class TopicNoteRow(Base):
    """A note of an editor to the others about a topic."""

    __tablename__ = "topic_notes"
    __table_args__ = (Index(None, "topic_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    topic_id: Mapped[int] = mapped_column(ForeignKey("topics.id", ondelete="CASCADE"))
    editor: Mapped[str]
    written_at: Mapped[datetime]
    text: Mapped[str]


class TopicRevisionRow(Base):
    """A save of a topic. `editor` is a name, which stays when the account is deleted."""

    __tablename__ = "topic_revisions"
    __table_args__ = (_NO_ROWID,)

    topic_id: Mapped[int] = _topic_key()
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    saved_at: Mapped[datetime]
    editor: Mapped[str]
    reason: Mapped[str]
    content: Mapped[dict[str, Any]] = mapped_column(JSON)


class TopicSubscription(Base):
    """A topic that a reader follows, and up to which entry they have seen it."""

    __tablename__ = "topic_subscriptions"
    __table_args__ = (Index(None, "topic_id"), _NO_ROWID)

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    topic_id: Mapped[int] = _topic_key()
    followed_at: Mapped[datetime]
    seen_up_to: Mapped[int]

"""What readers follow, have read and mute.

What was read is sparse: per source a mark up to which everything is read, by the order in which
entries arrived (their ids), and a row for each entry that is on the other side of its mark. So a
new entry is unread for everybody without a row being written, and an entry that arrives late with
an old date is not lost.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from aggregator.storage.models.base import Base

_NO_ROWID = {"sqlite_with_rowid": False}


class SourceSubscription(Base):
    """A source that a reader follows."""

    __tablename__ = "source_subscriptions"
    __table_args__ = (Index(None, "source_id"), Index(None, "folder_id"), _NO_ROWID)

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    source_id: Mapped[int] = mapped_column(
        ForeignKey("sources.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    followed_at: Mapped[datetime]
    folder_id: Mapped[int | None] = mapped_column(ForeignKey("folders.id", ondelete="SET NULL"))
    """The reader's folder that it is in, if any."""


class FolderRow(Base):
    """A folder into which a reader sorts sources. `name_key` is the name as names are compared."""

    __tablename__ = "folders"
    __table_args__ = (UniqueConstraint("user_id", "name_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str]
    name_key: Mapped[str]
    position: Mapped[int]
    created_at: Mapped[datetime]


class ReadMark(Base):
    """Up to which entry of a source, in order of arrival, a reader has read everything.

    Of a source without a mark nothing is read but what has a row in `read_exceptions`.
    """

    __tablename__ = "read_marks"
    __table_args__ = (Index(None, "source_id"), _NO_ROWID)

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    source_id: Mapped[int] = mapped_column(
        ForeignKey("sources.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    up_to: Mapped[int]
    """The id of an entry, or 0; the entry itself may have been deleted since."""


class ReadException(Base):
    """An entry above its mark that was read, or one below it that was kept unread.

    Refers to entries without a foreign key: checking one would cost each deletion by retention a
    look at all readers. Rows of entries that are gone are harmless and leave with the daily job.
    """

    __tablename__ = "read_exceptions"
    __table_args__ = (Index(None, "user_id", "source_id", "entry_id"), _NO_ROWID)

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    entry_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    source_id: Mapped[int]
    read: Mapped[bool]


class ReadUndo(Base):
    """The read state before a reader's last change, to undo it."""

    __tablename__ = "read_undos"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    token: Mapped[str]
    made_at: Mapped[datetime]
    before: Mapped[dict[str, Any]] = mapped_column(JSON)


class MutedWord(Base):
    """A word that a reader does not want to see in mixed lists."""

    __tablename__ = "muted_words"
    __table_args__ = (_NO_ROWID,)

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    word: Mapped[str] = mapped_column(primary_key=True)
    muted_at: Mapped[datetime]


class MutedSource(Base):
    """A source that a reader does not want to see in mixed lists."""

    __tablename__ = "muted_sources"
    __table_args__ = (Index(None, "source_id"), _NO_ROWID)

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    source_id: Mapped[int] = mapped_column(
        ForeignKey("sources.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    muted_at: Mapped[datetime]

"""Tags and stars of readers on entries."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from aggregator.storage.models.base import Base


class Tag(Base):
    """A tag of a reader. `name_key` is the name as tags are compared (case-folded NFKC)."""

    __tablename__ = "tags"
    __table_args__ = (UniqueConstraint("user_id", "name_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str]
    name_key: Mapped[str]


class EntryTag(Base):
    """A tag on an entry. Retention never deletes a tagged entry."""

    __tablename__ = "entry_tags"
    __table_args__ = (Index(None, "entry_id"),)

    tag_id: Mapped[int] = mapped_column(ForeignKey("tags.id", ondelete="CASCADE"), primary_key=True)
    entry_id: Mapped[int] = mapped_column(
        ForeignKey("entries.id", ondelete="CASCADE"), primary_key=True
    )
    tagged_at: Mapped[datetime]


class Star(Base):
    """A reader's star on an entry. Retention never deletes a starred entry."""

    __tablename__ = "stars"
    __table_args__ = (Index(None, "entry_id"),)

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    entry_id: Mapped[int] = mapped_column(
        ForeignKey("entries.id", ondelete="CASCADE"), primary_key=True
    )
    starred_at: Mapped[datetime]

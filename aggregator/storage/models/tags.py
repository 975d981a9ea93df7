"""What readers put on entries: tags and stars."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from aggregator.storage.models.base import Base


class Tag(Base):
    """A reader's word. `name_key` is the name as tags are compared (case-folded NFKC)."""

    __tablename__ = "tags"
    __table_args__ = (UniqueConstraint("user_id", "name_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str]
    name_key: Mapped[str]


class EntryTag(Base):
    """A tag on an entry. An entry that carries one is never deleted by retention."""

    __tablename__ = "entry_tags"
    __table_args__ = (Index(None, "entry_id"),)

    tag_id: Mapped[int] = mapped_column(ForeignKey("tags.id", ondelete="CASCADE"), primary_key=True)
    entry_id: Mapped[int] = mapped_column(
        ForeignKey("entries.id", ondelete="CASCADE"), primary_key=True
    )
    tagged_at: Mapped[datetime]


class Star(Base):
    """A reader's star on an entry. A starred entry is never deleted by retention."""

    __tablename__ = "stars"
    __table_args__ = (Index(None, "entry_id"),)

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    entry_id: Mapped[int] = mapped_column(
        ForeignKey("entries.id", ondelete="CASCADE"), primary_key=True
    )
    starred_at: Mapped[datetime]

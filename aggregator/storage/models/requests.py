"""Sources that readers miss: addresses to look up, requests, and who asked."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column

from aggregator.storage.models.base import Base
from aggregator.types import LookupOutcome, RequestState


class SourceLookupRow(Base):
    """An address that a reader asked about, to be looked up by a poller; kept for a day."""

    __tablename__ = "source_lookups"
    __table_args__ = (Index(None, "finished_at"), Index(None, "user_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    address: Mapped[str]
    asked_at: Mapped[datetime]
    takes_first: Mapped[bool] = mapped_column(server_default=false())
    lease_until: Mapped[datetime | None]
    """Until then a poller is looking it up."""
    finished_at: Mapped[datetime | None]
    outcome: Mapped[LookupOutcome | None] = mapped_column(String)
    kind: Mapped[str] = mapped_column(server_default="")
    found: Mapped[list[dict[str, Any]]] = mapped_column(JSON, server_default="[]")
    """As `types.FoundFeed`, times in ISO 8601."""
    source_id: Mapped[int | None] = mapped_column(ForeignKey("sources.id", ondelete="SET NULL"))
    request_id: Mapped[int | None] = mapped_column(
        ForeignKey("source_requests.id", ondelete="SET NULL")
    )


class SourceRequestRow(Base):
    """A feed that readers asked for: one row, however many they are."""

    __tablename__ = "source_requests"
    __table_args__ = (Index(None, "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    feed_key: Mapped[str] = mapped_column(unique=True)
    """The same for all spellings of the address (`process.html.urls.feed_key`)."""
    feed: Mapped[dict[str, Any]] = mapped_column(JSON)
    """As `types.FoundFeed`, times in ISO 8601."""
    state: Mapped[RequestState] = mapped_column(String)
    created_at: Mapped[datetime]
    checked_at: Mapped[datetime]
    """When the feed was read."""
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(server_default="")
    """The name of the operator; "" if the source was found in the config."""
    word: Mapped[str] = mapped_column(server_default="")
    source_id: Mapped[int | None] = mapped_column(ForeignKey("sources.id", ondelete="SET NULL"))
    """The source that it became."""


class SourceAskerRow(Base):
    """A reader who asked for a source."""

    __tablename__ = "source_request_askers"
    __table_args__ = (Index(None, "user_id"), {"sqlite_with_rowid": False})

    request_id: Mapped[int] = mapped_column(
        ForeignKey("source_requests.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    address: Mapped[str]
    """What the reader gave."""
    asked_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    """When the reader was told what became of it."""

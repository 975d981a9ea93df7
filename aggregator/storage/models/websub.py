"""WebSub: one subscription per feed at its hub, and the documents that hubs delivered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from aggregator.storage.models.base import Base


class WebsubSubscription(Base):
    """A subscription to a feed at a hub: pending, active, refused or ended."""

    __tablename__ = "websub_subscriptions"
    __table_args__ = (Index(None, "next_try_at"),)

    feed_id: Mapped[int] = mapped_column(
        ForeignKey("feeds.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    hub_url: Mapped[str]
    topic_url: Mapped[str]
    """The URL under which the hub knows the feed: the one that the document gives itself."""
    token: Mapped[str] = mapped_column(unique=True)
    """The last part of the callback URL, known only to the hub."""
    secret: Mapped[str]
    """The key with which the hub signs deliveries."""
    state: Mapped[str]
    """pending, active, refused or unsubscribed."""
    requested_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    last_push_at: Mapped[datetime | None]
    """When a delivery was last stored."""
    failures: Mapped[int]
    """Requests since the hub last confirmed one."""
    next_try_at: Mapped[datetime]
    detail: Mapped[str | None]
    """The last error."""


class Push(Base):
    """A document delivered by a hub, waiting for a poller."""

    __tablename__ = "pushes"
    __table_args__ = (Index(None, "feed_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    feed_id: Mapped[int] = mapped_column(ForeignKey("feeds.id", ondelete="CASCADE"))
    received_at: Mapped[datetime]
    content_type: Mapped[str]
    body: Mapped[bytes] = mapped_column(LargeBinary)

"""WebSub: one subscription a feed at its hub, and the documents that hubs delivered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from aggregator.storage.models.base import Base


class WebsubSubscription(Base):
    """That a hub tells us of news in a feed: wished for, asked for, granted or refused."""

    __tablename__ = "websub_subscriptions"
    __table_args__ = (Index(None, "next_try_at"),)

    feed_id: Mapped[int] = mapped_column(
        ForeignKey("feeds.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    hub_url: Mapped[str]
    topic_url: Mapped[str]
    """What the hub knows the feed as: the address that the document gives itself."""
    token: Mapped[str] = mapped_column(unique=True)
    """The last part of the callback's address; nobody but the hub is told."""
    secret: Mapped[str]
    """With which the hub signs what it delivers."""
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
    """What went wrong last."""


class Push(Base):
    """A document that a hub delivered and that waits for a poller."""

    __tablename__ = "pushes"
    __table_args__ = (Index(None, "feed_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    feed_id: Mapped[int] = mapped_column(ForeignKey("feeds.id", ondelete="CASCADE"))
    received_at: Mapped[datetime]
    content_type: Mapped[str]
    body: Mapped[bytes] = mapped_column(LargeBinary)

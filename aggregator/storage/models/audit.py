"""The audit log: rows are added, deleted by retention, and never changed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from aggregator.storage.models.base import Base


class ActRow(Base):
    """An act of an operator or editor. A trigger refuses updates.

    Names instead of keys: what was done stays readable when its account or its topic is gone.
    """

    __tablename__ = "acts"
    __table_args__ = (Index(None, "at"), Index(None, "actor", "id"), Index(None, "kind", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    via: Mapped[str]
    kind: Mapped[str]
    target: Mapped[str]
    detail: Mapped[str]
    request_id: Mapped[str]

"""State shared by the processes of an installation: daily jobs, counters, secrets."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from aggregator.storage.models.base import Base


class Job(Base):
    """A daily job and when it last ran, so that only one process runs it."""

    __tablename__ = "jobs"

    name: Mapped[str] = mapped_column(primary_key=True)
    last_run_at: Mapped[datetime]


class CounterRow(Base):
    """How often something has happened, over all processes; it only grows."""

    __tablename__ = "counters"
    __table_args__ = ({"sqlite_with_rowid": False},)

    name: Mapped[str] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(primary_key=True)
    """Which kind of it: an outcome, a reason."""
    value: Mapped[int] = mapped_column(BigInteger)


class Secret(Base):
    """A random value that all web processes sign with, created on first use."""

    __tablename__ = "secrets"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]

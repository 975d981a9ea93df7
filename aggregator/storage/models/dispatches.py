"""Agency dispatches, who printed them, and daily sums of both."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from aggregator.storage.models.base import Base

_NO_ROWID = {"sqlite_with_rowid": False}


class Dispatch(Base):
    """A text of a news agency: its own entry, or the first print if we do not poll the agency."""

    __tablename__ = "dispatches"
    __table_args__ = (Index(None, "agency", "day", "id"), Index(None, "day"))

    id: Mapped[int] = mapped_column(
        ForeignKey("entries.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    agency: Mapped[str]
    day: Mapped[date]
    """When it was published (UTC)."""
    own: Mapped[bool]
    """Whether the agency itself published the entry."""


class DispatchPrint(Base):
    """An entry that prints a dispatch, in whole or in part."""

    __tablename__ = "dispatch_prints"
    __table_args__ = (Index(None, "dispatch_id", "entry_id"), _NO_ROWID)

    entry_id: Mapped[int] = mapped_column(
        ForeignKey("entries.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    dispatch_id: Mapped[int] = mapped_column(ForeignKey("dispatches.id", ondelete="CASCADE"))
    credited: Mapped[bool]
    """Whether its author, its signature or its text names an agency."""
    by_agency: Mapped[bool]
    """Whether the agency itself published it: another version of the dispatch, not a print."""


class AgencyDay(Base):
    """The dispatches of an agency of one day (UTC), and what became of them."""

    __tablename__ = "agency_days"
    __table_args__ = (_NO_ROWID,)

    agency: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    dispatches: Mapped[int]
    taken_up: Mapped[int]
    """Dispatches that at least one source printed."""
    delays: Mapped[bytes]
    """Packed (16 bits): minutes from dispatch to print, of each print."""


class AgencySourceDay(Base):
    """How often a source printed an agency's dispatches of one day (UTC)."""

    __tablename__ = "agency_source_days"
    __table_args__ = (_NO_ROWID,)

    agency: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    prints: Mapped[int]
    uncredited: Mapped[int]

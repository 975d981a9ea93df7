"""What `marsad doctor` finds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

FindingStatus = Literal["ok", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check, and what to do about it."""

    check: str
    status: FindingStatus
    message: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class IndexState:
    """The search index beside the entries that it should hold."""

    entries: int
    waiting_up_to: int
    """Entries up to this id are still to be indexed; 0 if none is."""
    missing: int
    """Entries that should be in the index and are not."""
    damaged: int
    """Documents that the index lists but does not hold."""


@dataclass(frozen=True, slots=True)
class PollingState:
    """How polling is doing, as the feeds tell."""

    feeds: int
    stuck: int
    """Feeds that a poller claimed and has not released in time."""
    overdue: int
    last_polled_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoredTimes:
    """Times to compare this machine's clock with."""

    server_now: datetime | None
    """The time of the database server; None for a file."""
    last_job_at: datetime | None
    latest_fetch_at: datetime | None

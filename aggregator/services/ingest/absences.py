"""Note entries that are no longer in their feed, in the transaction that stores the poll."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from aggregator.process.entries.absences import Absences, find_absences, still_missing
from aggregator.storage.feeds import outcomes
from aggregator.types import FeedForPoll


def record_absences(
    session: Session, feed: FeedForPoll, listed: bytes, now: datetime
) -> bytes | None:
    """Note what a new document has been missing for long; return what it is still missing."""
    found = find_absences(feed.listed_entries, listed, feed.missing_entries)
    _note_left(session, feed, found, now)
    return found.missing


def record_still_missing(session: Session, feed: FeedForPoll, now: datetime) -> None:
    """Record a poll that found its document unchanged, without the entries that it had lost."""
    found = still_missing(feed.missing_entries or b"")
    outcomes.record_missing(session, feed, found.missing)
    _note_left(session, feed, found, now)


def _note_left(session: Session, feed: FeedForPoll, found: Absences, now: datetime) -> None:
    if found.left:  # hardly ever, and only then are tables of entries mapped
        from aggregator.storage.entries.revisions import note_left

        note_left(session, feed.id, found.left, now)

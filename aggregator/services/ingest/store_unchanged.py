"""Write polls without news: nothing to compare, analyze or index, so this imports none of that."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from aggregator.process.feeds.schedule import PollPolicy
from aggregator.services.ingest.absences import record_still_missing
from aggregator.services.ingest.read_feed import PollOutcome, PollResult
from aggregator.services.ingest.record_poll import poll_day, unchanged_poll
from aggregator.storage.engine import Database
from aggregator.storage.feeds import days, outcomes


def store_unchanged(
    database: Database, results: Sequence[PollResult], policy: PollPolicy
) -> list[PollOutcome]:
    """Store polls that are all `is_unchanged`, in one transaction; as `store` would."""
    stored = [PollOutcome(result.feed) for result in results]
    with database.write_exclusive() as session:
        record_unchanged(session, results, policy)
        polls = zip(results, stored, strict=True)
        days.add_polls(session, [poll_day(result, outcome) for result, outcome in polls])
    return stored


def record_unchanged(session: Session, results: Sequence[PollResult], policy: PollPolicy) -> None:
    """Record on their feeds polls that are all `is_unchanged`."""
    for result in results:
        if result.feed.missing_entries:
            record_still_missing(session, result.feed, result.read_at)
    outcomes.record_unchanged(session, [unchanged_poll(each, policy) for each in results])

"""Daily sums of agency dispatches, so that pages of agencies need not count what is past."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

from aggregator.process.stories.dispatches import sum_days
from aggregator.process.stories.keys import STORY_WINDOW
from aggregator.storage.engine import Database
from aggregator.storage.listing import dispatches

# Prints of a dispatch arrive for so long after it; its day is summed up again until then.
_OPEN = STORY_WINDOW + timedelta(days=1)
_DAY = timedelta(days=1)


def update_agency_days(
    database: Database, now: datetime, stop: Callable[[], bool] = lambda: False
) -> None:
    """Store the sums of the days before today (UTC) that may have changed, each by itself."""
    with database.read() as session:
        last, first = dispatches.last_summed_day(session), dispatches.first_day(session)
    if first is None:
        return
    if last is not None:
        first = max(first, min(last, now.date()) - _OPEN)
    for day in _days(first, now.date()):
        if stop():
            return
        with database.write() as session:
            found = sum_days(dispatches.prints_between(session, day, day))
            dispatches.save_sums(
                session, day, {agency: sums for (agency, _), sums in found.items()}
            )


def _days(first: date, today: date) -> list[date]:
    return [first + number * _DAY for number in range((today - first).days)]

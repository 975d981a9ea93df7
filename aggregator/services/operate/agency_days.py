"""Daily sums of agency dispatches, so that pages of agencies need not count what is past."""

from __future__ import annotations

from collections.abc import Callable, Iterable
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
        lacking = {day for day in dispatches.days_lacking_dispatches(session) if day < now.date()}
    if first is None:
        return
    if last is not None:
        first = max(first, min(last, now.date()) - _OPEN)
    _sum_up(database, sorted({*lacking, *_days(first, now.date())}), stop)


def update_agency_days_since(
    database: Database, entry_id: int | None, stop: Callable[[], bool] = lambda: False
) -> int:
    """Sum up those of the stored days again which entries above `entry_id` belong to.

    Returns the highest id: the `entry_id` of the next time. Without one, only looks it up.
    """
    with database.read() as session:
        latest = dispatches.latest_id(session)
        last = dispatches.last_summed_day(session)
        if entry_id is None or last is None or latest <= entry_id:
            return latest
        days = [d for d in dispatches.days_with_entries_after(session, entry_id) if d <= last]
    _sum_up(database, sorted(days), stop)
    return latest


def _sum_up(database: Database, days: Iterable[date], stop: Callable[[], bool]) -> None:
    for day in days:
        if stop():
            return
        with database.write() as session:
            found = sum_days(dispatches.prints_between(session, day, day))
            dispatches.save_sums(
                session, day, {agency: sums for (agency, _), sums in found.items()}
            )


def _days(first: date, today: date) -> list[date]:
    return [first + number * _DAY for number in range((today - first).days)]

"""Divide days into hours, days or weeks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from aggregator.types.research import Period, PeriodUnit

# Maximum days of a series, by its unit: some 800 periods, and 20 years of weeks.
MAX_DAYS: dict[PeriodUnit, int] = {"hour": 31, "day": 800, "week": 7_305}
# Days of a series whose address names no first day.
DEFAULT_DAYS: dict[PeriodUnit, int] = {"hour": 3, "day": 30, "week": 364}


def divide(first: date, last: date, unit: PeriodUnit, zone: ZoneInfo) -> list[Period]:
    """Divide the days from `first` to `last`, both inclusive, as the clocks of `zone` show them.

    Weeks begin on Monday; the first and the last may be cut. A day has 23 or 25 hours when clocks
    change.
    """
    starts = list(_starts(first, last, unit, zone))
    starts.append(_midnight(last + timedelta(days=1), zone))
    return [Period(start, end) for start, end in pairwise(starts)]


def _starts(first: date, last: date, unit: PeriodUnit, zone: ZoneInfo) -> Iterator[datetime]:
    if unit == "hour":
        moment = _midnight(first, zone)
        end = _midnight(last + timedelta(days=1), zone)
        while moment < end:
            yield moment
            moment = (moment.astimezone(UTC) + timedelta(hours=1)).astimezone(zone)
        return
    day = first
    while day <= last:
        yield _midnight(day, zone)
        day += timedelta(days=7 - day.weekday() if unit == "week" else 1)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)

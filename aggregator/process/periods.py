"""Days, weeks and months of the calendar. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, NamedTuple, get_args
from zoneinfo import ZoneInfo

Step = Literal["day", "week", "month"]
STEPS: tuple[Step, ...] = get_args(Step)
_DAY = timedelta(days=1)


class Period(NamedTuple):
    """A day, a week that begins on Monday, or a month; both days are part of it."""

    step: Step
    first: date
    last: date

    @property
    def before(self) -> Period:
        """The period before it."""
        return period_of(self.step, self.first - _DAY)

    @property
    def after(self) -> Period:
        """The period after it."""
        return period_of(self.step, self.last + _DAY)


def period_of(step: Step, day: date) -> Period:
    """The period with this day in it."""
    if step == "day":
        return Period(step, day, day)
    if step == "week":
        monday = day - day.weekday() * _DAY
        return Period(step, monday, monday + 6 * _DAY)
    first = day.replace(day=1)
    next_month = (first + 31 * _DAY).replace(day=1)
    return Period(step, first, next_month - _DAY)


def periods_up_to(last: Period, number: int) -> tuple[Period, ...]:
    """`number` periods, the earliest first, of which `last` is the last."""
    found = [last]
    while len(found) < number:
        found.append(found[-1].before)
    return tuple(reversed(found))


def day_bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The midnights in `zone` at which a day begins and ends."""
    start, end = (datetime.combine(each, time(), zone) for each in (day, day + _DAY))
    return start.astimezone(UTC), end.astimezone(UTC)

"""Days, weeks and months."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from aggregator.process.periods import Period, Step, day_bounds, period_of, periods_up_to


@pytest.mark.parametrize(
    ("step", "day", "first", "last"),
    [
        ("day", "2026-11-30", "2026-11-30", "2026-11-30"),
        ("week", "2026-11-30", "2026-11-30", "2026-12-06"),
        ("week", "2027-01-03", "2026-12-28", "2027-01-03"),
        ("month", "2026-12-31", "2026-12-01", "2026-12-31"),
        ("month", "2028-02-01", "2028-02-01", "2028-02-29"),
    ],
)
def test_a_period_has_the_day_in_it(step: Step, day: str, first: str, last: str) -> None:
    period = Period(step, date.fromisoformat(first), date.fromisoformat(last))
    assert period_of(step, date.fromisoformat(day)) == period
    assert (period.before.after, period.after.before) == (period, period)


@pytest.mark.parametrize("step", ["day", "week", "month"])
def test_periods_leave_no_day_out(step: Step) -> None:
    found = periods_up_to(period_of(step, date(2026, 3, 1)), 14)
    assert len(found) == 14
    assert found[-1].first <= date(2026, 3, 1) <= found[-1].last
    for one, following in pairwise(found):
        assert one.last + timedelta(days=1) == following.first


def test_a_day_is_as_long_as_its_clock_says() -> None:
    """Morocco puts its clocks back for Ramadan: that Sunday has 25 hours."""
    start, end = day_bounds(date(2026, 2, 15), ZoneInfo("Africa/Casablanca"))
    assert start == datetime(2026, 2, 14, 23, tzinfo=UTC)
    assert end - start == timedelta(hours=25)

"""Days divided into hours, days and weeks."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from aggregator.process.research.periods import divide
from aggregator.types.research import PeriodUnit

CASABLANCA = ZoneInfo("Africa/Casablanca")
PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize("unit", ["hour", "day", "week"])
def test_periods_follow_on_each_other_from_midnight_to_midnight(unit: PeriodUnit) -> None:
    periods = divide(date(2026, 3, 20), date(2026, 4, 10), unit, PARIS)
    assert all(before.end == after.start for before, after in pairwise(periods))
    assert (periods[0].start.day, periods[0].start.hour) == (20, 0)
    assert (periods[-1].end.day, periods[-1].end.hour) == (11, 0)


def test_a_day_has_as_many_hours_as_its_clocks_show() -> None:
    spring = divide(date(2026, 3, 29), date(2026, 3, 29), "hour", PARIS)
    autumn = divide(date(2026, 10, 25), date(2026, 10, 25), "hour", PARIS)
    assert (len(spring), len(autumn)) == (23, 25)
    for periods in (spring, autumn):
        lengths = {each.end.astimezone(UTC) - each.start.astimezone(UTC) for each in periods}
        assert lengths == {timedelta(hours=1)}


def test_days_begin_when_they_do_in_ramadan() -> None:
    """Morocco is at UTC+1 except in Ramadan, which in 2026 began on 18 February."""
    days = divide(date(2026, 2, 10), date(2026, 2, 20), "day", CASABLANCA)
    assert [each.start.astimezone(UTC).hour for each in days] == [23] * 6 + [0] * 5


def test_weeks_begin_on_monday_and_are_cut_at_both_ends() -> None:
    weeks = divide(date(2026, 11, 4), date(2026, 11, 18), "week", CASABLANCA)
    assert [each.start.date() for each in weeks] == [
        date(2026, 11, 4), date(2026, 11, 9), date(2026, 11, 16),
    ]  # fmt: skip
    assert weeks[-1].end.date() == date(2026, 11, 19)


def test_a_single_day_is_a_period() -> None:
    (day,) = divide(date(2026, 11, 2), date(2026, 11, 2), "day", CASABLANCA)
    assert day.end - day.start == timedelta(days=1)

"""Dates in queries."""

from datetime import date

import pytest

from aggregator.query import RelativeDate, resolve_date

TODAY = date(2026, 3, 31)


@pytest.mark.parametrize(
    ("value", "day"),
    [
        (date(2026, 1, 5), date(2026, 1, 5)),
        (RelativeDate(0, "d"), TODAY),
        (RelativeDate(7, "d"), date(2026, 3, 24)),
        (RelativeDate(2, "w"), date(2026, 3, 17)),
        (RelativeDate(1, "m"), date(2026, 2, 28)),
        (RelativeDate(3, "m"), date(2025, 12, 31)),
        (RelativeDate(1, "y"), date(2025, 3, 31)),
        (RelativeDate(9999, "y"), date.min),
        (RelativeDate(9999, "w"), date(1834, 8, 12)),
    ],
)
def test_days_are_counted_back_from_today(value: date | RelativeDate, day: date) -> None:
    assert resolve_date(value, TODAY) == day

"""Which day a date of a query means."""

from datetime import date

import pytest

from aggregator.query import Ago, start_of

TODAY = date(2026, 3, 31)


@pytest.mark.parametrize(
    ("value", "day"),
    [
        (date(2026, 1, 5), date(2026, 1, 5)),
        (Ago(0, "d"), TODAY),
        (Ago(7, "d"), date(2026, 3, 24)),
        (Ago(2, "w"), date(2026, 3, 17)),
        (Ago(1, "m"), date(2026, 2, 28)),
        (Ago(3, "m"), date(2025, 12, 31)),
        (Ago(1, "y"), date(2025, 3, 31)),
        (Ago(9999, "y"), date.min),
        (Ago(9999, "w"), date(1834, 8, 12)),
    ],
)
def test_days_are_counted_back_from_today(value: date | Ago, day: date) -> None:
    assert start_of(value, TODAY) == day

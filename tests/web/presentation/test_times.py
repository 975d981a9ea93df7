"""Times as pages show them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.web.samples import ENTRY, NOW
from web.presentation import times
from web.presentation.times import Clock

CLOCK = Clock(ZoneInfo("Africa/Casablanca"), now=lambda: NOW)
MAGHREBI = [
    "يناير", "فبراير", "مارس", "أبريل", "ماي", "يونيو",
    "يوليوز", "غشت", "شتنبر", "أكتوبر", "نونبر", "دجنبر",
]  # fmt: skip


@pytest.mark.parametrize("month", range(1, 13))
def test_months_are_the_maghrebi_ones(month: int) -> None:
    written = times.date_text(date(2026, month, 5), "ar", year=True)
    assert written == f"5 {MAGHREBI[month - 1]} 2026"


def test_dates_as_newspapers_write_them() -> None:
    day = date(2026, 12, 1)
    assert times.date_text(day, "ar", year=True, weekday=True) == "الثلاثاء 1 دجنبر 2026"
    assert times.date_text(day, "fr", year=True, weekday=True) == "mardi 1er décembre 2026"
    assert times.date_text(date(2026, 12, 11), "fr", year=False) == "11 décembre"
    assert times.date_text(day, "en", year=True, weekday=True) == "Tuesday 1 December 2026"


@pytest.mark.usefixtures("arabic")
@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (-3, "الآن"),
        (0, "الآن"),
        (1, "منذ دقيقة"),
        (2, "منذ دقيقتين"),
        (3, "منذ 3 دقائق"),
        (10, "منذ 10 دقائق"),
        (11, "منذ 11 دقيقة"),
        (59, "منذ 59 دقيقة"),
        (60, "منذ ساعة"),
        (125, "منذ ساعتين"),
        (180, "منذ 3 ساعات"),
        (23 * 60, "منذ 23 ساعة"),
        (24 * 60, "23 نونبر، 14:05"),
        (400 * 24 * 60, "20 أكتوبر 2025، 14:05"),
    ],
)
def test_ago_in_arabic(minutes: int, words: str) -> None:
    assert CLOCK.ago(NOW - timedelta(minutes=minutes)) == words


@pytest.mark.usefixtures("french")
def test_ago_in_french_does_not_break_between_number_and_unit() -> None:
    assert CLOCK.ago(NOW - timedelta(minutes=1)) == "il y a 1\u00a0minute"
    assert CLOCK.ago(NOW - timedelta(hours=5)) == "il y a 5\u00a0heures"
    assert CLOCK.ago(NOW - timedelta(days=2)) == "22 novembre à 14:05"


@pytest.mark.usefixtures("english")
def test_times_to_come() -> None:
    assert CLOCK.until(NOW) == "in a moment"
    assert CLOCK.until(NOW + timedelta(minutes=7)) == "in 7 minutes"
    assert CLOCK.until(NOW + timedelta(hours=1)) == "in 1 hour"
    assert CLOCK.until(NOW + timedelta(days=3)) == "27 November, 14:05"


@pytest.mark.usefixtures("arabic")
def test_exact_times_are_moroccan_and_in_western_digits() -> None:
    assert CLOCK.exact(NOW) == "الثلاثاء 24 نونبر 2026، 14:05"
    in_ramadan = datetime(2026, 2, 25, 13, 5, tzinfo=UTC)  # Morocco goes back to UTC for the month
    assert CLOCK.hour(in_ramadan) == "13:05"


@pytest.mark.usefixtures("arabic")
def test_entries_stand_under_their_moroccan_day() -> None:
    times = (
        NOW,
        datetime(2026, 11, 23, 23, 30, tzinfo=UTC),  # half past midnight in Casablanca
        datetime(2026, 11, 23, 22, 30, tzinfo=UTC),
        datetime(2026, 11, 20, 12, 0, tzinfo=UTC),
        datetime(2025, 11, 20, 12, 0, tzinfo=UTC),
    )
    days = CLOCK.by_day(ENTRY._replace(published_at=time) for time in times)
    assert [(day.heading, len(day.entries)) for day in days] == [
        ("اليوم", 2),
        ("أمس", 1),
        ("الجمعة 20 نونبر", 1),
        ("الخميس 20 نونبر 2025", 1),
    ]


@pytest.mark.usefixtures("arabic")
@pytest.mark.parametrize(
    ("words", "text"),
    [
        (0, ""),
        (30, "قراءة في دقيقة"),
        (400, "قراءة في دقيقتين"),
        (700, "قراءة في 4 دقائق"),
        (2200, "قراءة في 11 دقيقة"),
        (20_600, "قراءة في 103 دقائق"),
    ],
)
def test_reading_time(words: int, text: str) -> None:
    assert times.reading_time(words) == text

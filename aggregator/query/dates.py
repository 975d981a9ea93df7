"""Dates as people type them: 2026-11-01, 1/11/2026, 2026-11, 7d, ٧ي, today, hier."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta
from functools import cache

from aggregator.query.keywords import LANGUAGES, TODAY, UNITS, YESTERDAY
from aggregator.query.tree import RelativeDate, Unit
from aggregator.text.normalize import fold_word

_YEAR_FIRST = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?")
_DAY_FIRST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
_RELATIVE = re.compile(r"(\d{1,4})(\w)")
_MONTHS_OF_YEAR = 12


def parse_date(text: str) -> date | RelativeDate | None:
    """Parse a date; a month or year means its first day. None if it is not a date."""
    # Digits of any script as 0-9.
    text = "".join(
        str(unicodedata.digit(char)) if char.isdecimal() else char for char in text
    ).strip()
    if match := _YEAR_FIRST.fullmatch(text):
        return _day(match[1], match[2] or "1", match[3] or "1")
    if match := _DAY_FIRST.fullmatch(text):
        return _day(match[3], match[2], match[1])
    word = fold_word(text)
    if match := _RELATIVE.fullmatch(word):
        unit = _units().get(match[2])
        return RelativeDate(int(match[1]), unit) if unit else None
    return _named().get(word)


def format_date(value: date | RelativeDate, language: str = "en") -> str:
    """Format a date in the words of a language; the inverse of `parse_date`."""
    if isinstance(value, date):
        return value.isoformat()
    index = LANGUAGES.index(language)
    if value.unit == "d" and value.count < 2:
        return ((TODAY, YESTERDAY)[value.count])[index].split()[0]
    return f"{value.count}{UNITS[value.unit][index]}"


def resolve_date(value: date | RelativeDate, today: date) -> date:
    """Resolve a relative date; never before the year 1."""
    if isinstance(value, date):
        return value
    if value.unit in ("d", "w"):
        days = value.count * (7 if value.unit == "w" else 1)
        return today - timedelta(days=min(days, (today - date.min).days))
    months = value.count * (_MONTHS_OF_YEAR if value.unit == "y" else 1)
    return _months_before(today, months)


def _months_before(day: date, months: int) -> date:
    total = day.year * _MONTHS_OF_YEAR + day.month - 1 - months
    if total < _MONTHS_OF_YEAR:
        return date.min
    year, month = divmod(total, _MONTHS_OF_YEAR)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


@cache
def _units() -> dict[str, Unit]:
    found: dict[str, Unit] = {}
    unit: Unit
    for unit in ("d", "w", "m", "y"):
        found |= {fold_word(letter): unit for letter in UNITS[unit]}
    return found


@cache
def _named() -> dict[str, RelativeDate]:
    names = {fold_word(name): RelativeDate(0, "d") for name in " ".join(TODAY).split()}
    return names | {fold_word(name): RelativeDate(1, "d") for name in " ".join(YESTERDAY).split()}

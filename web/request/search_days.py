"""The days that the address of a search names: `from` and `to`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple
from zoneinfo import ZoneInfo

from aggregator.errors import InvalidInput
from aggregator.query.dates import parse_date, resolve_date
from web.request.auth import now
from web.request.database import settings

# Maximum length of a date; anything longer is none.
_MAX_LENGTH = 40


class Days(NamedTuple):
    """The first and the last day, both inclusive; None for no bound."""

    first: date | None = None
    last: date | None = None

    @property
    def parameters(self) -> dict[str, str]:
        """The days as parameters of an address."""
        days = {"from": self.first, "to": self.last}
        return {name: day.isoformat() for name, day in days.items() if day}


EVERY_DAY = Days()


def parse_days(values: Mapping[str, str]) -> Days:
    """Parse the parameters `from` and `to`, whichever is the earlier. Raises InvalidInput."""
    first, last = _parse_day(values, "from"), _parse_day(values, "to")
    if first and last and first > last:
        return Days(last, first)
    return Days(first, last)


def _parse_day(values: Mapping[str, str], name: str) -> date | None:
    text = values.get(name, "").strip()
    if not text:
        return None
    day = parse_date(text) if len(text) <= _MAX_LENGTH else None
    if day is None:
        raise InvalidInput("error.search_day", "a day such as 2026-11-30", field=name)
    return resolve_date(day, now().astimezone(ZoneInfo(settings().timezone)).date())

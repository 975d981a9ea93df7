"""Which changes a request asks for: the same parameters for the page, its feeds and the API."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from zoneinfo import ZoneInfo

from aggregator.types import CHANGE_SIZES, ChangeFilter
from web.request import params
from web.request.auth import now
from web.request.database import settings


def parse_change_filter(values: Mapping[str, str], *, any_day: bool = False) -> ChangeFilter:
    """Read `day` (default: today, or with `any_day` all), `source`, `topic`, `size`, `announced`.

    Raises InvalidInput.
    """
    size = values.get("size")
    if values.get("announced") not in (None, "", "0", "1"):
        raise params.invalid_param("announced", '"1" or "0"')
    return ChangeFilter(
        day=parse_day(values["day"]) if values.get("day") else None if any_day else today(),
        source=params.slug(values),
        topic=params.slug(values, "topic"),
        size=params.choice(values, "size", CHANGE_SIZES) if size else None,
        announced=values.get("announced") == "1",
    )


def site_zone() -> ZoneInfo:
    """The time zone in which days begin."""
    return ZoneInfo(settings().timezone)


def today() -> date:
    """The day that it is for the site."""
    return now().astimezone(site_zone()).date()


def parse_day(text: str) -> date:
    """Read a day. Raises InvalidInput."""
    try:
        if len(text) != len("2026-11-30"):
            raise ValueError("another format")
        day = date.fromisoformat(text)
        if not 1990 <= day.year <= today().year + 1:
            raise ValueError("out of range")
    except ValueError:
        raise params.invalid_param("day", "a day such as 2026-11-30") from None
    return day

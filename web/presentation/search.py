"""What the search page shows beside what was found."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from aggregator.query.dates import format_date
from aggregator.query.keywords import field_name
from aggregator.query.tree import FieldName, RelativeDate
from web.presentation.names import format_number
from web.presentation.times import date_text
from web.request.i18n import current_language, translate

FIELDS: tuple[FieldName, ...] = (
    "source", "country", "lang", "section", "title", "author", "after", "before", "has",
    "tag", "is",
)  # fmt: skip
"""As they are listed; what only a reader has comes last."""
_PERSONAL = 2
FACETS_SHOWN = 8
"""Sources beside what was found; days are drawn, so many of them."""
MAX_BAR_DAYS = 31
MIN_BAR_DAYS = 4


class Example(NamedTuple):
    """A query, and what it finds."""

    query: str
    text: str


def examples() -> list[Example]:
    """How to search, in the reader's language."""
    language = current_language()
    queries = {
        name: translate(f"search.eg.{name}")
        for name in ("all", "or", "not", "phrase", "prefix", "title", "field")
    }
    queries["title"] = f"{field_name('title', language)}:{queries['title']}"
    week = format_date(RelativeDate(7, "d"), language)
    queries["field"] = f"{with_filter(queries['field'], 'lang', language)} " + (
        f"{field_name('after', language)}:{week}"
    )
    return [Example(query, translate(f"search.help.{name}")) for name, query in queries.items()]


class DayBar(NamedTuple):
    """A day in the drawing of when it was published."""

    day: str
    label: str
    height: int
    """Of a hundred."""
    url: str


def search_url(query: str, **values: str | None) -> str:
    """The address of a search."""
    kept = {name: value for name, value in values.items() if value}
    return f"?{urlencode({'q': query} | kept)}"


def with_filter(query: str, name: FieldName, value: str) -> str:
    """`query` for one source, language … only, as the reader would write it."""
    return f"{query} {field_name(name, current_language())}:{value}"


def field_names(*, signed_in: bool) -> list[str]:
    """The fields of the language, as the reader calls them."""
    shown = FIELDS if signed_in else FIELDS[:-_PERSONAL]
    return [f"{field_name(each, current_language())}:" for each in shown]


def day_bars(
    days: Sequence[tuple[date, int]], query: str, order: str, beside: Mapping[str, str]
) -> list[DayBar]:
    """The newest month of what was found, day by day, the oldest first; empty for a few days."""
    if len(days) < MIN_BAR_DAYS:
        return []
    counts = dict(days)
    newest = max(counts)
    span = min((newest - min(counts)).days + 1, MAX_BAR_DAYS)
    shown = [newest - timedelta(days=back) for back in reversed(range(span))]
    most = max(counts.get(day, 0) for day in shown)
    bars = []
    for day in shown:
        count = counts.get(day, 0)
        name = date_text(day, current_language(), year=False)
        address = search_url(_of_day(query, day), order=order, **beside)
        height = math.ceil(100 * count / most)
        bars.append(DayBar(name, f"{name}: {format_number(count)}", height, address))
    return bars


def _of_day(query: str, day: date) -> str:
    after = with_filter(query, "after", day.isoformat())
    return with_filter(after, "before", (day + timedelta(days=1)).isoformat())

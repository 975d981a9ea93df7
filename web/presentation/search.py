"""Parts of the search page beside the matches: examples, fields, facets and days."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from aggregator.query.dates import format_date
from aggregator.query.keywords import field_name
from aggregator.query.tree import FieldName, RelativeDate
from aggregator.types import SearchCounts
from web.presentation.names import format_number
from web.presentation.times import date_text
from web.request.i18n import current_language, translate, translate_count

# In the order of the list; the last `_PERSONAL_FIELDS` are for signed-in readers.
FIELDS: tuple[FieldName, ...] = (
    "source", "owner", "country", "lang", "section", "title", "author", "after", "before", "has",
    "tag", "is",
)  # fmt: skip
_PERSONAL_FIELDS = 2
# Maximum sources to list beside the matches.
FACETS_SHOWN = 8
# Maximum and minimum days to draw.
MAX_BAR_DAYS = 31
MIN_BAR_DAYS = 2


class Example(NamedTuple):
    """A query and what it finds."""

    query: str
    text: str


def examples() -> list[Example]:
    """List example queries in the reader's language."""
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
    """A bar of the chart of matches by day."""

    day: str
    articles: int
    label: str
    height: int
    """Percent of the highest bar."""
    url: str


def search_url(query: str, **values: str | None) -> str:
    """Build the relative address of a search."""
    kept = {name: value for name, value in values.items() if value}
    return f"?{urlencode({'q': query} | kept)}"


def with_filter(query: str, name: FieldName, value: str) -> str:
    """Restrict `query` to a value of a field, in the reader's language."""
    return f"{query} {field_name(name, current_language())}:{value}"


def with_days(query: str, first: date | None, last: date | None) -> str:
    """Restrict `query` to the days from `first` to `last`, in the reader's language."""
    if first:
        query = with_filter(query, "after", first.isoformat())
    if last and last < date.max:
        query = with_filter(query, "before", (last + timedelta(days=1)).isoformat())
    return query


def days_text(first: date | None, last: date | None) -> str:
    """Name the days from `first` to `last`; None for no bound."""
    names = [day and date_text(day, current_language(), year=True) for day in (first, last)]
    if first == last:
        return names[0] or ""
    if last is None:
        return translate("search.since_day", day=names[0])
    if first is None:
        return translate("search.until_day", day=names[1])
    return translate("search.between_days", first=names[0], last=names[1])


def count_text(counts: SearchCounts) -> str:
    """Say how many articles are listed, and how many copies are folded into them."""
    listed = counts.total - counts.copies
    if not counts.complete:
        return translate("search.count_more", number=format_number(listed))
    articles = translate_count("search.count", listed)
    if not counts.copies:
        return articles
    copies = translate_count("search.copies", counts.copies)
    return translate("search.count_copies", articles=articles, copies=copies)


def field_names(*, signed_in: bool) -> list[str]:
    """List the fields of the query language in the reader's language."""
    shown = FIELDS if signed_in else FIELDS[:-_PERSONAL_FIELDS]
    return [f"{field_name(field, current_language())}:" for field in shown]


def day_bars(
    days: Sequence[tuple[date, int]], query: str, options: Mapping[str, str]
) -> list[DayBar]:
    """Draw the last month of matches, oldest day first; empty for fewer than `MIN_BAR_DAYS`.

    Each bar leads to the matches of its day alone.
    """
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
        address = search_url(query, **{**options, "from": day.isoformat(), "to": day.isoformat()})
        height = math.ceil(100 * count / most)
        bars.append(DayBar(name, count, f"{name} · {format_number(count)}", height, address))
    return bars

"""Presentation of series: charts, addresses, tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple
from urllib.parse import urlencode

from babel.numbers import format_decimal
from flask import Flask, request

from aggregator.query import EVERYTHING, Field, all_of, any_of, print_query
from aggregator.query.tree import Tree
from aggregator.services.research.request import Question, ResearchRequest
from aggregator.types import SourceRef
from aggregator.types.research import Findings, Grouping, Period, PeriodUnit, share
from aggregator.types.sections import SECTIONS
from web.presentation.names import (
    LOCALES,
    country_name,
    format_number,
    language_name,
    section_name,
    source_name,
)
from web.presentation.search import days_text
from web.presentation.times import date_text
from web.request.i18n import current_language, direction_of, translate
from web.request.research import moment_text, research_parameters

Shown = Literal["count", "share"]

# Of the drawing, in its own units.
WIDTH, HEIGHT = 1000, 300
# Maximum periods in the table below the chart; the files have all.
MAX_ROWS = 62


class Line(NamedTuple):
    """The line of one query in a chart."""

    query: str
    path: str
    """SVG path data; it breaks where nothing was published."""
    total: int
    share: float | None


class Chart(NamedTuple):
    """Lines over a common scale."""

    lines: tuple[Line, ...]
    highest: str
    """The value at the top."""


class Cell(NamedTuple):
    """How often a query matched in a period."""

    matches: int
    address: str
    """Of the list of these entries."""
    share: str


class Row(NamedTuple):
    """A period in the table: its name, and the matches of each query."""

    name: str
    cells: tuple[Cell, ...]


def draw(found: Findings, shown: Shown) -> Chart:
    """Draw the series; time runs in the direction of the page."""
    values = [_values(found, each.counts, shown) for each in found.series]
    highest = max((value for line in values for value in line if value is not None), default=0)
    published = sum(found.published)
    lines = tuple(
        Line(each.query, _path(line, highest), each.total, share(each.total, published))
        for each, line in zip(found.series, values, strict=True)
    )
    return Chart(lines, percent_text(highest) if shown == "share" else format_number(highest))


def _values(found: Findings, counts: Sequence[int], shown: Shown) -> list[float | None]:
    if shown == "count":
        return list(counts)
    return [share(*pair) for pair in zip(counts, found.published, strict=True)]


def _path(values: Sequence[float | None], highest: float) -> str:
    step = WIDTH / max(len(values) - 1, 1)
    from_right = direction_of(current_language()) == "rtl"
    commands, begun = [], False
    for place, value in enumerate(values):
        if value is not None:
            x = round(WIDTH - place * step if from_right else place * step)
            y = HEIGHT - round(HEIGHT * value / highest) if highest else HEIGHT
            commands.append(f"{'L' if begun else 'M'}{x},{y}")
        begun = value is not None
    return "".join(commands)


def percent_text(part: float | None) -> str:
    """A share as a percentage, with two decimals below ten per cent; a dash for none."""
    if part is None:
        return "–"
    text = format_decimal(100 * part, "0.##" if part < 0.1 else "0.#", LOCALES[current_language()])
    return translate("dispatch.percent", num=text)


def table_rows(found: Findings, asked: ResearchRequest) -> list[Row]:
    """The latest periods, the newest first."""
    rows = []
    newest = range(len(found.periods) - 1, max(-1, len(found.periods) - 1 - MAX_ROWS), -1)
    for place in newest:
        period = found.periods[place]
        cells = tuple(
            Cell(
                each.counts[place],
                matches_address(asked, question, period=period),
                percent_text(share(each.counts[place], found.published[place])),
            )
            for each, question in zip(found.series, asked.questions, strict=True)
        )
        rows.append(Row(period_name(period, found.unit), cells))
    return rows


def period_name(period: Period, unit: PeriodUnit) -> str:
    """The day of a period, or its hour."""
    if unit == "hour":
        return _date_and_hour(period.start)
    return date_text(period.start.date(), current_language(), year=True)


def matches_address(
    asked: ResearchRequest,
    question: Question | None,
    *,
    period: Period | None = None,
    group: str | None = None,
) -> str:
    """The list of exactly the entries that a number counts.

    They match `question`, or are all that was published; `period` and `group` narrow them.
    """
    changes = _days_of(period, asked.unit) if period else {}
    if group is not None:
        tree = question.tree if question else EVERYTHING
        narrowed = all_of([tree, *_group_fields(asked.grouping, group)])
        changes["q"] = print_query(narrowed, current_language())
    return entries_address(asked, question, **changes)


def _days_of(period: Period, unit: PeriodUnit) -> dict[str, str]:
    last = (period.end - timedelta(seconds=1)).date()
    days = {"from": period.start.date().isoformat(), "to": last.isoformat()}
    return days | ({"hour": moment_text(period.start)} if unit == "hour" else {})


def _group_fields(grouping: Grouping | None, group: str) -> list[Tree]:
    if grouping is None or not group:
        return []
    names: dict[Grouping, Literal["source", "lang", "country", "section"]]
    names = {"source": "source", "language": "lang", "country": "country", "section": "section"}
    return [any_of([Field(names[grouping], group)])]


def research_address(
    asked: ResearchRequest, path: str = "", *, permanent: bool = False, **changes: str | None
) -> str:
    """An address of the researcher's desk; `changes` are parameters to set, or to drop."""
    values = {**research_parameters(asked, permanent=permanent), **changes}
    query = urlencode({name: value for name, value in values.items() if value})
    return f"{request.script_root}/research{path}?{query}"


def entries_address(
    asked: ResearchRequest, question: Question | None, kind: str = "", **changes: str | None
) -> str:
    """The list of all matches of one query, or of all that was published; `kind`: as a table."""
    dropped = dict.fromkeys(("q2", "q3", "q4", "per", "by"))
    path = f"/entries.{kind}" if kind else "/entries"
    text = question.text if question else ""
    return research_address(asked, path, permanent=True, **(dropped | {"q": text} | changes))


def group_name(found: Findings, group: str, sources: Sequence[SourceRef]) -> str:
    """The name of a group in the reader's language; a dash for entries without one."""
    if found.grouping == "source":
        return next((source_name(each) for each in sources if each.slug == group), group)
    if found.grouping == "language":
        return language_name(group) or "–"
    if found.grouping == "country":
        return country_name(group) or "–"
    return section_name(group) if group in SECTIONS else group


def research_word(kind: Literal["per", "period", "by", "group"], value: str) -> str:
    """The name of a unit of time ("per", "period") or of a breakdown ("by", "group")."""
    return translate(f"research.{kind}_{value}")


def asked_text(moment: datetime, asked: ResearchRequest) -> str:
    """When a series was asked for, in the time zone of the site."""
    return _date_and_hour(moment.astimezone(asked.zone))


def span_text(asked: ResearchRequest) -> str:
    """The days of a request, or its hour."""
    if asked.hour is not None:
        return _date_and_hour(asked.hour.astimezone(asked.zone))
    return days_text(asked.first_day, asked.last_day)


def _date_and_hour(local: datetime) -> str:
    date = date_text(local.date(), current_language(), year=True)
    return translate("time.date_and_hour", date=date, hour=f"{local:%H:%M}")


# Called by templates.
_TEMPLATE_GLOBALS = (
    asked_text, entries_address, group_name, matches_address, percent_text,
    research_address, research_word, span_text,
)  # fmt: skip


def init_app(app: Flask) -> None:
    """Give templates these functions."""
    app.jinja_env.globals.update({function.__name__: function for function in _TEMPLATE_GLOBALS})

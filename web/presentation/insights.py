"""Presentation of blind spots and first tellings: names, addresses, bars."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple
from urllib.parse import urlencode

from babel.dates import format_date
from flask import Flask, request

from aggregator.process.periods import STEPS, Period
from aggregator.process.stories.insights import BLIND_SPOTS, STORY_KINDS, Role, StoryKind
from web.presentation.names import LOCALES, format_number
from web.presentation.search import days_text
from web.presentation.times import date_text
from web.request.i18n import current_language, translate

Chart = Sequence[tuple[Period, Counter[StoryKind]]]


class Bar(NamedTuple):
    """A bar of a chart."""

    label: str
    height: int
    """Percent of the highest bar."""


def insights_url(page: str, period: Period, today: date, **others: str | None) -> str:
    """The address of `page` ("/insights", "/insights/stories.csv", …) for a period.

    Without a day if that is today: the address stays true tomorrow.
    """
    day = None if period.first <= today <= period.last else period.first.isoformat()
    values = {"by": period.step if period.step != "day" else None, "day": day} | others
    query = urlencode({name: value for name, value in values.items() if value})
    address = f"{request.script_root}{page}"
    return f"{address}?{query}" if query else address


def period_text(period: Period) -> str:
    """الإثنين 30 نونبر 2026; from Monday to Sunday; نونبر 2026."""
    language = current_language()
    if period.step == "month":
        return str(format_date(period.first, "LLLL y", locale=LOCALES[language]))
    if period.step == "week":
        return days_text(period.first, period.last)
    return date_text(period.first, language, year=True, weekday=True)


def story_kind_text(kind: StoryKind) -> str:
    """What stories of a kind have in common."""
    return translate(f"insights.kind.{kind}")


def source_role_text(role: Role) -> str:
    """What a source was in a story."""
    return translate(f"insights.role.{role}")


def kind_bars(chart: Chart, kind: StoryKind) -> list[Bar]:
    """A bar for each period, the earliest first; empty if all are zero."""
    most = max((counts[kind] for _, counts in chart), default=0)
    if not most:
        return []
    return [
        Bar(
            f"{period_text(period)} · {format_number(counts[kind])}",
            math.ceil(100 * counts[kind] / most),
        )
        for period, counts in chart
    ]


def chart_text(chart: Chart, kind: StoryKind) -> str:
    """What a chart shows, for those who do not see it; the table below has its figures."""
    counts = [each[kind] for _, each in chart]
    return translate(
        "insights.chart_text",
        kind=story_kind_text(kind),
        first=period_text(chart[0][0]),
        last=period_text(chart[-1][0]),
        least=format_number(min(counts)),
        most=format_number(max(counts)),
    )


# Called by templates.
TEMPLATE_GLOBALS: tuple[Callable[..., object], ...] = (
    chart_text, insights_url, kind_bars, period_text, source_role_text, story_kind_text,
)  # fmt: skip


def init_app(app: Flask) -> None:
    """Give templates these functions and the kinds of stories."""
    app.jinja_env.globals.update({function.__name__: function for function in TEMPLATE_GLOBALS})
    app.jinja_env.globals |= {
        "blind_spots": BLIND_SPOTS,
        "insight_steps": STEPS,
        "story_kinds": STORY_KINDS,
    }

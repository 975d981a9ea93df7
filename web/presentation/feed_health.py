"""Presentation of feed health: sentences, durations, the chart of its days.

The chart is one SVG of rectangles in a few paths, coloured by classes: the content policy allows
no style attributes. Time runs in the direction of the page.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from babel.dates import format_timedelta
from flask import Flask

from aggregator.process.feeds import health
from aggregator.types import FeedDay, FeedHealth, FeedHealthPage, FeedState, SourceOverview
from web.presentation import LOCALES, date_text, format_number
from web.request.i18n import current_language, direction_of, translate, translate_count

# In units of the SVG: a day and its bar; the tallest bar above the base line, and below it.
_SLOT, _BAR = 4, 3
_HEIGHT, _STRIP = 24, 6


@dataclass(frozen=True, slots=True)
class Chart:
    """Paths of an SVG: new entries above the line, polls on it, failures under it."""

    width: int
    height: int
    entries: str
    polls: str
    failures: str
    label: str


def source_status(source: SourceOverview) -> FeedState:
    """The status of a source: the worst of its enabled feeds."""
    if not source.enabled:
        return "disabled"
    enabled = [feed.status for feed in source.feeds if feed.enabled]
    return min(enabled, key=health.STATES.index, default="disabled")


def status_name(status: FeedState) -> str:
    """The status of a feed or source in two or three words."""
    return translate(f"feed.status.{status}")


def feed_sentence(feed: FeedHealth) -> str:
    """The health of a feed in plain words, with the reason of a failure."""
    return translate(health.message_key(feed.status, feed.error_kind))


def feed_advice(feed: FeedHealth) -> str:
    """What to do about a feed; empty if nothing needs doing."""
    ever_read = feed.last_success_at is not None
    key = health.advice_key(feed.status, feed.error_kind, ever_read=ever_read)
    return translate(key) if key else ""


def attention_count(board: FeedHealthPage) -> int:
    """The number of feeds that need attention."""
    return sum(board.counts.get(state, 0) for state in (*health.BROKEN_STATES, "moved"))


def rate_text(feed: FeedHealth) -> str:
    """12 entries a day; empty if not known yet."""
    rate = feed.entries_per_day
    if rate is None:
        return ""
    if rate == 0:
        return translate("feed.rate_none")
    if rate < 1:
        return translate("feed.rate_low")
    return translate_count("feed.rate", round(rate))


def duration_text(seconds: int) -> str:
    """12 minutes, 3 hours, 2 days."""
    span = timedelta(seconds=max(seconds, 60))
    locale = LOCALES[current_language()]
    return format_timedelta(span, granularity="minute", threshold=1.5, locale=locale)


def seconds_text(milliseconds: int) -> str:
    """6.2 s."""
    return translate("size.seconds", number=format_number(milliseconds / 1000))


def day_text(day: FeedDay) -> str:
    """24 نونبر."""
    return date_text(day.day, current_language(), year=False)


def config_line(url: str) -> str:
    """A feed's address as a line of the config file."""
    return f"url = {json.dumps(url, ensure_ascii=False)}"


def feed_chart(days: Sequence[FeedDay]) -> Chart:
    """The days of a feed as paths, and in words."""
    maximum = max((day.new_entries for day in days), default=0)
    return Chart(
        width=_SLOT * len(days),
        height=_HEIGHT + 1 + _STRIP,
        entries=_bars(_scaled(day.new_entries, maximum, _HEIGHT) for day in days),
        polls=_bars((1 if day.polls else 0 for day in days), hanging=True),
        failures=_bars(
            (_scaled(day.failures, day.polls, _STRIP + 1) for day in days), hanging=True
        ),
        label=chart_label(days),
    )


def chart_label(days: Sequence[FeedDay]) -> str:
    """The chart in a sentence."""
    return translate(
        "operate.chart",
        days=translate_count("operate.days_count", len(days)),
        entries=translate_count("operate.new_entries_count", sum(day.new_entries for day in days)),
        polls=translate_count("operate.polls_count", sum(day.polls for day in days)),
        failures=translate_count("operate.failures_count", sum(day.failures for day in days)),
    )


def _scaled(value: int, maximum: int, height: int) -> int:
    """A height in whole units; at least 1 for a value above 0, to be visible."""
    return max(1, round(height * value / maximum)) if value and maximum else 0


def _bars(heights: Iterable[int], *, hanging: bool = False) -> str:
    """A path of rectangles on the base line, or hanging from it."""
    bars = list(heights)
    rightward = direction_of(current_language()) == "ltr"
    path = []
    for slot, height in enumerate(bars if rightward else bars[::-1]):
        if height:
            down = height if hanging else -height
            path.append(f"M{slot * _SLOT} {_HEIGHT}v{down}h{_BAR}v{-down}z")
    return "".join(path)


# Called by templates.
FUNCTIONS: tuple[Callable[..., object], ...] = (
    feed_chart, config_line, day_text, feed_advice, feed_sentence, rate_text, seconds_text,
    source_status, duration_text, status_name, attention_count,
)  # fmt: skip


def init_app(app: Flask) -> None:
    """Give templates these functions."""
    app.jinja_env.globals.update({function.__name__: function for function in FUNCTIONS})

"""Blind spots and first tellings as tables."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, Response, request

from aggregator.process.periods import Period
from aggregator.process.stories.insights import STORY_KINDS
from aggregator.services.reading import insights
from aggregator.services.reading.insights import ListedStory
from web.feeds_out import formats, table
from web.request import params
from web.request.auth import now, require
from web.request.changes import site_zone
from web.request.database import read_session, settings
from web.request.insights import parse_period, parse_scope

blueprint = Blueprint("insight_tables", __name__)

# Maximum and default rows of a table of stories.
MAX_ROWS, DEFAULT_ROWS = 1000, 200
COUNT_COLUMNS = ("first_day", "last_day", *STORY_KINDS)
SOURCE_COLUMNS = ("source", "told", "first", "median_lead_minutes", "reprint")
STORY_COLUMNS = (
    "story_id", "day", "title", "language", "source_count", "first_source", "second_source",
    "lead_minutes", "blind_spots", "url",
)  # fmt: skip


@blueprint.get("/insights.csv")
def counts() -> Response:
    """Stories by kind in each of the periods of the chart."""
    require("entry.read")
    period = parse_period(request.args)
    view = insights.get_insights(read_session(), period, site_zone(), now())
    rows = (
        (each.first, each.last, *(found[kind] for kind in STORY_KINDS))
        for each, found in view.chart
    )
    return _csv(table.write_rows(COUNT_COLUMNS, rows), "insights", period)


@blueprint.get("/insights/sources.csv")
def sources() -> Response:
    """What each source was in the stories of a period."""
    require("entry.read")
    period = parse_period(request.args)
    view = insights.get_insights(read_session(), period, site_zone(), now())
    rows = (
        (source.slug, sums.told, sums.first, _or_empty(sums.median_lead), sums.reprint)
        for source, sums in view.sources
    )
    return _csv(table.write_rows(SOURCE_COLUMNS, rows), "insights-sources", period)


@blueprint.get("/insights/stories.csv")
def stories() -> Response:
    """The stories that a figure counts."""
    require("entry.read")
    scope = parse_scope(request.args)
    found = insights.list_stories(
        read_session(),
        scope,
        site_zone(),
        now(),
        params.cursor(request.args),
        formats.limit(MAX_ROWS, DEFAULT_ROWS),
    )
    body = table.write_rows(STORY_COLUMNS, _story_rows(found.stories))
    return _csv(body, "insights-stories", scope.period)


def _story_rows(stories: Iterable[ListedStory]) -> Iterable[tuple[object, ...]]:
    for each in stories:
        story = each.story
        yield (
            story.id, story.day, each.headline.title, each.headline.language, story.source_count,
            each.first.slug if each.first else "", each.second.slug if each.second else "",
            story.lead, " ".join(sorted(story.blind_spots)),
            f"{settings().base_url}/stories/{story.id}",
        )  # fmt: skip


def _or_empty(value: int | None) -> int | str:
    return "" if value is None else value


def _csv(body: bytes, name: str, period: Period) -> Response:
    named = f"{name}-{period.step}-{period.first}"
    return formats.csv_response(body, named, now())

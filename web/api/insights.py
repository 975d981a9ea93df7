"""GET /api/v1/insights and /api/v1/insights/stories."""

from __future__ import annotations

from collections import Counter

from flask import Blueprint, Response, jsonify, request

from aggregator.errors import NotFound
from aggregator.process.periods import Period
from aggregator.process.stories.insights import STORY_KINDS, StoryKind
from aggregator.services.reading import insights
from aggregator.services.reading.insights import ListedStory
from web.api import params
from web.api.answers import conditional
from web.api.operations import operation
from web.api.presenters import JsonObject
from web.request import params as request_params
from web.request.auth import now, require
from web.request.changes import site_zone
from web.request.database import read_session
from web.request.insights import parse_period, parse_scope
from web.request.params import invalid_param

blueprint = Blueprint("insights", __name__, url_prefix="/insights")


@blueprint.get("")
@operation(
    "Insights",
    "Only stories of two sources or more count, on the day of their earliest entry.",
    query=params.INSIGHTS,
)
def index() -> Response:
    """What was told by some only, who told first, who reprinted."""
    require("entry.read")
    period = parse_period(params.require_known(request.args, params.INSIGHTS))
    view = insights.get_insights(read_session(), period, site_zone(), now())
    return conditional(
        jsonify(
            **_counted(period, view.counts),
            series=[_counted(*each) for each in view.chart],
            sources=[
                {
                    "source": source.slug,
                    "told": sums.told,
                    "first": sums.first,
                    "median_lead_minutes": sums.median_lead,
                    "reprint": sums.reprint,
                }
                for source, sums in view.sources
            ],
            widest=[_story(each) for each in view.widest],
            pending=view.pending,
        )
    )


@blueprint.get("/stories")
@operation("InsightStoryPage", query=params.INSIGHT_STORIES)
def stories() -> Response:
    """List the stories that a figure counts, those of the latest day first."""
    require("entry.read")
    values = params.require_known(request.args, params.INSIGHT_STORIES)
    scope = parse_scope(values)
    limit = request_params.integer(values, "limit", 1, params.MAX_LIMIT) or params.DEFAULT_LIMIT
    cursor = request_params.cursor(values)
    try:
        found = insights.list_stories(read_session(), scope, site_zone(), now(), cursor, limit)
    except NotFound as error:
        raise invalid_param(error.noun, f"there is no {error.noun} {error.name}") from error
    listed = [_story(each) for each in found.stories]
    return conditional(jsonify(stories=listed, total=found.total, next_cursor=found.next_cursor))


def _counted(period: Period, counts: Counter[StoryKind]) -> JsonObject:
    return {
        "first_day": str(period.first),
        "last_day": str(period.last),
        "counts": {kind: counts[kind] for kind in STORY_KINDS},
    }


def _story(each: ListedStory) -> JsonObject:
    return {
        "story_id": each.story.id,
        "day": str(each.story.day),
        "title": each.headline.title,
        "source_count": each.story.source_count,
        "first_source": each.first.slug if each.first else None,
        "second_source": each.second.slug if each.second else None,
        "lead_minutes": each.story.lead,
        "blind_spots": sorted(each.story.blind_spots),
    }

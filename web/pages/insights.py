"""Blind spots and first tellings: the figures of a day, week or month, and the stories behind."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from aggregator.services.reading import insights
from web.request import params
from web.request.auth import now, require
from web.request.changes import site_zone, today
from web.request.database import read_session
from web.request.insights import parse_period, parse_scope

blueprint = Blueprint("insights", __name__)

# Sources of the page; the table for download has all.
MAX_SOURCES = 20


@blueprint.get("/insights")
def index() -> str:
    """What was told by some only, who told first, who reprinted."""
    require("entry.read")
    period = parse_period(request.args)
    return render_template(
        "insights/show.html",
        insights=insights.get_insights(read_session(), period, site_zone(), now()),
        today=today(),
        max_sources=MAX_SOURCES,
    )


@blueprint.get("/insights/stories")
def stories() -> str:
    """The stories that a figure counts."""
    require("entry.read")
    scope = parse_scope(request.args)
    cursor = params.cursor(request.args)
    return render_template(
        "insights/stories.html",
        scope=scope,
        found=insights.list_stories(read_session(), scope, site_zone(), now(), cursor),
        today=today(),
    )

"""GET /api/v1/topics, /topics/SLUG and /topics/SLUG/entries."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, jsonify, request

from aggregator.errors import PermissionDenied
from aggregator.services.reading import topics
from web.api import params, presenters
from web.api.answers import cacheable
from web.request.auth import current_user, require
from web.request.database import reading, settings
from web.request.params import bad

blueprint = Blueprint("api_topics", __name__, url_prefix="/api/v1/topics")

_ELSEWHERE = ("topic", "tag", "starred", "q")


@blueprint.get("")
def index() -> Response:
    """All published topics."""
    require("topic.read")
    params.only(request.args, ())
    found = topics.list_published(reading(), current_user())
    base, personal = settings().base_url, current_user() is not None
    shown = [presenters.topic(each, base, personal=personal) for each in found]
    return cacheable(jsonify(topics=shown, next_cursor=None))


@blueprint.get("/<slug>")
def show(slug: str) -> Response:
    """One published topic."""
    require("topic.read")
    params.only(request.args, ())
    found = topics.find_summary(reading(), current_user(), slug)
    personal = current_user() is not None
    return cacheable(jsonify(presenters.topic(found, settings().base_url, personal=personal)))


@blueprint.get("/<slug>/entries")
def entries(slug: str) -> Response:
    """What is in a topic, and why."""
    require("topic.read")
    for name in _ELSEWHERE:
        if name in request.args:
            raise bad(name, "not here; use /entries")
    asked = params.read_entries(request.args)
    if asked.chosen.unread and current_user() is None:
        raise PermissionDenied("entry.mark")
    page, reasons = topics.list_with_reasons(
        reading(), current_user(), replace(asked.chosen, topic=slug), asked.cursor, asked.limit
    )
    personal = current_user() is not None
    shown = [
        presenters.topic_entry(entry, reasons.get(entry.id), personal=personal)
        for entry in page.entries
    ]
    return cacheable(jsonify(entries=shown, next_cursor=page.next_cursor))

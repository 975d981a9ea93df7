"""GET /api/v1/topics, /topics/SLUG and /topics/SLUG/entries."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, jsonify, request

from aggregator.errors import NotFound, PermissionDenied
from aggregator.services.reading import topics
from web.api import params, presenters
from web.api.answers import conditional
from web.api.operations import operation
from web.api.reprints import attach_reprints
from web.request.auth import current_user, require
from web.request.database import read_session, settings
from web.request.params import invalid_param

blueprint = Blueprint("topics", __name__, url_prefix="/topics")


@blueprint.get("")
@operation("TopicList")
def index() -> Response:
    """List all published topics."""
    require("topic.read")
    params.require_known(request.args)
    found = topics.list_published(read_session(), current_user())
    base, personal = settings().base_url, current_user() is not None
    shown = [presenters.topic(each, base, personal=personal) for each in found]
    return conditional(jsonify(topics=shown, next_cursor=None))


@blueprint.get("/<slug>")
@operation("Topic", statuses=(404, 410))
def show(slug: str) -> Response:
    """One published topic."""
    require("topic.read")
    params.require_known(request.args)
    found = topics.find_summary(read_session(), current_user(), slug)
    personal = current_user() is not None
    return conditional(jsonify(presenters.topic(found, settings().base_url, personal=personal)))


@blueprint.get("/<slug>/entries")
@operation("TopicPage", query=params.TOPIC_ENTRIES, statuses=(404, 410))
def entries(slug: str) -> Response:
    """List the entries of a topic, each with why it is there."""
    require("topic.read")
    for each in params.NOT_OF_TOPICS:
        if each.name in request.args:
            raise invalid_param(each.name, "not here; use /entries")
    listed = params.parse_entries(request.args)
    if listed.entry_filter.unread and current_user() is None:
        raise PermissionDenied("entry.mark")
    try:
        page, reasons = topics.list_with_reasons(
            read_session(),
            current_user(),
            replace(listed.entry_filter, topic=slug),
            listed.cursor,
            listed.limit,
        )
    except NotFound as error:
        if error.noun == "topic":
            raise
        raise invalid_param(error.noun, f"there is no {error.noun} {error.name}") from error
    personal = current_user() is not None
    shown = [
        presenters.topic_entry(entry, reasons.get(entry.id), personal=personal)
        for entry in attach_reprints(page.entries)
    ]
    return conditional(jsonify(entries=shown, next_cursor=page.next_cursor))

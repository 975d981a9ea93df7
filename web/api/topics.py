"""GET /api/v1/topics, /topics/SLUG and /topics/SLUG/entries."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, jsonify, request

from aggregator.errors import PermissionDenied
from aggregator.services.reading import topics
from web.api import params, presenters
from web.api.answers import conditional
from web.api.reprints import attach_reprints
from web.request.auth import current_user, require
from web.request.database import read_session, settings
from web.request.params import invalid_param

blueprint = Blueprint("topics", __name__, url_prefix="/topics")

# Filters that only /entries takes.
_ENTRIES_ONLY = ("topic", "tag", "starred", "q")


@blueprint.get("")
def index() -> Response:
    """List all published topics."""
    require("topic.read")
    params.require_known(request.args, ())
    found = topics.list_published(read_session(), current_user())
    base, personal = settings().base_url, current_user() is not None
    shown = [presenters.topic(each, base, personal=personal) for each in found]
    return conditional(jsonify(topics=shown, next_cursor=None))


@blueprint.get("/<slug>")
def show(slug: str) -> Response:
    """One published topic."""
    require("topic.read")
    params.require_known(request.args, ())
    found = topics.find_summary(read_session(), current_user(), slug)
    personal = current_user() is not None
    return conditional(jsonify(presenters.topic(found, settings().base_url, personal=personal)))


@blueprint.get("/<slug>/entries")
def entries(slug: str) -> Response:
    """List the entries of a topic, each with why it is there."""
    require("topic.read")
    for name in _ENTRIES_ONLY:
        if name in request.args:
            raise invalid_param(name, "not here; use /entries")
    listed = params.parse_entries(request.args)
    if listed.entry_filter.unread and current_user() is None:
        raise PermissionDenied("entry.mark")
    page, reasons = topics.list_with_reasons(
        read_session(),
        current_user(),
        replace(listed.entry_filter, topic=slug),
        listed.cursor,
        listed.limit,
    )
    personal = current_user() is not None
    shown = [
        presenters.topic_entry(entry, reasons.get(entry.id), personal=personal)
        for entry in attach_reprints(page.entries)
    ]
    return conditional(jsonify(entries=shown, next_cursor=page.next_cursor))

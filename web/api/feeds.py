"""GET /api/v1/feeds."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from aggregator.services.reading import entries
from web.api import params, presenters
from web.api.answers import conditional
from web.api.operations import operation
from web.request.auth import can, require
from web.request.database import read_session

blueprint = Blueprint("feeds", __name__, url_prefix="/feeds")


@blueprint.get("")
@operation("FeedList")
def index() -> Response:
    """List all feeds and the state of their polling."""
    require("source.read")
    params.require_known(request.args)
    with_details = can("feed.operate")
    feeds = [
        presenters.feed(each, with_details=with_details)
        for each in entries.list_feeds(read_session())
    ]
    return conditional(jsonify(feeds=feeds))

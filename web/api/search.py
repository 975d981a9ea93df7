"""GET /api/v1/search."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from aggregator.services.search import search
from aggregator.services.search.search import SearchRequest
from web.api import params, presenters
from web.api.answers import conditional
from web.request.auth import current_user, require
from web.request.database import read_session
from web.request.search_context import current_search_context, parse_order

blueprint = Blueprint("api_search", __name__, url_prefix="/api/v1/search")


@blueprint.get("")
def index() -> Response:
    """What was found for `q`, with the words that were looked for marked."""
    require("entry.read")
    asked = params.parse_search(request.args)
    wish = SearchRequest(
        asked.query,
        parse_order(asked.values),
        asked.cursor,
        asked.limit,
        fold=not asked.entry_filter.duplicates,
        entry_filter=asked.entry_filter,
    )
    found = search.search(read_session(), current_search_context(), wish)
    params.reject_unknown_source(asked.entry_filter, found.unknown)
    personal = current_user() is not None
    return conditional(jsonify(presenters.search_page(found, personal=personal)))

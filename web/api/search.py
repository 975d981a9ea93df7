"""GET /api/v1/search."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from aggregator.services.search import search
from aggregator.services.search.search import Wish
from web.api import params, presenters
from web.api.answers import cacheable
from web.request.auth import current_user, require
from web.request.database import reading as read_session
from web.request.search_context import order_of, seeker_here

blueprint = Blueprint("api_search", __name__, url_prefix="/api/v1/search")


@blueprint.get("")
def index() -> Response:
    """What was found for `q`, with the words that were looked for marked."""
    require("entry.read")
    asked = params.read_search(request.args)
    wish = Wish(
        asked.query,
        order_of(asked.values),
        asked.cursor,
        asked.limit,
        fold=not asked.chosen.duplicates,
        within=asked.chosen,
    )
    found = search.search(read_session(), seeker_here(), wish)
    params.refuse_unknown(asked.chosen, found.unknown)
    personal = current_user() is not None
    return cacheable(jsonify(presenters.search_page(found, personal=personal)))

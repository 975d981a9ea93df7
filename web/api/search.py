"""GET /api/v1/search."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from aggregator.services import searching
from aggregator.services.searching import Wish
from web.api import params, presenters
from web.api.answers import cacheable
from web.database import reading as read_session
from web.seeking import order_of, seeker_here
from web.sessions import current_user, require

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
    found = searching.search(read_session(), seeker_here(), wish)
    params.refuse_unknown(asked.chosen, found.unknown)
    personal = current_user() is not None
    return cacheable(jsonify(presenters.search_page(found, personal=personal)))

"""GET /api/v1/search."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, jsonify, request

from aggregator.services.search import search
from aggregator.services.search.request import SearchRequest
from aggregator.types import SearchPage
from web.api import params, presenters
from web.api.answers import conditional
from web.api.operations import operation
from web.api.reprints import attach_reprints
from web.request.auth import current_user, require
from web.request.database import read_session
from web.request.search_context import current_search_context, parse_order, parse_position
from web.request.search_share import search_share

blueprint = Blueprint("search", __name__, url_prefix="/search")


@blueprint.get("")
@operation("SearchPage", query=params.SEARCH, statuses=(429,))
def index() -> Response:
    """Entries that match `q`, with the words of the query marked."""
    require("entry.read")
    tree, listed = params.parse_search(request.args)
    order = parse_order(listed.values) or "newest"  # what clients of the first release rely on
    wanted = SearchRequest(
        tree,
        listed.entry_filter,
        order,
        parse_position(listed.values, order),
        listed.limit,
        fold=not listed.entry_filter.duplicates,
    )
    with search_share():
        found = search.search(read_session(), current_search_context(), wanted)
    params.reject_unknown_names(listed.entry_filter, found)
    found = _with_reprints(found)
    personal = current_user() is not None
    return conditional(jsonify(presenters.search_page(found, order, personal=personal)))


def _with_reprints(page: SearchPage) -> SearchPage:
    hits = (*page.hits, *page.partial)
    entries = attach_reprints([hit.entry for hit in hits])
    shown = tuple(replace(hit, entry=entry) for hit, entry in zip(hits, entries, strict=True))
    return replace(page, hits=shown[: len(page.hits)], partial=shown[len(page.hits) :])

"""GET /api/v1/entries and /api/v1/entries/ID."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, jsonify, request

from aggregator.errors import NotFound, PermissionDenied
from aggregator.query import Tree
from aggregator.services.reading import entries
from aggregator.services.search import search
from aggregator.services.search.cursors import next_cursor
from aggregator.services.search.request import SearchRequest
from aggregator.types import EntryPage
from web.api import params, presenters
from web.api.answers import conditional
from web.api.operations import operation
from web.api.reprints import attach_reprints
from web.request.auth import current_user, require
from web.request.database import read_session
from web.request.params import invalid_param
from web.request.search_context import current_search_context, parse_position
from web.request.search_share import search_share

blueprint = Blueprint("entries", __name__, url_prefix="/entries")


@blueprint.get("")
@operation(
    "EntryPage",
    "Without `collapse` every entry is listed, copies of an article, too. Lists of all sources "
    "leave out your muted sources and words; with `q`, only muted sources.",
    query=params.ENTRIES,
    statuses=(429,),
)
def index() -> Response:
    """List entries, the newest first."""
    require("entry.read")
    listed = params.parse_entries(request.args)
    scope = listed.entry_filter
    if current_user() is None and (scope.tag is not None or scope.starred or scope.unread):
        raise PermissionDenied("tag.list")
    page = _list_entries(listed)
    page = replace(page, entries=attach_reprints(page.entries))
    return conditional(jsonify(presenters.entry_page(page, personal=_is_signed_in())))


@blueprint.get("/<int:entry_id>")
@operation("EntryDetail", statuses=(404,))
def show(entry_id: int) -> Response:
    """One entry in full."""
    require("entry.read")
    params.require_known(request.args)
    entry = entries.find_entry(read_session(), current_user(), entry_id)
    (summary,) = attach_reprints([entry.summary])
    entry = replace(entry, summary=summary)
    return conditional(jsonify(presenters.entry_detail(entry, personal=_is_signed_in())))


def _is_signed_in() -> bool:
    return current_user() is not None


def _list_entries(listed: params.EntriesRequest) -> EntryPage:
    """List or search entries. An unused tag has none; an unknown source or feed is an error."""
    if listed.tree is not None:
        return _search_entries(listed.tree, listed)
    try:
        return entries.list_entries(
            read_session(), current_user(), listed.entry_filter, listed.cursor, listed.limit
        )
    except NotFound as error:
        if error.noun == "tag":
            return EntryPage((), None)
        raise invalid_param(error.noun, f"there is no {error.noun} {error.name}") from error


def _search_entries(tree: Tree, listed: params.EntriesRequest) -> EntryPage:
    """Entries that match the whole query, newest first."""
    wanted = SearchRequest(
        tree,
        listed.entry_filter,
        position=parse_position(listed.values, "newest"),
        limit=listed.limit,
        fold=not listed.entry_filter.duplicates,
        partial=False,
    )
    with search_share():
        page = search.search(read_session(), current_search_context(), wanted)
    params.reject_unknown_names(listed.entry_filter, page)
    return EntryPage(tuple(hit.entry for hit in page.hits), next_cursor(page, "newest"))

"""GET /api/v1/entries and /api/v1/entries/ID."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from aggregator.errors import NotFound, PermissionDenied
from aggregator.services.reading import entries
from aggregator.services.search import search
from aggregator.services.search.search import Wish
from aggregator.types import EntryPage
from web.api import params, presenters
from web.api.answers import cacheable
from web.request.auth import current_user, require
from web.request.database import reading as read_session
from web.request.params import bad
from web.request.search_context import seeker_here

blueprint = Blueprint("api_entries", __name__, url_prefix="/api/v1/entries")


@blueprint.get("")
def index() -> Response:
    """A list of entries, the newest first."""
    require("entry.read")
    asked = params.read_entries(request.args)
    chosen = asked.chosen
    if current_user() is None and (chosen.tag is not None or chosen.starred or chosen.unread):
        raise PermissionDenied("tag.list")
    return cacheable(jsonify(presenters.entry_page(_list(asked), personal=_personal())))


@blueprint.get("/<int:entry_id>")
def show(entry_id: int) -> Response:
    """One entry in full."""
    require("entry.read")
    params.only(request.args, ())
    entry = entries.find_entry(read_session(), current_user(), entry_id)
    return cacheable(jsonify(presenters.entry_detail(entry, personal=_personal())))


def _personal() -> bool:
    return current_user() is not None


def _list(asked: params.EntriesRequest) -> EntryPage:
    """A tag that is not used yet has no entries; a source or feed that is not there is a slip."""
    if asked.query.strip():
        return _found(asked)
    try:
        return entries.list_entries(
            read_session(), current_user(), asked.chosen, asked.cursor, asked.limit
        )
    except NotFound as error:
        if error.noun == "tag":
            return EntryPage((), None)
        raise bad(error.noun, f"there is no {error.noun} {error.name}") from error


def _found(asked: params.EntriesRequest) -> EntryPage:
    """What has all the words of `q`, the newest first."""
    wish = Wish(
        asked.query,
        cursor=asked.cursor,
        limit=asked.limit,
        fold=not asked.chosen.duplicates,
        partial=False,
        within=asked.chosen,
    )
    page = search.search(read_session(), seeker_here(), wish)
    params.refuse_unknown(asked.chosen, page.unknown)
    return EntryPage(tuple(hit.entry for hit in page.hits), page.next_cursor)

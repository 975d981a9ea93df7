"""The search page, and the searches that a reader saves."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from flask import (
    Blueprint,
    Response,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)

from aggregator.errors import QueryError
from aggregator.query import EVERYTHING, parse, print_query
from aggregator.services.search import saved as saved_searches
from aggregator.services.search import search
from aggregator.services.search.search import SearchRequest
from aggregator.types import EntryFilter, SavedSearch
from web.caches.saved_counts import searches_with_counts
from web.presentation import isolated
from web.presentation.search import FACETS_SHOWN, day_bars, examples
from web.request import params
from web.request.after_response import write_after_response
from web.request.auth import current_user, now, require, require_user
from web.request.database import read_session, write_session
from web.request.flashes import flash
from web.request.i18n import current_language, translate
from web.request.search_context import current_search_context, parse_order
from web.request.security import safe_next

blueprint = Blueprint("search", __name__)

_MAX_QUERY_LENGTH = 4000


@blueprint.get("/search")
def index() -> Response:
    """What was found for `q`; without it, how to search and what the reader saved."""
    require("entry.read")
    query = request.args.get("q", "")
    wish = _parse_search_request(query, request.args)
    if not query.strip():
        return make_response(_page(query, wish))
    try:
        tree = parse(query)
    except QueryError as error:
        return make_response(_page(query[:_MAX_QUERY_LENGTH], wish, problem=error.problem), 400)
    if tree == EVERYTHING:
        return make_response(_page(query, wish, nothing_asked=True))
    found = search.search(read_session(), current_search_context(), wish)
    counts = found.counts
    kept = _matching_saved_search(query)
    page = _page(
        query,
        wish,
        found=found,
        counts=counts,
        bars=day_bars(counts.days, query, wish.order, _beside(wish)) if counts else (),
        plain=print_query(tree, current_language()),
        kept=kept,
    )
    return _seen_when_sent(make_response(page), wish, kept)


def _matching_saved_search(query: str) -> SavedSearch | None:
    """The search that is saved under these very words."""
    reader = current_user()
    saved = saved_searches.list_saved(read_session(), reader) if reader else ()
    return next((each for each in saved if each.query == query.strip()), None)


def _seen_when_sent(response: Response, wish: SearchRequest, kept: SavedSearch | None) -> Response:
    """What a saved search found is no longer new to its reader, once it is on its way."""
    reader = current_user()
    if reader is None or kept is None or wish.cursor:
        return response
    number, latest = kept.id, saved_searches.latest_entry(read_session())
    return write_after_response(
        response,
        lambda session: saved_searches.mark_seen(session, reader, number, latest),
        f"search {number} was not marked as seen",
    )


@blueprint.post("/search/saved")
def save() -> Response:
    """Keep a search."""
    reader = require_user("search.save")
    query = request.form.get("q", "")
    with write_session() as session:
        saved_searches.save(
            session, reader, query, request.form.get("name", ""), current_language(), now()
        )
    flash(translate("search.saved"))
    return _to(f"{url_for('search.index')}?{urlencode({'q': query})}")


@blueprint.post("/search/saved/<int:search_id>/rename")
def rename(search_id: int) -> Response:
    """Call a saved search otherwise."""
    reader = require_user("search.save")
    with write_session() as session:
        name = saved_searches.rename(session, reader, search_id, request.form.get("name", ""))
    flash(translate("search.renamed", name=isolated(name)))
    return _to(safe_next(request.form.get("next"), url_for("following.index")))


@blueprint.post("/search/saved/<int:search_id>/delete")
def delete(search_id: int) -> Response:
    """Forget a saved search."""
    reader = require_user("search.save")
    with write_session() as session:
        saved_searches.remove(session, reader, search_id)
    flash(translate("search.removed"))
    return _to(safe_next(request.form.get("next"), url_for("search.index")))


def _parse_search_request(query: str, values: Mapping[str, str]) -> SearchRequest:
    following = values.get("in") == "mine"
    if following:
        require_user("source.follow")
    return SearchRequest(
        query,
        parse_order(values),
        params.cursor(values),
        language=current_language(),
        count=not values.get("cursor"),
        entry_filter=EntryFilter(following=following),
        muted=values.get("muted") == "1",
    )


def _beside(wish: SearchRequest) -> dict[str, str]:
    """What else the address of a search says, beside its words and their order."""
    kept = {"in": "mine" if wish.entry_filter.following else "", "muted": "1" if wish.muted else ""}
    return {name: value for name, value in kept.items() if value}


def _page(query: str, wish: SearchRequest, **found: object) -> str:
    reader = current_user()
    alone = reader is not None and "found" not in found
    return render_template(
        "search/show.html",
        query=query,
        order=wish.order,
        following=wish.entry_filter.following,
        muted=wish.muted,
        beside=_beside(wish),
        saved=searches_with_counts(reader) if reader and alone else (),
        examples=examples(),
        facets_shown=FACETS_SHOWN,
        **found,
    )


def _to(address: str) -> Response:
    response = redirect(address, 303)
    assert isinstance(response, Response)
    return response

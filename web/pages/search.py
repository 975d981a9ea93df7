"""The search page, and the searches that a reader saves."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request, url_for

from aggregator.errors import QueryError
from aggregator.query import EVERYTHING, parse, print_query
from aggregator.services import saved_searches, searching
from aggregator.services.searching import Wish
from aggregator.types import EntryFilter
from web import params
from web.database import reading as read_session
from web.database import writing
from web.flashes import say
from web.i18n import current_language, translate
from web.presentation.search import SHOWN, day_bars, examples
from web.seeking import order_of, seeker_here
from web.sessions import current_user, now, require, require_user

blueprint = Blueprint("search", __name__)

_LONGEST = 4000


@blueprint.get("/search")
def index() -> str | tuple[str, int]:
    """What was found for `q`; without it, how to search and what the reader saved."""
    require("entry.read")
    query = request.args.get("q", "")
    wish = _wish(query, request.args)
    if not query.strip():
        return _page(query, wish)
    try:
        tree = parse(query)
    except QueryError as error:
        return _page(query[:_LONGEST], wish, problem=error.problem), 400
    if tree == EVERYTHING:
        return _page(query, wish, nothing_asked=True)
    found = searching.search(read_session(), seeker_here(), wish)
    counts = found.counts
    mine = "mine" if wish.within.following else None
    return _page(
        query,
        wish,
        found=found,
        counts=counts,
        bars=day_bars(counts.days, query, wish.order, mine) if counts else (),
        plain=print_query(tree, current_language()),
    )


@blueprint.post("/search/saved")
def save() -> Response:
    """Keep a search."""
    reader = require_user("search.save")
    query = request.form.get("q", "")
    with writing() as session:
        saved_searches.save(
            session, reader, query, request.form.get("name", ""), current_language(), now()
        )
    say(translate("search.saved"))
    return _to(f"{url_for('search.index')}?{urlencode({'q': query})}")


@blueprint.post("/search/saved/<int:search_id>/delete")
def delete(search_id: int) -> Response:
    """Forget a saved search."""
    reader = require_user("search.save")
    with writing() as session:
        saved_searches.remove(session, reader, search_id)
    say(translate("search.removed"))
    return _to(url_for("search.index"))


def _wish(query: str, values: Mapping[str, str]) -> Wish:
    following = values.get("in") == "mine"
    if following:
        require_user("source.follow")
    return Wish(
        query,
        order_of(values),
        params.cursor(values),
        language=current_language(),
        count=not values.get("cursor"),
        within=EntryFilter(following=following),
    )


def _page(query: str, wish: Wish, **found: object) -> str:
    reader = current_user()
    saved = saved_searches.list_saved(read_session(), reader) if reader else ()
    return render_template(
        "search/show.html",
        query=query,
        order=wish.order,
        following=wish.within.following,
        saved=saved,
        examples=examples(),
        facets_shown=SHOWN,
        **found,
    )


def _to(address: str) -> Response:
    response = redirect(address, 303)
    assert isinstance(response, Response)
    return response

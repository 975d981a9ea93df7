"""The search page, and the reader's saved searches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask import (
    Blueprint,
    Response,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)

from aggregator.errors import InvalidInput, QueryError
from aggregator.query import is_wordless, parse, print_query
from aggregator.services.search import saved as saved_searches
from aggregator.services.search import search
from aggregator.services.search.cursors import next_cursor
from aggregator.services.search.request import SearchRequest
from aggregator.types import EntryFilter, SavedSearch, SearchOrder
from aggregator.types.limits import MAX_QUERY
from web.caches.saved_counts import searches_with_counts
from web.presentation import isolated
from web.presentation.search import FACETS_SHOWN, day_bars, examples, with_days
from web.request.after_response import write_after_response
from web.request.auth import current_user, now, require, require_user
from web.request.database import read_session, write_session
from web.request.flashes import flash
from web.request.i18n import current_language, translate
from web.request.preferences import current_preferences
from web.request.search_context import current_search_context, parse_order, parse_position
from web.request.search_days import EVERY_DAY, Days, parse_days
from web.request.search_share import search_share
from web.request.security import safe_next

blueprint = Blueprint("search", __name__)


@dataclass(frozen=True, slots=True)
class _Address:
    """What the address of a search page says, apart from its cursor."""

    query: str
    chosen_order: SearchOrder | None = None
    """None for the order that the reader prefers."""
    following: bool = False
    muted: bool = False
    """Include muted sources."""
    days: Days = EVERY_DAY

    @property
    def order(self) -> SearchOrder:
        """The order to list matches in."""
        return self.chosen_order or current_preferences().search_order

    @property
    def options(self) -> dict[str, str]:
        """The parameters beside the query."""
        options = {
            "in": "mine" if self.following else "",
            "muted": "1" if self.muted else "",
            "order": self.chosen_order or "",
            **self.days.parameters,
        }
        return {name: value for name, value in options.items() if value}

    @property
    def whole_query(self) -> str:
        """The query with its days, as a saved search keeps it."""
        return with_days(self.query, *self.days)


@blueprint.get("/search")
def index() -> Response:
    """The matches of `q`; without it, how to search, and the reader's saved searches."""
    require("entry.read")
    try:
        address = _parse_address(request.args)
    except InvalidInput as error:
        if error.key != "error.search_day":
            raise
        address = _Address(request.args.get("q", "")[:MAX_QUERY])
        return make_response(_render(address, wrong_day=request.args[error.field][:40]), 400)
    if not address.query.strip():
        return make_response(_render(address))
    try:
        tree = parse(address.query)
    except QueryError as error:
        shortened = replace(address, query=address.query[:MAX_QUERY])
        return make_response(_render(shortened, problem=error.problem), 400)
    if is_wordless(tree):
        return make_response(_render(address, nothing_asked=True))
    wanted = SearchRequest(
        tree,
        EntryFilter(following=address.following),
        first_day=address.days.first,
        last_day=address.days.last,
        order=address.order,
        position=parse_position(request.args, address.order),
        language=current_language(),
        count=not request.args.get("cursor"),
        include_muted=address.muted,
    )
    with search_share():
        found = search.search(read_session(), current_search_context(), wanted)
    saved = _find_saved(address.whole_query)
    counts = found.counts
    page = _render(
        address,
        found=found,
        next_cursor=next_cursor(found, address.order),
        counts=counts,
        bars=day_bars(counts.days, address.query, address.options) if counts else (),
        plain=print_query(tree, current_language()),
        whole_query=address.whole_query,
        kept=saved,
    )
    response = make_response(page)
    return response if wanted.position else _mark_seen_when_sent(response, saved)


def _parse_address(values: Mapping[str, str]) -> _Address:
    following = values.get("in") == "mine"
    if following:
        require_user("source.follow")
    return _Address(
        values.get("q", ""),
        parse_order(values),
        following,
        muted=values.get("muted") == "1",
        days=parse_days(values),
    )


def _render(address: _Address, **found: object) -> str:
    reader = current_user()
    shows_saved = reader is not None and "found" not in found
    return render_template(
        "search/show.html",
        query=address.query,
        order=address.order,
        following=address.following,
        muted=address.muted,
        days=address.days,
        beside=address.options,
        saved=searches_with_counts(reader) if reader and shows_saved else (),
        examples=examples(),
        facets_shown=FACETS_SHOWN,
        **found,
    )


def _find_saved(query: str) -> SavedSearch | None:
    """The reader's saved search with exactly this query."""
    reader = current_user()
    saved = saved_searches.list_saved(read_session(), reader) if reader else ()
    return next((each for each in saved if each.query == query.strip()), None)


def _mark_seen_when_sent(response: Response, saved: SavedSearch | None) -> Response:
    """Mark the matches of a saved search as seen, once the page is sent."""
    reader = current_user()
    if reader is None or saved is None:
        return response
    search_id, latest = saved.id, saved_searches.latest_entry(read_session())
    return write_after_response(
        response,
        lambda session: saved_searches.mark_seen(session, reader, search_id, latest),
        f"search {search_id} was not marked as seen",
    )


@blueprint.post("/search/saved")
def save() -> Response:
    """Save a search."""
    reader = require_user("search.save")
    query = request.form.get("q", "")
    with write_session() as session:
        saved_searches.save(
            session, reader, query, request.form.get("name", ""), current_language(), now()
        )
    flash(translate("search.saved"))
    return _to(url_for("search.index", q=query, order="newest"))


@blueprint.post("/search/saved/<int:search_id>/rename")
def rename(search_id: int) -> Response:
    """Rename a saved search."""
    reader = require_user("search.save")
    with write_session() as session:
        name = saved_searches.rename(session, reader, search_id, request.form.get("name", ""))
    flash(translate("search.renamed", name=isolated(name)))
    return _to(safe_next(request.form.get("next"), url_for("following.index")))


@blueprint.post("/search/saved/<int:search_id>/delete")
def delete(search_id: int) -> Response:
    """Delete a saved search."""
    reader = require_user("search.save")
    with write_session() as session:
        saved_searches.remove(session, reader, search_id)
    flash(translate("search.removed"))
    return _to(safe_next(request.form.get("next"), url_for("search.index")))


def _to(address: str) -> Response:
    response = redirect(address, 303)
    assert isinstance(response, Response)
    return response

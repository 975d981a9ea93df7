"""Pages of sources."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from aggregator.errors import NotFound
from aggregator.services.operate import feed_health
from aggregator.services.reading import entries, following, owners
from aggregator.services.reading.following import FollowState
from aggregator.types.limits import is_slug
from web.caches.listed_sources import listed_sources
from web.request import params
from web.request.auth import can, current_user, now, require, require_user
from web.request.database import read_session
from web.request.list_context import current_list_context

blueprint = Blueprint("sources", __name__, url_prefix="/sources")


@blueprint.get("")
def index() -> str:
    """List all sources with the health of their feeds."""
    require("source.read")
    return render_template("sources/list.html", listed=listed_sources(), chosen=_reader_choices())


@blueprint.get("/<slug>")
def show(slug: str) -> str:
    """One source and its entries, including those that others published first."""
    require("source.read")
    if not is_slug(slug):
        raise NotFound("source", slug)
    chosen = current_list_context().chosen
    if chosen.unread:
        require_user("entry.mark")
    session = read_session()
    source, page = entries.get_source_view(
        session, current_user(), chosen, params.cursor(request.args)
    )
    (source,) = feed_health.with_entry_rates(session, [source], now())
    return render_template(
        "sources/show.html",
        source=source,
        page=page,
        chosen=_reader_choices(),
        owners=owners.lineage_of(session, source.source),
    )


def _reader_choices() -> FollowState:
    """What the reader follows and mutes; nothing for a visitor."""
    reader = current_user()
    if reader is None or not can("source.follow"):
        return FollowState()
    return following.follow_state(read_session(), reader)

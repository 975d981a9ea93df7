"""Pages of sources."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from aggregator.errors import NotFound
from aggregator.services import following, health, reading
from aggregator.services.following import Chosen
from web import params
from web.database import reading as read_session
from web.lists import current_list
from web.sessions import can, current_user, now, require, require_user

blueprint = Blueprint("sources", __name__, url_prefix="/sources")


@blueprint.get("")
def index() -> str:
    """All sources and how their feeds do."""
    require("source.read")
    session = read_session()
    sources = health.measured(session, reading.list_sources(session), now())
    return render_template("sources/list.html", sources=sources, chosen=_chosen())


@blueprint.get("/<slug>")
def show(slug: str) -> str:
    """One source and its entries, with those that others published first."""
    require("source.read")
    if not params.is_slug(slug):
        raise NotFound("source", slug)
    chosen = current_list().chosen
    if chosen.unread:
        require_user("entry.mark")
    session = read_session()
    source, page = reading.open_source(session, current_user(), chosen, params.cursor(request.args))
    (source,) = health.measured(session, [source], now())
    return render_template("sources/show.html", source=source, page=page, chosen=_chosen())


def _chosen() -> Chosen:
    """What the reader follows and mutes; nothing, for a visitor."""
    reader = current_user()
    if reader is None or not can("source.follow"):
        return Chosen()
    return following.chosen(read_session(), reader)

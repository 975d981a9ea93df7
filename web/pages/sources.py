"""Pages of sources."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from aggregator.services import health, reading
from aggregator.types import EntryFilter
from web import params
from web.database import reading as read_session
from web.sessions import current_user, now, require

blueprint = Blueprint("sources", __name__, url_prefix="/sources")


@blueprint.get("")
def index() -> str:
    """All sources and how their feeds do."""
    require("source.read")
    session = read_session()
    sources = health.measured(session, reading.list_sources(session), now())
    return render_template("sources/list.html", sources=sources)


@blueprint.get("/<slug>")
def show(slug: str) -> str:
    """One source and its entries, with those that others published first."""
    require("source.read")
    chosen = EntryFilter(source=slug, language=params.language(request.args))
    session = read_session()
    source, page = reading.open_source(session, current_user(), chosen, params.cursor(request.args))
    (source,) = health.measured(session, [source], now())
    return render_template("sources/show.html", source=source, page=page, filter=chosen)

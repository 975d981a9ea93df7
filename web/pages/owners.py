"""Pages of owners: who owns the sources, and what each of them owns."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from aggregator.errors import NotFound
from aggregator.services.reading import owners, stories
from aggregator.types.limits import is_slug
from web.request import params
from web.request.auth import current_user, require, require_user
from web.request.database import read_session
from web.request.list_context import current_list_context

blueprint = Blueprint("owners", __name__, url_prefix="/owners")


@blueprint.get("")
def index() -> str:
    """List all owners by kind."""
    require("source.read")
    return render_template("owners/list.html", listed=owners.list_owners(read_session()))


@blueprint.get("/<slug>")
def show(slug: str) -> str:
    """One owner: its parents, its sources, the page that says so, its latest stories."""
    require("source.read")
    if not is_slug(slug):
        raise NotFound("owner", slug)
    chosen = current_list_context().chosen
    if chosen.unread:
        require_user("entry.mark")
    session = read_session()
    found = owners.find_owner(session, slug)
    page = stories.list_stories(session, current_user(), chosen, params.cursor(request.args))
    return render_template("owners/show.html", found=found, page=page)

"""Pages of sections: the stories of one, the newest first."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from aggregator.services.reading import stories
from web.caches.filter_options import cached_filter_options
from web.request import params
from web.request.auth import current_user, require, require_user
from web.request.database import read_session
from web.request.list_context import current_list_context, require_section

blueprint = Blueprint("sections", __name__, url_prefix="/sections")


@blueprint.get("/<slug>")
def show(slug: str) -> str:
    """The stories of a section that the front page has."""
    require("entry.read")
    require_section(slug)
    chosen = current_list_context().chosen
    if chosen.unread:
        require_user("entry.mark")
    page = stories.list_stories(read_session(), current_user(), chosen, params.cursor(request.args))
    return render_template(
        "sections/show.html", name=slug, page=page, options=cached_filter_options()
    )

"""Pages of what publishers changed: the versions of an entry, the changes of a day."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from aggregator.services.reading import revisions
from aggregator.types.limits import MAX_ID
from web.caches.filter_options import cached_filter_options
from web.request import params
from web.request.auth import current_user, require
from web.request.changes import parse_change_filter, site_zone, today
from web.request.database import read_session

blueprint = Blueprint("changes", __name__)


@blueprint.get("/entries/<int:entry_id>/history")
def history(entry_id: int) -> str:
    """The versions of an entry, and what differs between two of them."""
    require("entry.read")
    found = revisions.find_history(read_session(), current_user(), entry_id)
    before, after = (params.integer(request.args, name, 1, MAX_ID) for name in ("before", "after"))
    return render_template(
        "changes/history.html",
        history=found,
        compared=revisions.compare_versions(found, before, after),
    )


@blueprint.get("/changes")
def index() -> str:
    """What was changed on a day, by source, topic and size."""
    require("entry.read")
    chosen = parse_change_filter(request.args)
    cursor = params.cursor(request.args)
    session = read_session()
    return render_template(
        "changes/list.html",
        chosen=chosen,
        today=today(),
        page=revisions.list_changes(session, chosen, site_zone(), cursor),
        counts=revisions.count_changes(session, chosen, site_zone()),
        options=cached_filter_options(),
    )

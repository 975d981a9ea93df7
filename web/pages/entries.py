"""Pages of entries: the list of everything, one entry, and what a reader does to it."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from aggregator.services import reading, tagging
from aggregator.types import EntryFilter
from web import params
from web.database import reading as read_session
from web.database import writing
from web.security import safe_next
from web.sessions import current_user, now, require, require_user

blueprint = Blueprint("entries", __name__)


@blueprint.get("/")
def index() -> str:
    """Everything, the newest first, as far as the filter allows."""
    require("entry.read")
    chosen = _filter(request.args)
    session = read_session()
    return render_template(
        "entries/list.html",
        page=reading.list_entries(session, current_user(), chosen, params.cursor(request.args)),
        filter=chosen,
        options=reading.filter_options(session),
    )


@blueprint.get("/entries/<int:entry_id>")
def show(entry_id: int) -> str:
    """One entry."""
    require("entry.read")
    opened = reading.open_entry(read_session(), current_user(), entry_id)
    return render_template(
        "entries/show.html",
        entry=opened.entry,
        tag_suggestions=opened.tag_suggestions,
        newer=opened.newer,
        older=opened.older,
    )


@blueprint.post("/entries/<int:entry_id>/tags")
def add_tags(entry_id: int) -> Response:
    """Put tags on an entry."""
    reader = require_user("entry.tag")
    with writing() as session:
        tagging.add_tags(session, reader, entry_id, request.form.get("tags", ""), now())
    return _back(entry_id)


@blueprint.post("/entries/<int:entry_id>/tags/remove")
def remove_tag(entry_id: int) -> Response:
    """Take a tag off an entry."""
    reader = require_user("entry.tag")
    with writing() as session:
        tagging.remove_tag(session, reader, entry_id, request.form.get("tag", ""))
    return _back(entry_id)


@blueprint.post("/entries/<int:entry_id>/star")
def star(entry_id: int) -> Response:
    """Star an entry or take the star off."""
    reader = require_user("entry.star")
    if request.form.get("on") not in ("0", "1"):
        raise params.bad("on", '"1" or "0"')
    with writing() as session:
        tagging.star(session, reader, entry_id, request.form["on"] == "1", now())
    return _back(entry_id)


def _filter(values: Mapping[str, str]) -> EntryFilter:
    return EntryFilter(
        source=params.slug(values),
        country=params.country(values),
        language=params.language(values),
    )


def _back(entry_id: int) -> Response:
    entry = url_for("entries.show", entry_id=entry_id)
    return make_response(redirect(safe_next(request.form.get("next"), entry), 303))

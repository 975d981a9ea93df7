"""What a reader tagged and starred."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from werkzeug.routing import BaseConverter

from aggregator.services import reading, tagging
from web import params
from web.database import reading as read_session
from web.lists import current_list
from web.sessions import require_user

blueprint = Blueprint("tags", __name__)


class TagConverter(BaseConverter):
    """The rest of the path, whatever is in it: a tag may begin and end with a slash."""

    part_isolating = False
    regex = ".+"


@blueprint.get("/tags")
def index() -> str:
    """All tags of the reader."""
    reader = require_user("tag.list")
    return render_template("tags/list.html", tags=tagging.list_tags(read_session(), reader))


@blueprint.get("/tags/<tag:name>")
def show(name: str) -> str:
    """The entries under one tag."""
    reader = require_user("tag.list")
    cursor = params.cursor(request.args)
    unread = params.unread(request.args)
    tag, page = reading.open_tag(read_session(), reader, name, cursor, unread=unread)
    return render_template("tags/show.html", tag=tag, page=page)


@blueprint.get("/starred")
def starred() -> str:
    """The entries that the reader starred."""
    reader = require_user("entry.star")
    chosen = current_list().chosen
    cursor = params.cursor(request.args)
    page = reading.list_entries(read_session(), reader, chosen, cursor)
    return render_template("tags/starred.html", page=page)

"""Tagged and starred entries, and the management of tags."""

from __future__ import annotations

from urllib.parse import unquote

from flask import Blueprint, Response, make_response, redirect, render_template, request
from werkzeug.routing import BaseConverter

from aggregator.errors import Conflict, InvalidInput
from aggregator.services.reading import entries, tag_management, tagging
from aggregator.types import TagCount, User
from web.presentation import isolated, set_current_path
from web.request import params
from web.request.auth import require_user
from web.request.database import read_session, write_session
from web.request.flashes import flash, flash_with_undo
from web.request.i18n import translate
from web.request.list_context import current_list_context, tag_url
from web.request.security import own_path, safe_next

blueprint = Blueprint("tags", __name__)


class TagConverter(BaseConverter):
    """The whole rest of the path: a tag may begin and end with a slash."""

    part_isolating = False
    regex = ".+"


@blueprint.get("/tags")
def index() -> str:
    """List all tags of the reader."""
    return _list(require_user("tag.list"))


@blueprint.get("/tags/<tag:name>")
def show(name: str) -> str:
    """List the entries of one tag."""
    reader = require_user("tag.list")
    cursor = params.cursor(request.args)
    unread = params.unread(request.args)
    tag, page = entries.get_tag_view(read_session(), reader, name, cursor, unread=unread)
    return render_template("tags/show.html", tag=tag, page=page)


@blueprint.get("/starred")
def starred() -> str:
    """List the entries that the reader starred."""
    reader = require_user("entry.star")
    chosen = current_list_context().chosen
    cursor = params.cursor(request.args)
    page = entries.list_entries(read_session(), reader, chosen, cursor)
    return render_template("tags/starred.html", page=page)


# --- management ------------------------------------------------------------------------------


@blueprint.post("/tags/rename")
def rename() -> Response:
    """Rename a tag; asks first if that merges two tags."""
    reader = require_user("entry.tag")
    old, new = request.form.get("tag", ""), request.form.get("name", "")
    merge = request.form.get("merge") == "1"
    try:
        with write_session() as session:
            old_name = tag_management.find(session, reader, old).name
            name = tag_management.rename(session, reader, old, new, merge=merge)
    except Conflict as conflict:
        return _confirmation_page(
            "tags/merge.html", reader, old, into=_find(reader, str(conflict.name))
        )
    except InvalidInput as error:
        return make_response(_list(reader, error=error.key), 400)
    message = translate("tags.merged" if merge else "tags.renamed", name=isolated(name))
    if merge:
        flash(message)
    else:
        flash_with_undo(message, "/tags/rename", tag=name, name=old_name)
    return _back(old_name, tag_url(name))


@blueprint.post("/tags/delete")
def delete() -> Response:
    """Delete a tag; asks first."""
    reader = require_user("entry.tag")
    name = request.form.get("tag", "")
    if request.form.get("sure") != "1":
        return _confirmation_page("tags/delete.html", reader, name)
    with write_session() as session:
        tag = tag_management.remove(session, reader, name)
    flash(translate("tags.deleted", name=isolated(tag.name)))
    return _back(tag.name, "/tags")


def _list(reader: User, error: str | None = None) -> str:
    set_current_path(own_path("/tags"))
    tags = tagging.list_tags(read_session(), reader)
    return render_template("tags/list.html", tags=tags, error=error)


def _find(reader: User, name: str) -> TagCount:
    return tag_management.find(read_session(), reader, name)


def _confirmation_page(template: str, reader: User, name: str, **values: TagCount) -> Response:
    """A page that explains the change and asks for confirmation."""
    back = safe_next(request.form.get("next"), own_path("/tags"))
    set_current_path(back)
    page = render_template(template, tag=_find(reader, name), way_back=back, **values)
    return make_response(page)


def _back(gone: str, instead: str) -> Response:
    """Redirect to the page of the form; if that is the page of the `gone` tag, to `instead`."""
    target = safe_next(request.form.get("next"), own_path("/tags"))
    if unquote(target.partition("?")[0]) == own_path(f"/tags/{gone}"):
        target = instead
    return make_response(redirect(target, 303))

"""Folders: sorting what one follows, on `/following`.

Each form is answered with a redirect back and a message that undoes what it did.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from flask import Blueprint, Response, make_response, redirect, request

from aggregator.errors import InvalidInput
from aggregator.services.reading import folders
from aggregator.types.limits import MAX_ID
from web.pages.following import following_page
from web.presentation import isolated
from web.request import params
from web.request.auth import now, require_user
from web.request.database import write_session
from web.request.flashes import flash, flash_with_undo
from web.request.i18n import translate
from web.request.security import own_path, safe_next

blueprint = Blueprint("folders", __name__)

# Sources whose places fit into the cookie that holds the way back.
MAX_UNDONE = 300
_PLACE = re.compile(r"(\d{1,10}):(\d{1,10})")


@blueprint.post("/following/folders")
def sort() -> Response:
    """Put the chosen sources into a folder, a new one if `name` is given, or into none."""
    reader = require_user("source.follow")
    chosen = [_id(value, "source") for value in request.form.getlist("source")]
    folder_id, name = params.folder(request.form), request.form.get("name", "").strip()
    try:
        if not chosen:
            raise InvalidInput("error.folder_nothing", "no source is selected", field="source")
        with write_session() as session:
            if folder_id and not name:
                name = folders.find_folder(session, reader, folder_id).name
            before = folders.places_of(session, reader, chosen)
            folder = folders.put_all_in_folder(session, reader, chosen, name or None, now())
    except InvalidInput as error:
        return following_page(reader, error=error.key)
    message = translate("folders.taken_out")
    if folder:
        message = translate("folders.sorted", name=isolated(folder.name))
    if len(before) > MAX_UNDONE:
        flash(message)
    else:
        flash_with_undo(message, "/following/folders/undo", places=_written(before))
    return _back()


@blueprint.post("/following/folders/undo")
def undo() -> Response:
    """Put sources back where they were."""
    reader = require_user("source.follow")
    found = _PLACE.findall(request.form.get("places", ""))
    places = {
        _id(source, "places"): _id(folder, "places") if int(folder) else None
        for source, folder in found
    }
    with write_session() as session:
        folders.put_back(session, reader, places)
    flash(translate("folders.undone"))
    return _back()


@blueprint.post("/following/folders/rename")
def rename() -> Response:
    """Rename a folder."""
    reader = require_user("source.follow")
    folder_id, name = _folder(), request.form.get("name", "")
    try:
        with write_session() as session:
            before = folders.rename_folder(session, reader, folder_id, name)
            folder = folders.find_folder(session, reader, folder_id)
    except InvalidInput as error:
        return following_page(reader, error=error.key)
    message = translate("folders.renamed", name=isolated(folder.name))
    back = {"folder": str(folder_id), "name": before.name}
    flash_with_undo(message, "/following/folders/rename", **back)
    return _back()


@blueprint.post("/following/folders/move")
def move() -> Response:
    """Move a folder up or down by one place."""
    reader = require_user("source.follow")
    folder_id = _folder()
    by = {"up": -1, "down": 1}[params.choice(request.form, "to", ("up", "down"))]
    with write_session() as session:
        folders.move_folder(session, reader, folder_id, by)
    return _back()


@blueprint.post("/following/folders/delete")
def delete() -> Response:
    """Delete a folder; its sources stay followed."""
    reader = require_user("source.follow")
    with write_session() as session:
        folder, source_ids = folders.delete_folder(session, reader, _folder())
    message = translate("folders.deleted", name=isolated(folder.name))
    if len(source_ids) > MAX_UNDONE:
        flash(message)
    else:
        flash_with_undo(
            message,
            "/following/folders/restore",
            name=folder.name,
            position=str(folder.position),
            sources=" ".join(map(str, source_ids)),
        )
    return _back()


@blueprint.post("/following/folders/restore")
def restore() -> Response:
    """Undo deleting a folder."""
    reader = require_user("source.follow")
    position = params.integer(request.form, "position", 0, MAX_ID) or 0
    sources = [_id(value, "sources") for value in request.form.get("sources", "").split()]
    name = request.form.get("name", "")
    with write_session() as session:
        folders.restore_folder(session, reader, name, position, sources, now())
    flash(translate("folders.undone"))
    return _back()


def _folder() -> int:
    """The folder that a form is about."""
    found = params.folder(request.form)
    if found is None:
        raise params.invalid_param("folder", "the id of a folder")
    return found


def _id(value: str, name: str) -> int:
    found = params.integer({name: value}, name, 1, MAX_ID)
    assert found is not None
    return found


def _written(places: Mapping[int, int | None]) -> str:
    """Places as the form to undo sorting sends them: source:folder, 0 for none."""
    return " ".join(f"{source}:{folder or 0}" for source, folder in places.items())


def _back() -> Response:
    return make_response(redirect(safe_next(request.form.get("next"), own_path("/following")), 303))

"""What a reader does to entries: mark as read, undo, star, tag.

A form is answered with a redirect back and a message on the next page, a script with JSON.
"""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, jsonify, make_response, redirect, request, url_for

from aggregator.services.reading import entries as reading
from aggregator.services.reading import marking, tagging
from aggregator.types import UNREAD_CAP, MarkResult, User
from aggregator.types.limits import MAX_ID
from web.caches.unread_counts import note_read_change, unread_counts_now
from web.pages.entries import blueprint as entries
from web.request import params
from web.request.auth import now, require_user
from web.request.clients import wants_json
from web.request.database import database, write_session
from web.request.flashes import flash
from web.request.i18n import translate, translate_count
from web.request.list_context import parse_list_context
from web.request.security import own_path, safe_next

blueprint = Blueprint("marking", __name__)

_MAX_AGE_DAYS = 365
_NOUNS = {"ids": "entries", "stories": "stories"}


# --- read and unread -------------------------------------------------------------------------


@blueprint.post("/entries/read")
def mark() -> Response:
    """Mark entries as read or unread."""
    reader = require_user("entry.mark")
    ids, read = _ids("ids"), params.on(request.form)
    story_ids = _ids("stories") if request.form.get("stories") else []
    with write_session() as session:
        marked = marking.mark_entries(session, reader, ids, read, now(), story_ids)
    note_read_change(reader, marked.change)
    return _marked_response(reader, marked, "marked.read" if read else "marked.unread")


@blueprint.post("/entries/read-all")
def mark_all() -> Response:
    """Mark a whole list as read."""
    reader = require_user("entry.mark")
    chosen = parse_list_context(request.form).chosen
    sent = {name: value for name, value in request.form.items() if value}
    up_to = params.integer(sent, "up_to", 0, MAX_ID)
    if up_to is None:
        raise params.invalid_param("up_to", "the id of an entry")
    days = params.integer(sent, "older_than", 1, _MAX_AGE_DAYS)
    with write_session() as session:
        marked = marking.mark_list(
            session,
            reader,
            chosen,
            now(),
            up_to=up_to,
            above=params.integer(sent, "above", 1, MAX_ID),
            older_than=timedelta(days=days) if days else None,
        )
    return _marked_response(reader, marked, "marked.read")


@blueprint.post("/entries/undo")
def undo() -> Response:
    """Undo the last change of read marks."""
    reader = require_user("entry.mark")
    token = request.form.get("undo", "")
    with write_session() as session:
        count = marking.undo(session, reader, token, now())
    message = _count_message("marked.undone", count)
    if wants_json():
        return jsonify(changed=[], count=count, undo=None, message=message, **_unread(reader))
    flash(message)
    return _back(own_path("/"))


def _marked_response(reader: User, marked: MarkResult, key: str) -> Response:
    message = _count_message(key, marked.count)
    if wants_json():
        return jsonify(
            changed=marked.changed,
            count=marked.count,
            undo=marked.undo,
            message=message,
            **_unread(reader),
        )
    flash(message, marked.undo)
    return _back(own_path("/"))


def _count_message(key: str, count: int) -> str:
    """A message with a number of entries, which are not counted above `UNREAD_CAP`."""
    return translate(f"{key}_many") if count >= UNREAD_CAP else translate_count(key, count)


def _unread(reader: User) -> dict[str, object]:
    """The unread counts of what the reader follows."""
    counts = unread_counts_now(reader)
    return {"unread": counts.by_source, "total_unread": counts.total}


# --- stars and tags --------------------------------------------------------------------------


@entries.post("/entries/<int:entry_id>/star")
def star(entry_id: int) -> Response:
    """Star or unstar an entry."""
    reader = require_user("entry.star")
    on = params.on(request.form)
    with write_session() as session:
        tagging.star(session, reader, entry_id, on, now())
    if wants_json():
        return jsonify(starred=on, message=translate("starred.on" if on else "starred.off"))
    return _back(_entry(entry_id))


@entries.post("/entries/<int:entry_id>/tags")
def add_tags(entry_id: int) -> Response:
    """Add tags to an entry."""
    reader = require_user("entry.tag")
    with write_session() as session:
        tagging.add_tags(session, reader, entry_id, request.form.get("tags", ""), now())
    return _tagged_response(reader, entry_id, "tagged.added")


@entries.post("/entries/<int:entry_id>/tags/remove")
def remove_tag(entry_id: int) -> Response:
    """Remove a tag from an entry."""
    reader = require_user("entry.tag")
    with write_session() as session:
        tagging.remove_tag(session, reader, entry_id, request.form.get("tag", ""))
    return _tagged_response(reader, entry_id, "tagged.removed")


def _tagged_response(reader: User, entry_id: int, key: str) -> Response:
    if wants_json():
        with database().read() as session:
            entry = reading.find_entry(session, reader, entry_id)
        return jsonify(tags=entry.summary.tags, message=translate(key))
    return _back(_entry(entry_id))


# --- forms -----------------------------------------------------------------------------------


def _ids(name: str) -> list[int]:
    """The ids in a field, separated by commas."""
    values = request.form.get(name, "").split(",")
    if not all(value.isascii() and value.isdecimal() and len(value) <= 10 for value in values):
        raise params.invalid_param(name, f"ids of {_NOUNS[name]}, separated by commas")
    return list(map(int, values))


def _entry(entry_id: int) -> str:
    return url_for("entries.show", entry_id=entry_id)


def _back(fallback: str) -> Response:
    return make_response(redirect(safe_next(request.form.get("next"), fallback), 303))

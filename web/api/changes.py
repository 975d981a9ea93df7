"""GET /api/v1/changes and /api/v1/entries/ID/revisions."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from aggregator.errors import NotFound
from aggregator.services.reading import revisions
from aggregator.types import Change, EntryText, EntryVersion, SeenChange
from web.api import params, presenters
from web.api.answers import conditional
from web.api.operations import operation
from web.api.presenters import JsonObject
from web.request import params as request_params
from web.request.auth import current_user, require
from web.request.changes import parse_change_filter, site_zone
from web.request.database import read_session
from web.request.params import invalid_param

blueprint = Blueprint("changes", __name__)


@blueprint.get("/changes")
@operation(
    "ChangePage",
    "Only what was changed without saying so, unless `announced=1`.",
    query=params.CHANGES,
)
def index() -> Response:
    """List what was changed on a day, the latest change first."""
    require("entry.read")
    values = params.require_known(request.args, params.CHANGES)
    chosen = parse_change_filter(values)
    limit = request_params.integer(values, "limit", 1, params.MAX_LIMIT) or params.DEFAULT_LIMIT
    cursor = request_params.cursor(values)
    try:
        page = revisions.list_changes(read_session(), chosen, site_zone(), cursor, limit)
    except NotFound as error:
        raise invalid_param(error.noun, f"there is no {error.noun} {error.name}") from error
    changes = [_seen_change(each) for each in page.changes]
    return conditional(jsonify(day=str(chosen.day), changes=changes, next_cursor=page.next_cursor))


@blueprint.get("/entries/<int:entry_id>/revisions")
@operation("Revisions", statuses=(404,))
def show(entry_id: int) -> Response:
    """All versions of an entry, the first one first."""
    require("entry.read")
    params.require_known(request.args)
    history = revisions.find_history(read_session(), current_user(), entry_id)
    return conditional(
        jsonify(
            entry_id=entry_id,
            left_feed_at=presenters.utc(history.entry.left_feed_at),
            versions=[_version(each) for each in history.versions],
        )
    )


def _seen_change(seen: SeenChange) -> JsonObject:
    return {
        "entry": presenters.entry_summary(seen.entry),
        "version": seen.number,
        "seen_at": presenters.utc(seen.seen_at),
        **_change(seen.change),
        "before": _text(seen.before),
        "after": _text(seen.after),
    }


def _version(version: EntryVersion) -> JsonObject:
    change = _change(version.change) if version.change else None
    return {
        "version": version.number,
        "seen_at": presenters.utc(version.seen_at),
        "change": change,
        **_text(version.text),
    }


def _change(change: Change) -> JsonObject:
    return {
        "size": change.size,
        "announced": not change.silent,
        "title_changed": change.title_changed,
    }


def _text(text: EntryText) -> JsonObject:
    return {"title": text.title, "summary": text.summary, "content": text.content}

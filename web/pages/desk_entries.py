"""Manual curation of a topic: pins and removals."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from aggregator.services.desk import topics
from aggregator.types import User
from aggregator.types.audit import ActKind
from web.request import audit, params
from web.request.auth import now, require_user
from web.request.database import read_session, write_session
from web.request.flashes import flash
from web.request.i18n import translate

blueprint = Blueprint("desk_entries", __name__, url_prefix="/desk/topics")

# Days for which an entry stays pinned; 0 until it is unpinned.
PIN_DAYS = (0, 1, 3, 7, 30)
_KINDS: dict[str, ActKind] = {
    "pin": "topic.pin",
    "unpin": "topic.unpin",
    "up": "topic.move_pin",
    "down": "topic.move_pin",
    "remove": "topic.remove",
    "restore": "topic.restore",
}


@blueprint.get("/<slug>/entries")
def index(slug: str) -> str:
    """List the entries of a topic, each with why it is there."""
    require_user("topic.edit")
    found = topics.get_desk_view(read_session(), slug, params.cursor(request.args), now())
    return render_template(
        "desk/entries.html", found=found, topic=found.topic, pin_days=PIN_DAYS,
        pinned={pin.entry.id for pin in found.pins},
    )  # fmt: skip


@blueprint.post("/<slug>/entries/<int:entry_id>/<action>")
def act(slug: str, entry_id: int, action: str) -> Response:
    """Pin, unpin, move up or down, remove or restore an entry."""
    editor = require_user("topic.edit")
    with write_session() as session:
        _act(session, editor, slug, entry_id, action)
        audit.record(session, _KINDS[action], slug, entry_id)
    flash(translate(f"desk.done_{action}"))
    return make_response(redirect(url_for("desk_entries.index", slug=slug), 303))


def _act(session: Session, editor: User, slug: str, entry_id: int, action: str) -> None:
    moment, form = now(), request.form
    if action == "pin":
        days = form.get("days", "0")
        if days not in map(str, PIN_DAYS):
            raise params.invalid_param("days", "one of the choices of the form")
        note = form.get("note", "")
        topics.pin(session, editor, slug, entry_id, days=int(days), note=note, now=moment)
    elif action == "unpin":
        topics.unpin(session, slug, entry_id)
    elif action in ("up", "down"):
        topics.move_pin(session, slug, entry_id, action == "up", moment)
    elif action == "remove":
        topics.remove(session, editor, slug, entry_id, form.get("reason", ""), moment)
    elif action == "restore":
        topics.restore(session, slug, entry_id, moment)
    else:
        raise params.invalid_param("action", "pin, unpin, up, down, remove or restore")

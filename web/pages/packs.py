"""Following a pack of sources and topics with one click, and undoing it."""

from __future__ import annotations

import re

from flask import Blueprint, Response, make_response, redirect, request

from aggregator.services.reading import packs
from aggregator.services.reading.packs import FollowedPack
from aggregator.types import User
from web.presentation import isolated, pack_name
from web.request import params
from web.request.auth import now, require_user
from web.request.database import write_session
from web.request.flashes import flash, flash_with_undo
from web.request.i18n import translate, translate_count
from web.request.security import own_path, safe_next
from web.state import app_state

blueprint = Blueprint("packs", __name__)

# Of one pack, in the form that undoes following it.
_IDS = re.compile(r"(?:[0-9]{1,9}(?: [0-9]{1,9}){0,999})?")


@blueprint.post("/following/packs/<slug>")
def follow(slug: str) -> Response:
    """Follow a pack; with `on=0` unfollow what that added (`sources`, `topics`: ids)."""
    reader = require_user("source.follow")
    if params.on(request.form):
        with write_session() as session:
            done = packs.follow_pack(session, reader, slug, app_state().packs, now())
        _report(slug, done)
    else:
        _undo(reader)
    return make_response(redirect(safe_next(request.form.get("next"), own_path("/mine")), 303))


def _report(slug: str, done: FollowedPack) -> None:
    added = len(done.source_ids) + len(done.topic_ids)
    if not added:
        flash(translate("packs.followed_already", name=isolated(pack_name(done.pack))))
        return
    flash_with_undo(
        translate_count("packs.followed", added),
        f"/following/packs/{slug}",
        on="0",
        sources=" ".join(map(str, done.source_ids)),
        topics=" ".join(map(str, done.topic_ids)),
    )


def _undo(reader: User) -> None:
    sources, topics = _read_ids("sources"), _read_ids("topics")
    with write_session() as session:
        packs.undo_pack(session, reader, sources, topics)
    flash(translate("packs.undone"))


def _read_ids(name: str) -> list[int]:
    value = request.form.get(name, "")
    if not _IDS.fullmatch(value):
        raise params.invalid_param(name, "ids with a space between them")
    return list(map(int, value.split()))

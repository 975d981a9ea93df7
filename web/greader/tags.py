"""Labels: the reader's tags and folders; and preferences, of which there are none."""

from __future__ import annotations

from flask import Response, jsonify

from aggregator.services.reading import folders, tagging
from aggregator.services.sync import subscribing
from aggregator.services.sync.followed import load_followed
from aggregator.services.sync.names import STARRED, StreamName
from web.greader.access import reader
from web.greader.context import folder_name, sync_context
from web.greader.ids import parse_stream_id, stream_id
from web.greader.parameters import parameters
from web.greader.routes import ok, reads, writes
from web.request import params
from web.request.auth import now
from web.request.database import read_session, write_session
from web.request.i18n import current_language


@reads("tag/list")
def list_all() -> Response:
    """Folders and tags, as streams with their type; what has both is a folder."""
    session, context = read_session(), sync_context()
    followed = load_followed(session, context)
    places = sorted(followed.by_place)
    names = [
        *(folder.name for folder in folders.list_folders(session, reader())),
        *(folder_name(*place, current_language()) for place in places),
    ]
    kinds = {tag.name: "tag" for tag in tagging.list_tags(session, reader())}
    kinds = dict.fromkeys(names, "folder") | {
        tag: kind for tag, kind in kinds.items() if tag not in names
    }
    labels = [
        {"id": stream_id(StreamName("label", label=label)), "type": kind}
        for label, kind in kinds.items()
    ]
    return jsonify(tags=[{"id": stream_id(STARRED)}, *labels])


@writes("rename-tag")
def rename() -> Response:
    """Rename a folder or a tag."""
    old, new = _label("s", "t"), _label("dest")
    with write_session() as session:
        context = sync_context()
        followed = load_followed(session, context)
        subscribing.rename_label(session, context, followed, old, new, now())
    return ok()


@writes("disable-tag")
def disable() -> Response:
    """Delete a folder, whose sources stay followed, or a tag."""
    name = _label("s", "t")
    with write_session() as session:
        context = sync_context()
        subscribing.delete_label(session, context, load_followed(session, context), name)
    return ok()


@reads("preference/list")
def preferences() -> Response:
    """No preferences."""
    return jsonify(prefs=[])


@reads("preference/stream/list")
def stream_preferences() -> Response:
    """No preferences of streams."""
    return jsonify(streamprefs={})


@writes("preference/set")
@writes("preference/stream/set")
def set_preference() -> Response:
    """Accept what apps want to remember, and forget it."""
    return ok()


def _label(*parameter: str) -> str:
    """The label in a parameter: as the id of a stream, or just its name. Raises InvalidInput."""
    text = next(iter(parameters().many(*parameter)), "")
    if text and "/" not in text:
        return text
    name = parse_stream_id(text) if text else None
    if name is None or name.kind != "label":
        raise params.invalid_param(parameter[0], "user/-/label/NAME")
    return name.label

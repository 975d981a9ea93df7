"""POST /api/v1/entries/read, /star, /tag and /mark-all-read."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request

from aggregator.services.reading import marking, tagging
from aggregator.types import BulkChange, EntryFilter
from web.api import bodies, params
from web.api.operations import operation
from web.caches.unread_counts import note_read_change
from web.request.auth import now, require_user
from web.request.database import write_session
from web.request.search_share import change_share

blueprint = Blueprint("marking", __name__, url_prefix="/entries")

IDS = bodies.ids("ids", "Entries.", marking.MAX_IDS_PER_REQUEST)
READ = bodies.switch("on", "Whether they are read from now on.")
STARRED = bodies.switch("on", "Whether they are starred from now on.")
TAGS = bodies.tags(
    "tags", "Tags of at most 60 characters; a new one is created.", tagging.MAX_TAGS_PER_ENTRY
)
TAGGED = bodies.switch("on", "Whether they have these tags from now on.")
SOURCE = bodies.slug("source", "Only entries of this source.")
TOPIC = bodies.slug("topic", "Only entries of this topic.")
BEFORE = bodies.moment(
    "before",
    "Only what had arrived by then, so that nothing is marked that you have not been shown; now "
    "unless given.",
)


@blueprint.post("/read")
@operation(
    "EntriesChanged",
    "All duplicates of an entry are marked with it, as on the pages.",
    body=(IDS, READ),
    example={"ids": [1, 2, 3], "on": True},
)
def read() -> Response:
    """Mark entries as read or unread."""
    reader = require_user("entry.mark")
    values = _read_body(IDS, READ)
    with change_share(reader), write_session() as session:
        found, change = marking.mark_known(session, reader, values[IDS], values[READ], now())
    note_read_change(reader, change)
    return _changed(found)


@blueprint.post("/star")
@operation("EntriesChanged", body=(IDS, STARRED), example={"ids": [1], "on": True})
def star() -> Response:
    """Star or unstar entries."""
    reader = require_user("entry.star")
    values = _read_body(IDS, STARRED)
    with change_share(reader), write_session() as session:
        found = tagging.star_entries(session, reader, values[IDS], values[STARRED], now())
    return _changed(found)


@blueprint.post("/tag")
@operation(
    "EntriesChanged",
    f"An entry has at most {tagging.MAX_TAGS_PER_ENTRY} tags; if one would have more, none is "
    "changed.",
    body=(IDS, TAGS, TAGGED),
    example={"ids": [1, 2], "tags": ["ماء"], "on": True},
)
def tag() -> Response:
    """Tag entries, or take tags off them."""
    reader = require_user("entry.tag")
    values = _read_body(IDS, TAGS, TAGGED)
    with change_share(reader), write_session() as session:
        found = tagging.tag_entries(
            session, reader, values[IDS], values[TAGS], values[TAGGED], now()
        )
    return _changed(found)


@blueprint.post("/mark-all-read")
@operation(
    "AllRead",
    "Without `source` or `topic`, of all entries but those of muted sources.",
    body=(SOURCE, TOPIC, BEFORE),
    example={"source": "hespress", "before": "2026-11-24T02:18:48Z"},
    statuses=(404,),
)
def mark_all_read() -> Response:
    """Mark everything, a source or a topic as read."""
    reader = require_user("entry.mark")
    values = _read_body(SOURCE, TOPIC, BEFORE)
    chosen = EntryFilter(source=values.get(SOURCE), topic=values.get(TOPIC))
    moment = now()
    with change_share(reader), write_session() as session:
        marked, is_cut = marking.mark_arrived(
            session, reader, chosen, moment, values.get(BEFORE) or moment
        )
    return jsonify(count=marked.count, more=is_cut)


def _read_body(*fields: bodies.Field[Any]) -> bodies.Values:
    params.require_known(request.args)
    return bodies.read_body(fields)


def _changed(found: BulkChange) -> Response:
    return jsonify(changed=found.changed, unknown=found.unknown)

"""Marking: read, starred and tagged items, and whole streams."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Response

from aggregator.services.sync import marks
from aggregator.services.sync.followed import load_followed
from aggregator.services.sync.marks import EntryEdit
from aggregator.services.sync.names import StreamName
from aggregator.services.sync.streams import open_stream
from web.caches.unread_counts import note_read_change
from web.greader.access import reader
from web.greader.context import find_stream, sync_context
from web.greader.ids import end_of, parse_item_id, parse_stream_id, parse_time
from web.greader.parameters import parameters
from web.greader.routes import ok, writes
from web.request import params
from web.request.auth import now
from web.request.database import read_session, write_session

MAX_ITEMS_PER_EDIT = 10_000
# Streams to mark as read at once: each takes a transaction of its own.
MAX_STREAMS = 500


@writes("edit-tag")
def edit_tag() -> Response:
    """Mark, star or tag items."""
    given = parameters()
    ids = list(dict.fromkeys(map(parse_item_id, given.many("i"))))
    if not 0 < len(ids) <= MAX_ITEMS_PER_EDIT:
        raise params.invalid_param("i", f"1 to {MAX_ITEMS_PER_EDIT} ids at once")
    edit = _edit(map(parse_stream_id, given.many("a")), map(parse_stream_id, given.many("r")))
    with write_session() as session:
        change = marks.edit_entries(session, reader(), ids, edit, now())
    note_read_change(reader(), change)
    return ok()


@writes("mark-all-as-read")
def mark_all_as_read() -> Response:
    """Mark streams as read, up to the time that the app last saw of them."""
    given = parameters()
    until = parse_time(given.one("ts"), "ts")
    names = [find_stream(read_session(), text) for text in given.streams("s", MAX_STREAMS)]
    if not names:
        raise params.invalid_param("s", "a stream")
    for name in names:
        with write_session() as session:
            context = sync_context()
            stream = open_stream(session, context, load_followed(session, context), name)
            marks.mark_stream_read(
                session, reader(), stream, end_of(until) if until else None, now()
            )
    return ok()


def _edit(added: Iterable[StreamName], removed: Iterable[StreamName]) -> EntryEdit:
    """What adding and removing these states and labels means."""
    add, remove = list(added), list(removed)
    kinds, gone = {name.kind for name in add}, {name.kind for name in remove}
    read = None
    if "read" in kinds:
        read = True
    elif "read" in gone or "unread" in kinds:
        read = False
    return EntryEdit(
        read=read,
        starred=True if "starred" in kinds else False if "starred" in gone else None,
        add_tags=tuple(name.label for name in add if name.kind == "label"),
        remove_tags=tuple(name.label for name in remove if name.kind == "label"),
    )

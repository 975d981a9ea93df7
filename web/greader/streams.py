"""Reading streams: ids, contents, counts of what is unread."""

from __future__ import annotations

from dataclasses import replace

from flask import Response, jsonify
from sqlalchemy.orm import Session

from aggregator.errors import InvalidInput
from aggregator.services.sync.contents import Item, find_items, stream_title
from aggregator.services.sync.counts import count_streams
from aggregator.services.sync.followed import Followed, load_followed
from aggregator.services.sync.names import ALL, StreamName, SyncContext
from aggregator.services.sync.streams import (
    IdPage,
    StreamFilter,
    arrival_bounds,
    list_ids,
    open_stream,
)
from aggregator.storage.listing.arrivals import Bounds
from aggregator.types import UNREAD_CAP
from aggregator.types.limits import MAX_ID, parse_id
from web.caches.unread_counts import unread_counts
from web.greader import atom
from web.greader.access import reader
from web.greader.context import find_stream, sync_context
from web.greader.ids import end_of, parse_item_id, parse_time, stream_id
from web.greader.parameters import Parameters, parameters
from web.greader.presenters import present_counts, present_item
from web.greader.routes import blueprint, reads
from web.request import params
from web.request.auth import now
from web.request.database import read_session, settings
from web.request.i18n import current_language, direction_of

DEFAULT_ITEMS = 20
MAX_IDS = 10_000
MAX_CONTENTS = 1000
# Streams in `it` and in `xt`: each is looked up, and asked about every page of ids.
MAX_FILTERS = 20


@reads("stream/items/ids")
def item_ids() -> Response:
    """The ids of a stream in decimal."""
    given = parameters()
    session, context = read_session(), sync_context()
    followed = load_followed(session, context)
    text = given.one("s")
    name = find_stream(session, text) if text else ALL
    page = _list(session, context, followed, name, given, MAX_IDS)
    body: dict[str, object] = {"itemRefs": [{"id": str(id_)} for id_ in page.ids]}
    return jsonify(body | _continuation(page))


@reads("stream/items/contents")
def item_contents() -> Response:
    """Items by their ids."""
    ids = list(dict.fromkeys(map(parse_item_id, parameters().many("i"))))
    if len(ids) > MAX_CONTENTS:
        raise params.invalid_param("i", f"at most {MAX_CONTENTS} ids at once")
    session, context = read_session(), sync_context()
    items = find_items(session, context, load_followed(session, context), ids)
    return jsonify(_document(ALL, "", items))


@reads("stream/contents")
@reads("stream/contents/")
@reads("stream/contents/<path:stream>")
def contents(stream: str = "") -> Response:
    """The items of a stream."""
    given = parameters()
    name, title, items, page = _read(stream, given)
    return jsonify(_document(name, title, items) | _continuation(page))


@blueprint.get("/reader/atom/<path:stream>")
def atom_feed(stream: str) -> Response:
    """The items of a stream as Atom, for apps that poll subscriptions like any feed."""
    name, title, items, _ = _read(stream, parameters())
    document = atom.write(name, title, items, current_language(), now())
    return Response(document, content_type="application/atom+xml; charset=utf-8")


@reads("unread-count")
def unread_count() -> Response:
    """Unread items of everything, each folder and each subscription."""
    session, context = read_session(), sync_context()
    followed = load_followed(session, context)
    counts = count_streams(session, context, followed, unread_counts(reader()))
    return jsonify(present_counts(counts, UNREAD_CAP))


def _read(stream: str, given: Parameters) -> tuple[StreamName, str, tuple[Item, ...], IdPage]:
    session, context = read_session(), sync_context()
    followed = load_followed(session, context)
    text = stream or given.one("s")
    name = find_stream(session, text) if text else ALL
    page = _list(session, context, followed, name, given, MAX_CONTENTS)
    items = find_items(session, context, followed, page.ids, name)
    return name, stream_title(followed, name, items), items, page


def _list(
    session: Session,
    context: SyncContext,
    followed: Followed,
    name: StreamName,
    given: Parameters,
    most: int,
) -> IdPage:
    """A page of ids as the parameters `n, c, r, ot, nt, xt, it` want it. Raises InvalidInput."""
    stream = open_stream(session, context, followed, name)
    wanted = _filter(session, context, followed, given)
    return list_ids(
        session, context.reader.id, stream, wanted, given.number("n", DEFAULT_ITEMS, most)
    )


def _filter(
    session: Session, context: SyncContext, followed: Followed, given: Parameters
) -> StreamFilter:
    wanted = StreamFilter(_bounds(session, given))
    for parameter in ("it", "xt"):
        for text in given.streams(parameter, MAX_FILTERS):
            name = find_stream(session, text)
            if name.kind in ("read", "unread"):
                unread = (name.kind == "unread") is (parameter == "it")
                if wanted.unread is not None and wanted.unread is not unread:
                    raise InvalidInput("error.bad_request", "it and xt leave nothing")
                wanted = replace(wanted, unread=unread)
                continue
            stream = open_stream(session, context, followed, name)
            if parameter == "it":
                wanted = replace(wanted, only=(*wanted.only, stream))
            else:
                wanted = replace(wanted, without=(*wanted.without, stream))
    return wanted


def _bounds(session: Session, given: Parameters) -> Bounds:
    """Times of arrival and the continuation as bounds of ids; both times are inclusive."""
    oldest, newest = parse_time(given.one("ot"), "ot"), parse_time(given.one("nt"), "nt")
    bounds = arrival_bounds(
        session,
        oldest[0] if oldest else None,
        end_of(newest) if newest else None,
        oldest_first=given.one("r") == "o",
    )
    if not given.one("c"):
        return bounds
    last = parse_id(given.one("c"))
    if last is None:
        raise params.invalid_param("c", "take it from continuation, unchanged")
    after = bounds.after(last)
    return replace(
        after, above=max(after.above, bounds.above), up_to=min(after.up_to, bounds.up_to, MAX_ID)
    )


def _document(name: StreamName, title: str, items: tuple[Item, ...]) -> dict[str, object]:
    id_ = stream_id(name)
    return {
        "direction": direction_of(current_language()),
        "id": id_,
        "title": title,
        "self": [{"href": f"{settings().base_url}/reader/api/0/stream/contents/{id_}"}],
        "updated": int(now().timestamp()),
        "items": list(map(present_item, items)),
    }


def _continuation(page: IdPage) -> dict[str, str]:
    return {} if page.rest is None else {"continuation": str(page.rest)}

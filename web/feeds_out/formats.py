"""The formats of feeds, the parameters that all feeds take, and how a document is served."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from flask import Blueprint, Response, request

from web.feeds_out import atom, jsonfeed, rss, table
from web.feeds_out.documents import ListFeed, ListFeedEntry
from web.request import params
from web.request.database import settings

MAX_LIMIT, DEFAULT_LIMIT = 200, 50


class FeedFormat(NamedTuple):
    """A format of feeds: the function that writes it, its media type and its name."""

    write: Callable[[ListFeed], bytes]
    content_type: str
    name: str


FORMATS: Mapping[str, FeedFormat] = {
    "atom": FeedFormat(atom.write, atom.CONTENT_TYPE, "Atom"),
    "rss": FeedFormat(rss.write, rss.CONTENT_TYPE, "RSS"),
    "json": FeedFormat(jsonfeed.write, jsonfeed.CONTENT_TYPE, "JSON Feed"),
}

View = Callable[..., Response]


def feed_route(blueprint: Blueprint, path: str) -> Callable[[View], View]:
    """Route `path` with the suffix of each format to a view, which takes the format as `kind`."""

    def register(view: View) -> View:
        for kind in FORMATS:
            blueprint.get(f"{path}.{kind}", defaults={"kind": kind})(view)
        return view

    return register


def feed_response(document: ListFeed, kind: str) -> Response:
    """Serve a feed in one of the `FORMATS`."""
    format_ = FORMATS[kind]
    body = format_.write(document)
    response = document_response(body, format_.content_type, document.updated_at)
    if document.self_url:
        response.headers.add("Link", f'<{document.self_url}>; rel="self"')
    if document.hub_url:
        response.headers.add("Link", f'<{document.hub_url}>; rel="hub"')
    return response


def table_response(items: Sequence[ListFeedEntry], name: str, changed: datetime) -> Response:
    """Serve entries as NAME.csv."""
    return csv_response(table.write(items), name, changed)


def csv_response(body: bytes, name: str, changed: datetime) -> Response:
    """Serve a table as NAME.csv."""
    response = document_response(body, table.CONTENT_TYPE, changed)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def document_response(body: bytes, type_: str, changed: datetime | None) -> Response:
    """Serve a document, or "304 Not Modified" to a client that has it."""
    response = Response(body, content_type=f"{type_}; charset=utf-8")
    response.last_modified = changed
    shared = "public" if settings().public_reading else "private"
    response.headers["Cache-Control"] = f"{shared}, max-age=300"
    response.vary.update(("Accept-Language", "Cookie", "Authorization"))
    response.add_etag()
    response.make_conditional(request)
    return response


def wants_full_text() -> bool:
    """Whether `text=full` asks for whole texts. Raises InvalidInput."""
    text = request.args.get("text", "summary")
    if text not in ("summary", "full"):
        raise params.invalid_param("text", '"summary" or "full"')
    return text == "full"


def limit(maximum: int = MAX_LIMIT, default: int = DEFAULT_LIMIT) -> int:
    """The number of entries that `limit=` asks for. Raises InvalidInput."""
    return params.integer(request.args, "limit", 1, maximum) or default


def self_url() -> str:
    """The public address of this document."""
    query = request.query_string.decode("ascii", "replace")
    address = f"{settings().base_url}{request.path}"
    return f"{address}?{query}" if query else address

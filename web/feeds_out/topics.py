"""GET /topics/SLUG.atom, .rss, .json, .opml and .csv."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

from flask import Blueprint, Response, request

from aggregator.parse.opml import write_opml
from aggregator.services.reading import topics
from aggregator.types import Topic
from web.feeds_out import atom, jsonfeed, rss, table
from web.feeds_out.documents import TopicFeed, TopicFeedEntry, last_modified, to_feed_entry
from web.request import params
from web.request.auth import require
from web.request.database import read_session, settings
from web.request.i18n import current_language

blueprint = Blueprint("topic_feeds", __name__, url_prefix="/topics")

MAX_LIMITS = {"csv": 5000}
DEFAULT_LIMITS = {"csv": 1000}
_MAX_LIMIT, _DEFAULT_LIMIT = 200, 50


class FeedFormat(NamedTuple):
    """A format of feeds: the function that writes it and its media type."""

    write: Callable[[TopicFeed], bytes]
    content_type: str


_FORMATS: Mapping[str, FeedFormat] = {
    "atom": FeedFormat(atom.write, atom.CONTENT_TYPE),
    "rss": FeedFormat(rss.write, rss.CONTENT_TYPE),
    "json": FeedFormat(jsonfeed.write, jsonfeed.CONTENT_TYPE),
}


@blueprint.get("/<slug>.atom", defaults={"kind": "atom"})
@blueprint.get("/<slug>.rss", defaults={"kind": "rss"})
@blueprint.get("/<slug>.json", defaults={"kind": "json"})
def feed(slug: str, kind: str) -> Response:
    """The newest entries of a topic."""
    topic = _topic(slug)
    language = _language(topic)
    items = _items(topic, language, kind, full=_wants_full_text())
    content, base = topic.content, settings().base_url
    document = TopicFeed(
        title=content.name.get(language),
        about=content.about.get(language),
        language=language,
        page_url=f"{base}/topics/{slug}",
        self_url=_self_url(base),
        hub_url=settings().hub,
        updated_at=last_modified(topic, items),
        items=items,
    )
    format_ = _FORMATS[kind]
    body = format_.write(document)
    response = _document_response(body, format_.content_type, document.updated_at)
    response.headers.add("Link", f'<{document.self_url}>; rel="self"')
    if document.hub_url:
        response.headers.add("Link", f'<{document.hub_url}>; rel="hub"')
    return response


@blueprint.get("/<slug>.opml")
def sources(slug: str) -> Response:
    """The feeds of the sources whose entries are in a topic."""
    topic = _topic(slug)
    language = _language(topic)
    outlines = topics.source_outlines(read_session(), topic, language)
    text = write_opml(topic.content.name.get(language), outlines)
    return _document_response(text.encode(), "text/x-opml", None)


@blueprint.get("/<slug>.csv")
def entries(slug: str) -> Response:
    """The newest entries of a topic as a table."""
    topic = _topic(slug)
    items = _items(topic, _language(topic), "csv", full=False)
    body, changed = table.write(items), last_modified(topic, items)
    response = _document_response(body, table.CONTENT_TYPE, changed)
    response.headers["Content-Disposition"] = f'attachment; filename="{slug}.csv"'
    return response


def _topic(slug: str) -> Topic:
    require("topic.read")
    return topics.find(read_session(), slug)


def _items(topic: Topic, language: str, kind: str, *, full: bool) -> tuple[TopicFeedEntry, ...]:
    found, reasons = topics.newest_details(read_session(), topic, _limit(kind))
    base = settings().base_url
    return tuple(
        to_feed_entry(entry, reasons.get(entry.summary.id), base, language, full=full)
        for entry in found
    )


def _language(topic: Topic) -> str:
    """The language of `lang=`, else of the visitor, if the topic has a name in it."""
    return topic.content.name.language(params.language(request.args) or current_language())


def _wants_full_text() -> bool:
    text = request.args.get("text", "summary")
    if text not in ("summary", "full"):
        raise params.invalid_param("text", '"summary" or "full"')
    return text == "full"


def _limit(kind: str) -> int:
    maximum, default = MAX_LIMITS.get(kind, _MAX_LIMIT), DEFAULT_LIMITS.get(kind, _DEFAULT_LIMIT)
    return params.integer(request.args, "limit", 1, maximum) or default


def _self_url(base: str) -> str:
    """The public address of this document."""
    query = request.query_string.decode("ascii", "replace")
    address = f"{base}{request.path}"
    return f"{address}?{query}" if query else address


def _document_response(body: bytes, type_: str, changed: datetime | None) -> Response:
    """Serve a document, or "304 Not Modified" to a client that has it."""
    response = Response(body, content_type=f"{type_}; charset=utf-8")
    response.last_modified = changed
    response.headers["Cache-Control"] = (
        "public, max-age=300" if settings().public_reading else "private, max-age=300"
    )
    response.vary.update(("Accept-Language", "Cookie", "Authorization"))
    response.add_etag()
    response.make_conditional(request)
    return response

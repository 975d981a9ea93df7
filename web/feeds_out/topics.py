"""GET /topics/SLUG.atom, .rss, .json, .opml and .csv."""

from __future__ import annotations

from flask import Blueprint, Response, request

from aggregator.parse.opml import write_opml
from aggregator.services.reading import topics
from aggregator.types import Topic
from web.feeds_out import formats
from web.feeds_out.documents import ListFeed, ListFeedEntry, last_modified, to_feed_entry
from web.request import params
from web.request.auth import require
from web.request.database import read_session, settings
from web.request.i18n import current_language

blueprint = Blueprint("topic_feeds", __name__, url_prefix="/topics")

# Maximum and default rows of a topic as a table.
MAX_ROWS, DEFAULT_ROWS = 5000, 1000


@formats.feed_route(blueprint, "/<slug>")
def feed(slug: str, kind: str) -> Response:
    """The newest entries of a topic."""
    topic = _topic(slug)
    language = _language(topic)
    items = _items(topic, language, formats.limit(), full=formats.wants_full_text())
    content = topic.content
    page = f"{settings().base_url}/topics/{slug}"
    document = ListFeed(
        id=page,
        title=content.name.get(language),
        about=content.about.get(language),
        language=language,
        page_url=page,
        self_url=formats.self_url(),
        updated_at=last_modified(items, topic.published_at or topic.updated_at),
        items=items,
        hub_url=settings().hub,
    )
    return formats.feed_response(document, kind)


@blueprint.get("/<slug>.opml")
def sources(slug: str) -> Response:
    """The feeds of the sources whose entries are in a topic."""
    topic = _topic(slug)
    language = _language(topic)
    outlines = topics.source_outlines(read_session(), topic, language)
    text = write_opml(topic.content.name.get(language), outlines)
    return formats.document_response(text.encode(), "text/x-opml", None)


@blueprint.get("/<slug>.csv")
def entries(slug: str) -> Response:
    """The newest entries of a topic as a table."""
    topic = _topic(slug)
    limit = formats.limit(MAX_ROWS, DEFAULT_ROWS)
    items = _items(topic, _language(topic), limit, full=False)
    return formats.table_response(
        items, slug, last_modified(items, topic.published_at or topic.updated_at)
    )


def _topic(slug: str) -> Topic:
    require("topic.read")
    return topics.find(read_session(), slug)


def _items(topic: Topic, language: str, limit: int, *, full: bool) -> tuple[ListFeedEntry, ...]:
    found, reasons = topics.newest_details(read_session(), topic, limit)
    base = settings().base_url
    return tuple(
        to_feed_entry(entry, reasons.get(entry.summary.id), base, language, full=full)
        for entry in found
    )


def _language(topic: Topic) -> str:
    """The language of `lang=`, else of the visitor, if the topic has a name in it."""
    return topic.content.name.language(params.language(request.args) or current_language())

"""JSON Feed 1.0 and 1.1 to `ParsedFeed`, whatever the types of its values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from html import escape

from aggregator.errors import ParseError
from aggregator.parse.cdata import unwrap_cdata
from aggregator.parse.dates import date_problem, parse_date
from aggregator.parse.encoding import clean_markup
from aggregator.parse.short_texts import (
    byte_length,
    category_names,
    clean_guid,
    distinct_enclosures,
    language_code,
    person_name,
    plain_title,
    unique,
)
from aggregator.process.html.pictures import Candidate, best_picture, media_type
from aggregator.types import Enclosure, FeedDocument, FeedProblem, ParsedEntry, ParsedFeed
from aggregator.urls import published_url, resolve_url

_VERSION = re.compile(r"https?://(?:www\.)?jsonfeed\.org/version/1(\.1)?/?$")
_MAX_TEXT = 2_000_000

Members = dict[str, object]


def parse_json_feed(
    text: str, document: FeedDocument, problems: tuple[FeedProblem, ...], limit: int
) -> ParsedFeed:
    """Parse the text of a JSON Feed; keeps the newest `limit` entries.

    Ignores values of the wrong type, entry by entry. Raises `ParseError` of the kind "not_a_feed"
    for other JSON. Source: https://www.jsonfeed.org/version/1.1/
    """
    feed = _members(text)
    version = _VERSION.match(_string(feed, "version"))
    items = feed.get("items")
    if not isinstance(items, list) or (version is None and "version" in feed):
        raise ParseError("not_a_feed", "JSON, but not a JSON Feed")
    records = [item for item in items if isinstance(item, dict)]
    if len(records) < len(items):
        detail = f"{len(items) - len(records)} entries that are not objects"
        problems += (FeedProblem("damaged", detail),)
    if len(records) > limit:
        detail = f"{len(records)} entries, {limit} read"
        problems += (FeedProblem("too_many_entries", detail),)
        records = _newest(records, limit, document.timezone)
    entries = tuple(_entry(record, feed, document) for record in records)
    undated = date_problem(_unread_dates(records, entries))
    return ParsedFeed(
        format="json 1.1" if version and version[1] else "json 1.0",
        title=plain_title(_string(feed, "title"), "text"),
        site_url=published_url(_string(feed, "home_page_url"), document.url),
        language=language_code(_string(feed, "language")),
        entries=entries,
        problems=(*problems, undated) if undated else problems,
        hub_url=next(_hubs(feed, document.url), None),
        self_url=resolve_url(_string(feed, "feed_url"), document.url),
    )


def _members(text: str) -> Members:
    try:
        value = json.loads(text, strict=False)
    except (ValueError, RecursionError) as error:
        raise ParseError("not_a_feed", "JSON that cannot be read") from error
    return value if isinstance(value, dict) else {}


def _entry(record: Members, feed: Members, document: FeedDocument) -> ParsedEntry:
    html, text = _string(record, "content_html"), _string(record, "content_text")
    summary = _string(record, "summary")  # plain text, whatever the content is
    language = language_code(_string(record, "language"))
    site = published_url(_string(feed, "home_page_url"), document.url) or document.url
    url = published_url(_string(record, "url"), site)
    url = url or published_url(_string(record, "external_url"), site)
    base = url or site
    enclosures = distinct_enclosures(_attachments(record, base))
    return ParsedEntry(
        guid=clean_guid(_string(record, "id")),
        url=url,
        title=plain_title(_string(record, "title"), "text"),
        authors=unique(_authors(record), 10) or unique(_authors(feed), 10),
        summary_html=escape(summary, quote=False) if html else summary,
        content_html=html or text,
        plain_text=not html,
        base_url=base,
        categories=category_names(_strings(record.get("tags"))),
        enclosures=enclosures,
        image_url=_image(record, enclosures, base),
        published_at=_date(record, "date_published", document.timezone),
        updated_at=_date(record, "date_modified", document.timezone),
        language=None if language == language_code(_string(feed, "language")) else language,
    )


def _newest(records: list[Members], limit: int, timezone: str) -> list[Members]:
    """The newest `limit` records in their order; the first ones if fewer than half are dated."""
    dates = [_date(record, "date_published", timezone) for record in records]
    times = [date.timestamp() if date else 0.0 for date in dates]
    order = list(range(len(records)))
    if sum(date is not None for date in dates) * 2 >= len(records):
        order.sort(key=lambda index: -times[index])
    return [records[index] for index in sorted(order[:limit])]


def _string(record: Members, name: str) -> str:
    """A member as a string free of forbidden characters; numbers as their digits."""
    value = record.get(name)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return repr(value)[:100]
    return unwrap_cdata(clean_markup(value[:_MAX_TEXT])) if isinstance(value, str) else ""


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, str))


def _records(value: object) -> Iterator[Members]:
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, dict))


def _authors(record: Members) -> Iterator[str]:
    single = record.get("author")
    for author in (*_records(record.get("authors")), *_records([single])):
        yield person_name(_string(author, "name"))
    if isinstance(single, str):
        yield person_name(single)


def _attachments(record: Members, base_url: str) -> Iterator[Enclosure]:
    for attachment in _records(record.get("attachments")):
        url = published_url(_string(attachment, "url"), base_url)
        if url:
            length = byte_length(_string(attachment, "size_in_bytes"))
            kind = media_type(_string(attachment, "mime_type")[:100], url)
            picture = kind.startswith("image/")
            alt = plain_title(_string(attachment, "title"), "text") if picture else ""
            yield Enclosure(url, kind, length, alt)


def _image(record: Members, enclosures: tuple[Enclosure, ...], base_url: str) -> str | None:
    names = ("image", "banner_image")
    urls = [published_url(_string(record, name), base_url) for name in names]
    urls += [enclosure.url for enclosure in enclosures if enclosure.type.startswith("image/")][:1]
    return best_picture(Candidate(url) for url in urls if url)


def _date(record: Members, name: str, timezone: str) -> datetime | None:
    return parse_date(_string(record, name), timezone)


def _unread_dates(records: list[Members], entries: tuple[ParsedEntry, ...]) -> Iterator[str]:
    for record, entry in zip(records, entries, strict=True):
        if entry.published_at is None:
            yield _string(record, "date_published")
        if entry.updated_at is None:
            yield _string(record, "date_modified")


def _hubs(feed: Members, base_url: str) -> Iterator[str]:
    for hub in _records(feed.get("hubs")):
        url = resolve_url(_string(hub, "url"), base_url)
        if url:
            yield url

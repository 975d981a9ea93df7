"""feedparser's dictionaries to `ParsedFeed` and `ParsedEntry`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape
from itertools import islice
from typing import Any

from aggregator.parse.cdata import unwrap_cdata
from aggregator.parse.dates import date_problem, parse_date
from aggregator.parse.short_texts import (
    byte_length,
    category_names,
    clean_guid,
    distinct_enclosures,
    language_code,
    person_name,
    plain_title,
    ttl_from_minutes,
    unique,
)
from aggregator.text.plain import html_to_text
from aggregator.types import Enclosure, FeedDocument, FeedProblem, ParsedEntry, ParsedFeed
from aggregator.urls import resolve_url

Record = Mapping[str, Any]

_PERIOD_MINUTES = {
    "hourly": 60, "daily": 1_440, "weekly": 10_080, "monthly": 43_200, "yearly": 525_600,
}  # fmt: skip
_HTML_TYPES = frozenset(["text/html", "application/xhtml+xml"])
_MARKUP = re.compile(r"<[A-Za-z/!?]|&(?:#[0-9xX]|[A-Za-z]+;)")
_VOID_END = re.compile(r"</(?:area|br|col|embed|hr|img|input|link|meta|source|track|wbr)>")
_MAX_AUTHORS = 10
_MAX_LINKS = 200
# Maximum characters of one element; the rest is dropped.
_MAX_TEXT = 2_000_000


# By feedparser's names for versions.
_FORMATS = {
    "rss090": "rss 0.90", "rss091n": "rss 0.91", "rss091u": "rss 0.91", "rss092": "rss 0.92",
    "rss093": "rss 0.93", "rss094": "rss 0.94", "rss10": "rss 1.0", "rss20": "rss 2.0",
    "atom01": "atom 0.1", "atom02": "atom 0.2", "atom03": "atom 0.3", "atom10": "atom 1.0",
    "atom": "atom",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FeedContext:
    """What entries inherit from their feed."""

    format: str
    base_url: str
    language: str | None
    timezone: str
    unread_dates: list[str] = field(default_factory=list)
    """Dates that were not understood; filled while entries are built."""

    @property
    def atom(self) -> bool:
        """Whether the types of texts are declared rather than guessed."""
        return self.format.startswith("atom")


def build_feed(
    feed: Record,
    entries: Sequence[Record],
    version: str,
    document: FeedDocument,
    problems: tuple[FeedProblem, ...],
) -> ParsedFeed:
    """A `ParsedFeed` from feedparser's records of a feed and its entries."""
    context = FeedContext(
        format=_FORMATS.get(version, "rss"),
        base_url=document.url,
        language=language_code(_text(feed.get("language"))),
        timezone=document.timezone,
    )
    built = tuple(build_entry(entry, context) for entry in entries)
    undated = date_problem(context.unread_dates)
    return ParsedFeed(
        format=context.format,
        title=_title(feed, context),
        site_url=_feed_link(feed, "alternate", document.url),
        language=context.language,
        entries=built,
        problems=(*problems, undated) if undated else problems,
        ttl=_ttl(feed),
        hub_url=_feed_link(feed, "hub", document.url),
        self_url=_feed_link(feed, "self", document.url),
    )


def build_entry(record: Record, context: FeedContext) -> ParsedEntry:
    """A `ParsedEntry` from feedparser's record of an entry.

    An Atom entry without `published` counts as published when it was last updated.
    """
    content, summary = _bodies(record)
    detail = content or summary or _detail(record, "title")
    base = detail.get("base") or context.base_url
    published = _first_date(record, ("published", "created", "updated"), context)
    updated = _first_date(record, ("updated",), context)
    url = _link(record, base)
    content_html, summary_html, plain = _texts(content, summary, context)
    return ParsedEntry(
        guid=clean_guid(_literal(record.get("id"))),
        url=url,
        title=_title(record, context),
        authors=_authors(record),
        summary_html=summary_html,
        content_html=content_html,
        plain_text=plain,
        base_url=base,
        categories=category_names(_terms(record)),
        enclosures=distinct_enclosures(_enclosures(record, base)),
        image_url=_image(record, base),
        published_at=published,
        updated_at=updated if "published" in record or context.atom else None,
        language=_language(record, context),
    )


def _feed_link(feed: Record, rel: str, base_url: str) -> str | None:
    """The feed's link with the relation `rel`: "alternate" (its site), "hub", "self"."""
    if rel == "alternate" and (url := resolve_url(_text(feed.get("link")), base_url)):
        return url
    for link in _links(feed):
        if link.get("rel") == rel and (url := resolve_url(link.get("href"), base_url)):
            return url
    return None


def _ttl(feed: Record) -> timedelta | None:
    """How long the feed asks not to be polled: `<ttl>` (minutes), else sy:updatePeriod."""
    ttl = ttl_from_minutes(byte_length(_text(feed.get("ttl"))))
    if ttl:
        return ttl
    period = _PERIOD_MINUTES.get(_text(feed.get("sy_updateperiod")).strip().lower())
    frequency = byte_length(_text(feed.get("sy_updatefrequency"))) or 1
    return ttl_from_minutes(period / frequency) if period else None


def _literal(value: object) -> str:
    return value[:_MAX_TEXT] if isinstance(value, str) else ""


def _text(value: object) -> str:
    return unwrap_cdata(_literal(value))


def _detail(record: Record, name: str) -> Record:
    detail = record.get(f"{name}_detail")
    return detail if isinstance(detail, Mapping) else {}


def _links(record: Record) -> Iterator[Record]:
    links = islice(record.get("links") or (), _MAX_LINKS)
    return (link for link in links if isinstance(link, Mapping))


def _media(record: Record, name: str) -> Iterator[Record]:
    return islice(record.get(name) or (), _MAX_LINKS)


def _kind(detail: Record) -> str:
    return "html" if detail.get("type") in _HTML_TYPES else "text"


def _title(record: Record, context: FeedContext) -> str:
    text = _text(record.get("title"))
    if not text:
        return plain_title(_text(record.get("media_title")))
    return plain_title(text, _kind(_detail(record, "title")) if context.atom else "")


def _bodies(record: Record) -> tuple[Record, Record]:
    """(content, summary) with their types; feedparser copies one to the other."""
    contents: list[Record] = record.get("content") or []
    content: Record = max(contents, key=_preference, default={})
    summary = _detail(record, "summary")
    if not summary.get("value"):
        text = record.get("summary") or record.get("dc_description") or ""
        summary = {"value": text or record.get("itunes_summary") or "", "type": "text/html"}
    if content and summary["value"] == content.get("value"):
        return content, {}
    return content, summary


def _texts(content: Record, summary: Record, context: FeedContext) -> tuple[str, str, bool]:
    """(content, summary, whether both are plain text); converts one if they differ.

    Atom declares its types; elsewhere a body without a tag or reference is plain text.
    """
    body, short = _html(content), _html(summary)
    if not context.atom:
        return body, short, bool(body or short) and not _MARKUP.search(f"{body} {short}")
    plain = (content or summary).get("type") == "text/plain"
    short_plain = summary.get("type") == "text/plain"
    if content and short and plain != short_plain:
        short = escape(short, quote=False) if short_plain else html_to_text(short)
    return body, short, plain


def _html(detail: Record) -> str:
    """The text of a body; for XHTML without end tags that HTML would read as other elements."""
    text = _text(detail.get("value"))
    return _VOID_END.sub("", text) if detail.get("type") == "application/xhtml+xml" else text


def _preference(content: Record) -> tuple[bool, int]:
    """HTML before anything else, then the longest."""
    return content.get("type") in _HTML_TYPES, len(_text(content.get("value")))


def _first_date(record: Record, names: tuple[str, ...], context: FeedContext) -> datetime | None:
    for name in names:
        text = _text(record.get(name))
        if not text:
            continue
        date = parse_date(text, context.timezone)
        if date:
            return date
        context.unread_dates.append(text)
    return None


def _link(record: Record, base_url: str) -> str | None:
    """The entry's page: feedburner's original link, its link, else a guid that is one."""
    candidates = [record.get("feedburner_origlink"), record.get("link")]
    candidates += [link.get("href") for link in _links(record) if link.get("rel") == "alternate"]
    for candidate in candidates:
        if candidate and (url := resolve_url(_text(candidate), base_url)):
            return url
    guid = _text(record.get("id")).strip()
    if record.get("guidislink") and guid.startswith(("http://", "https://")):
        return resolve_url(guid, base_url)
    return None


def _authors(record: Record) -> tuple[str, ...]:
    people = record.get("authors") or ()
    names = (_text(person.get("name")) or _text(person.get("email")) for person in people)
    return unique((person_name(name) for name in names), _MAX_AUTHORS)


def _terms(record: Record) -> Iterator[str]:
    for tag in record.get("tags") or ():
        yield _text(tag.get("label")) or _text(tag.get("term"))


def _enclosures(record: Record, base_url: str) -> Iterator[Enclosure]:
    for link in _links(record):
        if link.get("rel") == "enclosure":
            yield from _enclosure(link, link.get("href"), base_url)
    for media in _media(record, "media_content"):
        yield from _enclosure(media, media.get("url"), base_url)


def _enclosure(record: Record, address: str | None, base_url: str) -> Iterator[Enclosure]:
    url = resolve_url(address, base_url)
    if url:
        length = byte_length(_text(record.get("length") or record.get("filesize")))
        yield Enclosure(url, _text(record.get("type")).strip().lower()[:100], length)


def _image(record: Record, base_url: str) -> str | None:
    """The first picture that the entry names outside its text."""
    candidates = [picture.get("url") for picture in _media(record, "media_thumbnail")]
    candidates += [
        media.get("url")
        for media in _media(record, "media_content")
        if media.get("medium") == "image" or _text(media.get("type")).startswith("image/")
    ]
    candidates += [
        link.get("href")
        for link in _links(record)
        if link.get("rel") == "enclosure" and _text(link.get("type")).startswith("image/")
    ]
    image = record.get("image")
    candidates.append(image.get("href") if isinstance(image, Mapping) else None)
    for candidate in candidates:
        if candidate and (url := resolve_url(candidate, base_url)):
            return url
    return None


def _language(record: Record, context: FeedContext) -> str | None:
    """The entry's own language, None if it is its feed's."""
    declared = _text(record.get("language")) or _text(_detail(record, "title").get("language"))
    language = language_code(declared)
    return None if language == context.language else language

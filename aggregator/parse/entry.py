"""feedparser's dictionaries to `ParsedFeed` and `ParsedEntry`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape
from itertools import compress, islice
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
from aggregator.process.html.pictures import Candidate, best_picture, is_tiny, media_type, pixels
from aggregator.text.plain import html_to_text
from aggregator.types import Enclosure, FeedDocument, FeedProblem, ParsedEntry, ParsedFeed
from aggregator.urls import published_url

Record = Mapping[str, Any]

_PERIOD_MINUTES = {
    "hourly": 60, "daily": 1_440, "weekly": 10_080, "monthly": 43_200, "yearly": 525_600,
}  # fmt: skip
_HTML_TYPES = frozenset(["text/html", "application/xhtml+xml"])
_MARKUP = re.compile(r"<[A-Za-z/!?]|&(?:#[0-9xX]|[A-Za-z]+;)")
_VOID_END = re.compile(r"</(?:area|br|col|embed|hr|img|input|link|meta|source|track|wbr)>")
_MAX_AUTHORS = 10
_MAX_LINKS = 200
_MAX_CAPTIONS = 20
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
    document_url: str
    site_url: str | None
    authors: tuple[str, ...]
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
    site_url = _feed_link(feed, "alternate", document.url)
    context = FeedContext(
        format=_FORMATS.get(version, "rss"),
        document_url=document.url,
        site_url=site_url,
        authors=_authors(feed),
        language=language_code(_text(feed.get("language"))),
        timezone=document.timezone,
    )
    built = tuple(build_entry(entry, context) for entry in entries)
    undated = date_problem(context.unread_dates)
    return ParsedFeed(
        format=context.format,
        title=_title(feed, context),
        site_url=site_url,
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
    url = _link(record, context.site_url or context.document_url)
    base = _base(content or summary or _detail(record, "title"), url, context)
    published = _first_date(record, ("published", "created", "updated"), context)
    updated = _first_date(record, ("updated",), context)
    content_html, summary_html, plain = _texts(content, summary, context)
    image_url, width = _image(record, base)
    return ParsedEntry(
        guid=clean_guid(_literal(record.get("id"))),
        url=url,
        title=_title(record, context),
        authors=_authors(record) or (_inherited_authors(record, context) if context.atom else ()),
        summary_html=summary_html,
        content_html=content_html,
        plain_text=plain,
        media_text=_media_text(record),
        base_url=base,
        categories=category_names(_terms(record)),
        enclosures=distinct_enclosures(_enclosures(record, base)),
        image_url=image_url,
        image_width=width,
        published_at=published,
        updated_at=updated if "published" in record or context.atom else None,
        language=_language(record, context),
    )


def _base(detail: Record, url: str | None, context: FeedContext) -> str:
    """What the entry's relative addresses are relative to.

    feedparser's base of a text is the document's address where no xml:base is in force.
    """
    base = _text(detail.get("base"))
    if base and base != context.document_url:
        return base
    return url or context.site_url or context.document_url


def _feed_link(feed: Record, rel: str, base_url: str) -> str | None:
    """The feed's link with the relation `rel`: "alternate" (its site), "hub", "self"."""
    if rel == "alternate" and (url := published_url(_text(feed.get("link")), base_url)):
        return url
    for link in _links(feed):
        if link.get("rel") == rel and (url := published_url(link.get("href"), base_url)):
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
    # Plain copies: feedparser's own dictionaries are ten times as slow.
    return (dict(link) for link in links if isinstance(link, Mapping))


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
        if candidate and (url := published_url(_text(candidate), base_url)):
            return url
    guid = _text(record.get("id")).strip()
    if record.get("guidislink") and guid.lower().startswith(("http://", "https://", "www.")):
        return published_url(guid, base_url)
    return None


def _authors(record: Record) -> tuple[str, ...]:
    people = record.get("authors") or ()
    names = (_text(person.get("name")) or _text(person.get("email")) for person in people)
    return unique((person_name(name) for name in names), _MAX_AUTHORS)


def _inherited_authors(record: Record, context: FeedContext) -> tuple[str, ...]:
    """Authors of the feed that an entry was taken from, else of its own (RFC 4287, 4.2.1)."""
    source = record.get("source")
    return (_authors(source) if isinstance(source, Mapping) else ()) or context.authors


def _media_text(record: Record) -> str:
    """What describes the entry elsewhere: its episode, its media, else each of its files."""
    names = ("dc_description", "itunes_summary", "media_description", "media_text")
    text = next(filter(None, (_text(record.get(name)) for name in names)), "")
    captions = (_text(media.get("caption")) for media in _media(record, "media_content"))
    return text or "\n\n".join(unique(captions, _MAX_CAPTIONS))[:_MAX_TEXT]


def _terms(record: Record) -> Iterator[str]:
    for tag in record.get("tags") or ():
        yield _text(tag.get("label")) or _text(tag.get("term"))


def _enclosures(record: Record, base_url: str) -> Iterator[Enclosure]:
    for link in _links(record):
        if link.get("rel") == "enclosure":
            yield from _enclosure(link, link.get("href"), base_url)
    for media in _distinct_media(record, base_url):
        yield from _enclosure(media, media.get("url"), base_url)


def _enclosure(record: Record, address: str | None, base_url: str) -> Iterator[Enclosure]:
    url = published_url(address, base_url)
    if url:
        length = byte_length(_text(record.get("length") or record.get("filesize")))
        kind = _media_type(record, url)
        alt = plain_title(_text(record.get("caption"))) if kind.startswith("image/") else ""
        yield Enclosure(url, kind, length, alt)


def _media_type(record: Record, url: str) -> str:
    declared = _text(record.get("type"))[:100]
    return media_type(declared, url, _text(record.get("medium")).strip().lower())


def _distinct_media(record: Record, base_url: str) -> Iterator[Record]:
    """The entry's media, of each group that has pictures only the best of those.

    The members of a group are one medium in several sizes (Media RSS 1.5.1).
    """
    if "media_content" not in record:
        return
    groups: dict[object, list[Record]] = {}
    for media in _media(record, "media_content"):
        groups.setdefault(media.get("group") or id(media), []).append(media)
    for members in groups.values():
        pictures = [_is_picture(media, base_url) for media in members]
        best = best_picture(_candidates(compress(members, pictures), base_url))
        for media, picture in zip(members, pictures, strict=True):
            if not picture or published_url(media.get("url"), base_url) == best:
                yield media


def _is_picture(record: Record, base_url: str) -> bool:
    url = published_url(record.get("url") or record.get("href"), base_url)
    return url is not None and _media_type(record, url).startswith("image/")


def _candidates(records: Iterable[Record], base_url: str) -> Iterator[Candidate]:
    for record in records:
        url = published_url(record.get("url") or record.get("href"), base_url)
        if url and not is_tiny(record):
            yield Candidate(url, pixels(_text(record.get("width"))))


def _image(record: Record, base_url: str) -> tuple[str | None, int | None]:
    """(address, width) of the best picture that the entry names outside its text.

    Of several media or enclosures, the first picture.
    """
    pictures = [*_media(record, "media_thumbnail")]
    for media in _distinct_media(record, base_url):
        if _is_picture(media, base_url):
            pictures.append(media)
            break
    for link in _links(record):
        if link.get("rel") == "enclosure" and _is_picture(link, base_url):
            pictures.append(link)
            break
    image = record.get("image")
    if isinstance(image, Mapping):
        pictures.append(image)
    if not pictures:
        return None, None
    candidates = list(_candidates(pictures, base_url))
    best = best_picture(candidates)
    return best, next((one.width for one in candidates if one.address == best), None)


def _language(record: Record, context: FeedContext) -> str | None:
    """The entry's own language, None if it is its feed's."""
    declared = _text(record.get("language")) or _text(_detail(record, "title").get("language"))
    language = language_code(declared)
    return None if language == context.language else language

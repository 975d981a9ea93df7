"""Prepare a feed document for storing. Runs in worker processes, so it imports little."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from html import escape, unescape

from aggregator.keys import key64
from aggregator.parse.feed import parse_feed
from aggregator.process.analysis.analyze import analyze
from aggregator.process.entries import fingerprint
from aggregator.process.entries.absences import pack_identities
from aggregator.process.entries.digests import (
    EntryRecord,
    interferes,
    pack_records,
    unpack_records,
)
from aggregator.process.entries.repeated import drop_repeated
from aggregator.process.html.links import LinkResolver
from aggregator.process.html.pictures import Candidate, best_picture, is_dead, media_type
from aggregator.process.html.sanitize import sanitize
from aggregator.process.html.text import sanitized_to_text
from aggregator.process.html.urls import page_key, strip_tracking, url_key
from aggregator.process.sections.deciding import section_of_categories
from aggregator.services.ingest.entry_digests import entry_digests
from aggregator.text.direction import detect_direction
from aggregator.text.language import detect_language
from aggregator.text.plain import collapse_whitespace, html_to_text, strip_controls, truncate
from aggregator.types import (
    Enclosure,
    FeedDocument,
    ParsedEntry,
    ParsedFeed,
    PreparedEntry,
    PreparedFeed,
)
from aggregator.types.limits import (
    MAX_AUTHOR,
    MAX_CATEGORIES,
    MAX_CATEGORY,
    MAX_ENCLOSURES,
    MAX_GUID,
    MAX_SUMMARY,
    MAX_TITLE,
)
from aggregator.urls import resolve_url

_MIN_SUMMARY_WORDS = 4
# Extra characters to read for a summary, to make up for white space.
_SPARE = 100

_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_CLOCK_SKEW = timedelta(minutes=10)
_RTL_LANGUAGES = frozenset({"ar", "fa", "ur", "ps", "ug", "sd", "he", "yi", "dv", "ckb"})
_IMAGE = re.compile(r'<img [^>]*? src="([^"]+)"([^>]*)>')
_FIRST_WORD = re.compile(r"(?:^|>)[^<&]*?[^\W_]")
_ADDRESS = re.compile(
    r'<(?:(?:img|iframe|audio|video|source)(?= )[^>]*? src|a(?= )[^>]*? href)="([^"]+)"'
)
# The link that the sanitizer writes for a player which pages do not allow.
_PLAYER_LINK = re.compile(r'<a href="https?://([^/"]+)/[^"]*"[^>]*>\1</a>')
_ALT = re.compile(r'<(?:img|iframe)(?= )[^>]*? (?:alt|title)="([^"]+)"')
_FILE_NAME = re.compile(r"[\w.() -]+\.\w{3,4}|[A-Za-z]{2,6}[_-]?\d{2,}|[\d_x -]+", re.ASCII)
_MARKUP = re.compile(r"</?[A-Za-z][^<>]*>|&(?:#[0-9xX]|[A-Za-z]+;)")
# Pictures narrower than this, in pixels, give way to others.
_THUMBNAIL = 200
_SMALL = re.compile(r' (?:width|height)="\d{1,2}"')


@dataclass(frozen=True, slots=True)
class _Dates:
    published_at: datetime | None
    updated_at: datetime | None
    clamped: bool


def prepare(document: FeedDocument) -> PreparedFeed:
    """Parse, sanitize and fingerprint `document`; of entries that it knows, only their dates count.

    Raises `ParseError` if it is not a feed. Nothing in the result is unsafe to show: bodies are
    sanitized, everything else is plain text or an absolute http(s) address.
    """
    feed = parse_feed(document)
    dates = [_dates(entry, document.now) for entry in feed.entries]
    entries, unchanged, listed = _changed_entries(feed, dates, document)
    gap, newest = _gap_and_newest(dates)
    return PreparedFeed(
        format=feed.format,
        title=_line(feed.title, MAX_TITLE),
        site_url=LinkResolver(document.url, document.is_internal).resolve(feed.site_url),
        entries=drop_repeated(entries),
        problems=feed.problems,
        ttl=feed.ttl,
        hub_url=resolve_url(feed.hub_url, document.url),
        self_url=resolve_url(feed.self_url, document.url),
        mean_gap_s=gap,
        newest_at=newest,
        clamped_dates=sum(when.clamped for when in dates),
        unchanged=pack_records(unchanged),
        listed=pack_identities(listed),
    )


def _changed_entries(
    feed: ParsedFeed, dates: Sequence[_Dates], document: FeedDocument
) -> tuple[list[PreparedEntry], list[EntryRecord], list[int]]:
    """Prepare the entries that the last stored document did not have like this; others as records.

    All of them if a changed one interferes with an unchanged one. The identities are of all.
    """
    language = document.language or (feed.language or "")[:2].lower()
    addresses = (document.url, feed.site_url or "")
    digests = entry_digests(feed.entries, document, language, feed.site_url)
    known = {record.digest: record for record in unpack_records(document.known)}

    def prepared(places: Iterable[int]) -> dict[int, PreparedEntry]:
        return {
            place: replace(
                _entry(feed.entries[place], dates[place], document, language, addresses),
                digest=digests[place],
            )
            for place in places
        }

    unchanged = list(dict.fromkeys(known[digest] for digest in digests if digest in known))
    places = range(len(digests))
    entries = prepared(place for place in places if digests[place] not in known)
    if interferes(list(entries.values()), unchanged):
        unchanged = []
        entries |= prepared(place for place in places if place not in entries)
    listed = [
        entries[place].identity if place in entries else known[digest].identity
        for place, digest in enumerate(digests)
    ]
    return [entries[place] for place in sorted(entries)], unchanged, listed


def _entry(
    entry: ParsedEntry,
    dates: _Dates,
    document: FeedDocument,
    feed_language: str,
    feed_addresses: tuple[str, str],
) -> PreparedEntry:
    """`feed_addresses`, of the feed and its site, are never those of a picture."""
    base = resolve_url(entry.base_url, document.url) or document.url
    links = LinkResolver(base, document.is_internal)
    url = links.resolve(entry.url)
    url = strip_tracking(url) if url else None
    title = _line(entry.title, MAX_TITLE)
    content = _body(entry, title, links, url or "")
    signed = sanitized_to_text(content)
    text = fingerprint.strip_trailers(signed)
    words = len(text.split())
    summary = _summary(entry, title, text)
    sample = f"{title} {text[:300]}"
    language = detect_language(sample, _language(entry.language) or feed_language)
    author = _line(", ".join(dict.fromkeys(entry.authors)), MAX_AUTHOR)
    enclosures = _enclosures(entry.enclosures, links)
    image_url = _image_url(entry, enclosures, links, content, (url, *feed_addresses))
    categories = _categories(entry.categories)

    title_form, text_form = fingerprint.comparison_bytes(title), fingerprint.comparison_bytes(text)
    guid = fingerprint.usable_guid(entry.guid)
    key = url_key(url) if url else None
    text_key = fingerprint.text_key(title_form, text_form, words)
    former_key = page_key(url) if url and "#" in url else key
    named, address = _name(guid, key, former_key)
    identity = fingerprint.identity_key(named, address, title_form, text_form)
    former_identity = identity
    if guid is None and former_key != key:
        former_identity = fingerprint.identity_key(None, former_key, title_form, text_form)
    prepared = PreparedEntry(
        identity=identity,
        guid=_guid(guid, url if key is not None else None, identity),
        url=url,
        url_key=key,
        text_key=text_key,
        title_key=fingerprint.title_key(title_form),
        revision=key64(
            title,
            author,
            summary,
            content,
            url or "",
            image_url or "",
            *categories,
            *(enclosure.url for enclosure in enclosures),
            *(enclosure.alt for enclosure in enclosures if enclosure.alt),
        ),
        text_revision=fingerprint.text_revision(title_form, text_form, text_key),
        title=title,
        author=author,
        summary=summary,
        content=content,
        image_url=image_url,
        language=language,
        direction=detect_direction(sample, "rtl" if language in _RTL_LANGUAGES else "ltr"),
        word_count=words,
        categories=categories,
        enclosures=enclosures,
        section=section_of_categories(categories, document.categories)
        or section_of_categories((document.section,), document.categories),
        published_at=dates.published_at,
        updated_at=dates.updated_at,
        has_guid=guid is not None,
        former_identity=former_identity if former_identity != identity else None,
        former_url_key=former_key if former_key != key else None,
    )
    if not _looks_new(dates, document.seen_until):
        return prepared
    return analyze(prepared, document.now, (signed, text))


def _looks_new(dates: _Dates, seen_until: datetime | None) -> bool:
    """Whether an entry is likely to be new since the feed was last polled.

    Known entries are not analyzed: that costs more than all the rest.
    """
    known = [date for date in (dates.published_at, dates.updated_at) if date is not None]
    return seen_until is None or not known or max(known) > seen_until


def _name(guid: str | None, *keys: int | None) -> tuple[str | None, int | None]:
    """Return (guid, URL key) to name an entry by; only the key if the guid is the URL again.

    Then `www.`, https and utm must not tell them apart. `keys` are those of the URL with and
    without its fragment.
    """
    if guid is None or not guid.startswith("http") or "#" in guid:
        return guid, keys[0]
    key = url_key(guid)
    return (None, key) if key is not None and key in keys else (guid, keys[0])


def _line(text: str, limit: int) -> str:
    return truncate(collapse_whitespace(strip_controls(text)), limit)


def _guid(guid: str | None, url: str | None, identity: int) -> str:
    if guid is not None:
        return guid.replace("\x00", "")[:MAX_GUID]
    return url or f"marsad:{identity & 0xFFFFFFFFFFFFFFFF:016x}"


def _language(code: str | None) -> str:
    return code.replace("_", "-").partition("-")[0].strip().lower() if code else ""


# --- body --------------------------------------------------------------------------------------


def _body(entry: ParsedEntry, title: str, links: LinkResolver, page: str) -> str:
    """The entry's text, sanitized.

    A body without words yields to the first text there is: the summary, what is said about the
    media, what its pictures show. Its pictures and players stay, unless that text has them too.
    """
    first = entry.content_html or entry.summary_html
    clean = partial(sanitize, base_url=links.base, is_internal=links.is_internal)
    content = clean(first, page_url=page, plain_text=entry.plain_text)
    if _has_words(content):
        return content
    for other in (entry.summary_html, entry.media_text):
        if not other or other == first:
            continue
        plain = not _MARKUP.search(other)
        body = clean(other, page_url=page, plain_text=plain)
        if _has_words(body):
            return _joined(content, body, links, page)
    described = "".join(f"<p>{escape(text)}</p>" for text in _descriptions(content, title))
    return _joined(content, clean(described), links, page) if described else content


def _has_words(content: str) -> bool:
    # The expression ends at the first word of nearly every body.
    found = _FIRST_WORD.search(content)
    while found:
        link = _PLAYER_LINK.match(content, max(0, content.rfind("<", 0, found.start() + 1)))
        if link is None:
            return True
        found = _FIRST_WORD.search(content, link.end() - 1)
    return any(map(str.isalnum, sanitized_to_text(_PLAYER_LINK.sub("", content))))


def _joined(media: str, body: str, links: LinkResolver, page: str) -> str:
    """The media of a body without words before the text that stands in for it."""
    addresses = _ADDRESS.findall(media)
    if not addresses or all(address in body for address in addresses):
        return body
    return sanitize(media + body, links.base, page_url=page, is_internal=links.is_internal)


def _descriptions(content: str, title: str) -> Iterable[str]:
    """What the pictures of a body show; no file names, and not the title again."""
    texts = dict.fromkeys(_line(unescape(text), MAX_TITLE) for text in _ALT.findall(content))
    return (
        text
        for text in texts
        if text != title and not _FILE_NAME.fullmatch(text) and any(map(str.isalnum, text))
    )


# --- summary -----------------------------------------------------------------------------------


def _summary(entry: ParsedEntry, title: str, text: str) -> str:
    """The text under the title in lists: the publisher's summary if there is a real one."""
    if entry.summary_html and entry.content_html and entry.summary_html != entry.content_html:
        own = _line(
            fingerprint.strip_trailers(html_to_text(entry.summary_html[:10_000])),
            2 * MAX_SUMMARY,
        )
        own = _without_title(own, title)
        if own.count(" ") + 1 >= _MIN_SUMMARY_WORDS:
            return truncate(own, MAX_SUMMARY)
    lead = collapse_whitespace(text[: MAX_SUMMARY + len(title) + _SPARE])
    return truncate(_without_title(lead, title), MAX_SUMMARY)


def _without_title(summary: str, title: str) -> str:
    """Cut the title that some feeds repeat at the beginning of `summary`."""
    if title and summary.startswith(title):
        return summary[len(title) :].lstrip(" .:-–—|،")
    return summary


# --- media and metadata ------------------------------------------------------------------------


def _image_url(
    entry: ParsedEntry,
    enclosures: Sequence[Enclosure],
    links: LinkResolver,
    content: str,
    pages: Sequence[str | None],
) -> str | None:
    """The picture for lists: the entry's own, else an enclosure, else one of its body.

    A thumbnail gives way to any larger one of those.
    """
    own = links.resolve(entry.image_url)
    candidates = [Candidate(own, entry.image_width)] if own else []
    candidates += [Candidate(file.url) for file in enclosures if file.type.startswith("image/")]
    candidates = [candidate for candidate in candidates if candidate.address not in pages]
    for candidate in candidates:
        thumbnail = candidate.width is not None and candidate.width < _THUMBNAIL
        if not thumbnail and best_picture([candidate]):
            return candidate.address
    if "<img" in content:
        for image in _IMAGE.finditer(content):
            url = unescape(image[1])
            if not _SMALL.search(image[0]) and url not in pages:
                candidates.append(Candidate(url))
                break
    return best_picture(candidates)


def _categories(names: Iterable[str]) -> tuple[str, ...]:
    lines = dict.fromkeys(_line(name, MAX_CATEGORY) for name in names)
    return tuple(line for line in lines if line)[:MAX_CATEGORIES]


def _enclosures(enclosures: Sequence[Enclosure], links: LinkResolver) -> tuple[Enclosure, ...]:
    kept: dict[str, Enclosure] = {}
    for enclosure in enclosures[: 2 * MAX_ENCLOSURES]:
        url = links.resolve(enclosure.url)
        if url and url not in kept:
            kind = media_type(enclosure.type, url)
            is_no_picture = kind.startswith("image/") and best_picture([Candidate(url)]) is None
            if not is_dead(kind, url) and not is_no_picture:
                alt = _line(enclosure.alt, MAX_TITLE)
                kept[url] = Enclosure(url, kind, max(0, enclosure.length), alt)
    return tuple(kept.values())[:MAX_ENCLOSURES]


# --- dates -------------------------------------------------------------------------------------


def _dates(entry: ParsedEntry, now: datetime) -> _Dates:
    published, updated = (
        _plausible_date(entry.published_at, now),
        _plausible_date(entry.updated_at, now),
    )
    clamped = (published is None) != (entry.published_at is None) or (updated is None) != (
        entry.updated_at is None
    )
    return _Dates(published, updated, clamped)


def _plausible_date(moment: datetime | None, now: datetime) -> datetime | None:
    """Convert `moment` to UTC: `now` if slightly in the future, None if implausible."""
    if moment is None:
        return None
    try:
        aware = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:
        return None
    if aware < _EARLIEST or aware > now + _CLOCK_SKEW:
        return None
    return min(aware, now)


def _gap_and_newest(dates: Iterable[_Dates]) -> tuple[int | None, datetime | None]:
    """Return the mean gap between entries in seconds, and the time of the newest."""
    known = [when for d in dates if (when := d.published_at or d.updated_at) is not None]
    if not known:
        return None, None
    newest = max(known)
    if len(known) < 2:
        return None, newest
    return int((newest - min(known)).total_seconds() / (len(known) - 1)), newest

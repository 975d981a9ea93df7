"""A list as a feed, before it is written in one format or another."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from aggregator.types import EntryDetail, MatchReason, StorySummary
from web.presentation.names import opening

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class ListFeedEntry:
    """An entry of a feed. `url` is the publisher's page, or ours if there is none."""

    id: str
    url: str
    title: str
    author: str
    source: str
    source_url: str
    summary: str  # plain text
    html: str  # the whole text, sanitized; empty for a feed of summaries
    image_url: str | None
    language: str
    published_at: datetime
    updated_at: datetime
    categories: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class ListFeed:
    """A list as a feed."""

    id: str
    """A permanent IRI; for a public list the address of its page."""
    title: str
    about: str
    language: str
    page_url: str
    self_url: str
    """Empty for a secret address, so that a document that is passed on does not give it away."""
    updated_at: datetime
    items: tuple[ListFeedEntry, ...]
    hub_url: str = ""


def to_feed_entry(
    entry: EntryDetail, reason: MatchReason | None, base_url: str, language: str, *, full: bool
) -> ListFeedEntry:
    """The entry of a feed; its permanent id is the address of its page here."""
    summary = entry.summary
    page = f"{base_url}/entries/{summary.id}"
    return ListFeedEntry(
        id=page,
        url=_safe_url(summary.url) or page,
        title=xml_text(summary.title or opening(summary.summary)),
        author=xml_text(summary.author),
        source=xml_text(summary.source.name.get(language)),
        source_url=f"{base_url}/sources/{summary.source.slug}",
        summary=xml_text(summary.summary),
        html=xml_text(entry.content) if full else "",
        image_url=_safe_url(summary.image_url),
        language=summary.language,
        published_at=summary.published_at,
        updated_at=summary.updated_at or summary.published_at,
        categories=tuple(map(xml_text, entry.categories)),
        why=xml_text(" ".join(reason.words)) if reason else "",
    )


def to_feed_story(
    story: StorySummary, lead: EntryDetail, base_url: str, language: str
) -> ListFeedEntry:
    """A story as the entry of a feed: its lead, under the address of the story's page here."""
    page = f"{base_url}/stories/{story.id}"
    entry = to_feed_entry(lead, None, base_url, language, full=False)
    return replace(entry, id=page, url=page, updated_at=max(story.last_at, entry.updated_at))


def last_modified(items: tuple[ListFeedEntry, ...], otherwise: datetime) -> datetime:
    """When a feed last changed (an empty one: `otherwise`), in whole seconds, as HTTP has it."""
    moments = [item.updated_at for item in items] or [otherwise]
    return max(moments).astimezone(UTC).replace(microsecond=0)


def xml_text(text: str) -> str:
    """`text` without characters that XML 1.0 forbids."""
    return _NOT_XML.sub("", text)


def _safe_url(url: str | None) -> str | None:
    return xml_text(url) if url and url.startswith(("http://", "https://")) else None

"""Entries, stories, topics and feeds as the JSON objects of the API.

`personal` adds the fields that depend on who is signed in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from markupsafe import Markup, escape

from aggregator.services.reading.chapters import StoryChapter
from aggregator.services.reading.owners import OwnerView
from aggregator.services.search.cursors import next_cursor
from aggregator.types import (
    EntryDetail,
    EntryPage,
    EntrySummary,
    FeedHealth,
    MarkedText,
    MatchReason,
    SearchHit,
    SearchOrder,
    SearchPage,
    SourceRef,
    TopicSummary,
)

JsonObject = dict[str, object]


def entry_page(page: EntryPage, *, personal: bool = False) -> JsonObject:
    """A list of entries."""
    return {
        "entries": [entry_summary(entry, personal=personal) for entry in page.entries],
        "next_cursor": page.next_cursor,
    }


def entry_summary(entry: EntrySummary, *, personal: bool = False) -> JsonObject:
    """An entry without its body; personal: whether it was read and is starred."""
    mine = {"read": entry.read, "starred": entry.starred} if personal else {}
    return {
        "id": entry.id,
        "guid": entry.guid,
        "url": entry.url,
        "title": entry.title,
        "author": entry.author,
        "summary": entry.summary,
        "published_at": utc(entry.published_at),
        "updated_at": utc(entry.updated_at),
        "fetched_at": utc(entry.fetched_at),
        "language": entry.language,
        "direction": entry.direction,
        "source": source(entry.source),
        "feed_id": entry.feed_id,
        "story_id": entry.story_id,
        "duplicate_of": entry.duplicate_of,
        "reprint_of": entry.reprint_of,
        "containment": entry.containment,
        "change": entry.change,
        "left_feed_at": utc(entry.left_feed_at),
        "tags": list(entry.tags),
        **mine,
    }


def search_page(page: SearchPage, order: SearchOrder, *, personal: bool = False) -> JsonObject:
    """A page of matches; `partial` has only some of the words and comes with the last page."""
    return {
        "entries": [search_hit(hit, personal=personal) for hit in page.hits],
        "next_cursor": next_cursor(page, order),
        "partial": [search_hit(hit, personal=personal) for hit in page.partial],
        "suggestion": page.suggestion,
    }


def search_hit(hit: SearchHit, *, personal: bool = False) -> JsonObject:
    """An entry with its matches highlighted as HTML: text escaped once, and <mark>."""
    return entry_summary(hit.entry, personal=personal) | {
        "highlights": {"title": marked_html(hit.title), "text": marked_html(hit.snippet)}
    }


def marked_html(spans: MarkedText) -> str:
    """Text with marks as HTML."""
    pieces = (
        Markup("<mark>{}</mark>").format(span.text) if span.marked else escape(span.text)
        for span in spans
    )
    return str(Markup("").join(pieces))


def entry_detail(entry: EntryDetail, *, personal: bool = False) -> JsonObject:
    """An entry in full."""
    return entry_summary(entry.summary, personal=personal) | {
        "content": entry.content,
        "enclosures": [
            {"url": each.url, "type": each.type, "length": each.length} for each in entry.enclosures
        ],
        "categories": list(entry.categories),
    }


def story(
    id_: int, lead: EntrySummary, entries: Sequence[EntrySummary], *, personal: bool = False
) -> JsonObject:
    """A story with its `entries`, the earliest first; the card of a list counts those left out."""
    summary = lead.story
    return {
        "id": id_,
        "title": lead.title,
        "entry_count": summary.entry_count if summary else len(entries),
        "source_count": (
            summary.source_count if summary else len({entry.source.id for entry in entries})
        ),
        "first_published_at": utc(summary.first_at if summary else entries[0].published_at),
        "last_published_at": utc(entries[-1].published_at),
        "entries": [entry_summary(entry, personal=personal) for entry in entries],
    }


def chapter(found: StoryChapter) -> JsonObject:
    """A chapter of a story, with the ids of its entries."""
    return {
        "title": found.lead.title,
        "entry_count": len(found.entries),
        "source_count": found.source_count,
        "first_published_at": utc(found.first_at),
        "last_published_at": utc(found.last_at),
        "entry_ids": [entry.id for entry in found.entries],
    }


def source(ref: SourceRef) -> JsonObject:
    """A source under the name it has in its own language, and the slug of its owner."""
    return {"slug": ref.slug, "name": ref.name.get(ref.language), "owner": ref.owner}


def owner(found: OwnerView) -> JsonObject:
    """An owner with its parents and its sources, those of what belongs to it too, by slug."""
    return {
        "slug": found.owner.slug,
        "name": asdict(found.owner.name),
        "kind": found.owner.kind,
        "parents": [parent.slug for parent in found.parents],
        "source_url": found.owner.source_url,
        "sources": [each.slug for holding in found.holdings for each in holding.sources],
    }


def topic(found: TopicSummary, base_url: str, *, personal: bool = False) -> JsonObject:
    """A published topic; personal: whether it is followed, and how much of it is new."""
    content = found.topic.content
    page = f"{base_url}/topics/{content.slug}"
    mine = {"followed": found.followed, "new_count": found.new_count} if personal else {}
    return {
        "slug": content.slug,
        "name": asdict(content.name),
        "about": asdict(content.about),
        "rule": content.rule,
        "url": page,
        "feeds": {kind: f"{page}.{kind}" for kind in ("atom", "rss", "json", "opml", "csv")},
        "entry_count": found.entry_count,
        "newest_at": utc(found.newest_at),
        "published_at": utc(found.topic.published_at),
        "updated_at": utc(found.topic.updated_at),
        **mine,
    }


def topic_entry(
    entry: EntrySummary, reason: MatchReason | None, *, personal: bool = False
) -> JsonObject:
    """An entry of a topic and why it is there."""
    why = {"words": list(reason.words), "pinned_by": reason.pinned_by} if reason else None
    return entry_summary(entry, personal=personal) | {"why": why}


def feed(health: FeedHealth, *, with_details: bool) -> JsonObject:
    """A feed and the state of its polling.

    `with_details`: for operators, what went wrong in words: these name addresses and ports of the
    network that Marsad is in. For others, only its kind.
    """
    error: JsonObject | None = {"kind": health.error_kind} if health.error_kind else None
    if error and with_details:
        error["detail"] = health.error_detail or ""
    return {
        "id": health.id,
        "url": health.url,
        "source": source(health.source),
        "status": health.status,
        "entry_count": health.entry_count,
        "last_polled_at": utc(health.last_polled_at),
        "last_success_at": utc(health.last_success_at),
        "next_poll_at": utc(health.next_poll_at),
        "interval_s": health.interval_s,
        "last_error": error,
    }


def utc(moment: datetime | None) -> str | None:
    """2026-11-24T02:18:48Z."""
    if moment is None:
        return None
    return f"{moment.astimezone(UTC).isoformat()[:19]}Z"  # strftime takes three times as long

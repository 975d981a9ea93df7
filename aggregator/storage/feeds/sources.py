"""Sources and feeds as the operator's file wants them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.orm import Session

from aggregator.storage.models import Entry, Feed, Source
from aggregator.storage.models.base import table
from aggregator.types import FeedSpec, SourceSpec, SyncReport

_FeedRow = Row[int, str, int, str, int, bool, str, str | None]


def sync_sources(session: Session, specs: Iterable[SourceSpec], now: datetime) -> SyncReport:
    """Make the tables follow the file: add, update, disable what left it. Entries stay.

    A feed is known by its URL: one that moves to another source takes its entries along, and one
    whose line now has the address that it is polled at (`adopted_url`) stays the same feed.
    """
    specs = tuple(specs)
    source_ids = _sync_source_rows(session, specs)
    feeds = {row.url: row for row in session.execute(_feed_state)}
    _adopt_moved_urls(session, feeds, {feed.url for spec in specs for feed in spec.feeds})
    added = 0
    wanted: set[int] = set()
    for spec in specs:
        for position, feed in enumerate(spec.feeds):
            row = feeds.get(feed.url)
            if row is None:
                session.execute(insert(Feed), _new_feed(feed, source_ids[spec.slug], position, now))
                added += 1
            else:
                wanted.add(row.id)
                _update_feed(session, row, feed, source_ids[spec.slug], position, now)
    disabled = [row.id for row in feeds.values() if row.enabled and row.id not in wanted]
    if disabled:
        session.execute(update(Feed).where(Feed.id.in_(disabled)).values(enabled=False))
    return SyncReport(len(specs), sum(len(spec.feeds) for spec in specs), added, len(disabled))


_feed_state = select(
    Feed.id,
    Feed.url,
    Feed.source_id,
    Feed.section,
    Feed.position,
    Feed.enabled,
    Feed.status,
    Feed.adopted_url,
)


def _adopt_moved_urls(session: Session, feeds: dict[str, _FeedRow], listed: set[str]) -> None:
    """Feeds whose old address left the file for the one that is polled already: nothing is new."""
    for old, row in tuple(feeds.items()):
        new = row.adopted_url
        if new is not None and old not in listed and new in listed and new not in feeds:
            values = {"url": new, "adopted_url": None, "moved_to": None}
            session.execute(update(Feed).where(Feed.id == row.id).values(values))
            feeds[new] = feeds.pop(old)


def _sync_source_rows(session: Session, specs: tuple[SourceSpec, ...]) -> dict[str, int]:
    """Upsert the sources that changed; slug -> id of those in the file."""
    known = {row.slug: row._mapping for row in session.execute(select(table(Source)))}
    ids = {}
    for position, spec in enumerate(specs):
        values = _source_values(spec, position)
        stored = known.get(spec.slug)
        if stored is None:
            added = session.execute(insert(Source).returning(Source.id), values)
            ids[spec.slug] = added.scalar_one()
            continue
        ids[spec.slug] = stored["id"]
        if any(stored[name] != value for name, value in values.items()):
            session.execute(update(Source).where(Source.id == stored["id"]).values(values))
    gone = [slug for slug, row in known.items() if row["enabled"] and slug not in ids]
    if gone:
        session.execute(update(Source).where(Source.slug.in_(gone)).values(enabled=False))
    return ids


def _source_values(spec: SourceSpec, position: int) -> dict[str, Any]:
    return {
        "slug": spec.slug,
        "name_ar": spec.name.ar,
        "name_fr": spec.name.fr,
        "name_en": spec.name.en,
        "country": spec.country,
        "language": spec.language,
        "ownership": spec.ownership,
        "timezone": spec.timezone,
        "site": spec.site,
        "position": position,
        "enabled": True,
    }


def _new_feed(feed: FeedSpec, source_id: int, position: int, now: datetime) -> dict[str, Any]:
    return {
        "source_id": source_id,
        "url": feed.url,
        "section": feed.section,
        "position": position,
        "enabled": True,
        "created_at": now,
        "status": "new",
        "failures": 0,
        "next_poll_at": now,
        "interval_s": 0,
        "entry_count": 0,
    }


def _update_feed(
    session: Session,
    row: _FeedRow,
    feed: FeedSpec,
    source_id: int,
    position: int,
    now: datetime,
) -> None:
    values: dict[str, Any] = {}
    if not row.enabled:
        values |= {"enabled": True, "next_poll_at": now}
        if row.status == "gone":  # who takes it up again wants to see whether it is back
            values |= {"status": "new", "status_since": now}
    if (row.section, row.position) != (feed.section, position):
        values |= {"section": feed.section, "position": position}
    if row.source_id != source_id:
        # Who is polling it at the moment would store under the old source: that poll is void.
        values |= {"source_id": source_id, "lease": None, "lease_until": None}
        session.execute(update(Entry).where(Entry.feed_id == row.id).values(source_id=source_id))
    if values:
        session.execute(update(Feed).where(Feed.id == row.id).values(values))

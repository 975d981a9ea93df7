"""Sources and feeds, brought in line with the configuration."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from aggregator.storage.models import Feed, Source
from aggregator.storage.models.base import table
from aggregator.types import FeedSpec, SourceSpec, SyncReport


class _FeedRow(NamedTuple):
    """What is configured of a feed, as stored, and its state."""

    id: int
    url: str
    source_id: int
    section: str
    position: int
    enabled: bool
    status: str
    adopted_url: str | None


def sync_sources(session: Session, specs: Iterable[SourceSpec], now: datetime) -> SyncReport:
    """Bring the tables in line with the configuration: add, update, disable. Entries stay.

    A feed is identified by its URL: one that moves to another source is in the report, for its
    entries to follow (`entries.moves`), and one that is now configured with the URL it is polled
    at (`adopted_url`) stays the same feed.
    """
    specs = tuple(specs)
    source_ids = _sync_source_rows(session, specs)
    feeds = {row.url: row for row in map(_FeedRow._make, session.execute(_feed_rows))}
    _adopt_moved_urls(session, feeds, {feed.url for spec in specs for feed in spec.feeds})
    added = 0
    configured: set[int] = set()
    moved = []
    for spec in specs:
        for position, feed in enumerate(spec.feeds):
            row = feeds.get(feed.url)
            if row is None:
                session.execute(insert(Feed), _new_feed(feed, source_ids[spec.slug], position, now))
                added += 1
            else:
                configured.add(row.id)
                _update_feed(session, row, feed, source_ids[spec.slug], position, now)
                if row.source_id != source_ids[spec.slug]:
                    moved.append(row.id)
    disabled = [row.id for row in feeds.values() if row.enabled and row.id not in configured]
    if disabled:
        session.execute(update(Feed).where(Feed.id.in_(disabled)).values(enabled=False))
    listed = sum(len(spec.feeds) for spec in specs)
    return SyncReport(len(specs), listed, added, len(disabled), tuple(moved))


def add_source(session: Session, spec: SourceSpec, now: datetime) -> tuple[int, tuple[int, ...]]:
    """Add one configured source behind the others, its feeds due now.

    Return its id, and the feeds that it took from other sources, for their entries to follow.

    For a source that was just written into the config: `sync_sources` does the same for all of
    them. What is there already is brought in line.
    """
    last = session.execute(select(func.max(Source.position))).scalar_one_or_none()
    values = _source_values(spec, 0 if last is None else last + 1)
    known = session.execute(select(Source.id).where(Source.slug == spec.slug)).scalar_one_or_none()
    if known is None:
        known = session.execute(insert(Source).returning(Source.id), values).scalar_one()
    else:
        del values["position"]
        session.execute(update(Source).where(Source.id == known).values(values))
    feeds = {row.url: row for row in map(_FeedRow._make, session.execute(_feed_rows))}
    moved = []
    for position, feed in enumerate(spec.feeds):
        row = feeds.get(feed.url)
        if row is None:
            session.execute(insert(Feed), _new_feed(feed, known, position, now))
        else:
            _update_feed(session, row, feed, known, position, now)
            if row.source_id != known:
                moved.append(row.id)
    return known, tuple(moved)


_feed_rows = select(
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
    """Rename feeds that are now configured with the URL at which they are polled already."""
    for old, row in tuple(feeds.items()):
        new = row.adopted_url
        if new is not None and old not in listed and new in listed and new not in feeds:
            values = {"url": new, "adopted_url": None, "moved_to": None}
            session.execute(update(Feed).where(Feed.id == row.id).values(values))
            feeds[new] = feeds.pop(old)


def _sync_source_rows(session: Session, specs: tuple[SourceSpec, ...]) -> dict[str, int]:
    """Insert and update the sources that changed; the ids of those configured, by slug."""
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


def _source_values(spec: SourceSpec, position: int) -> dict[str, object]:
    return {
        "slug": spec.slug,
        "name_ar": spec.name.ar,
        "name_fr": spec.name.fr,
        "name_en": spec.name.en,
        "country": spec.country,
        "language": spec.language,
        "ownership": spec.ownership,
        "owner": spec.owner,
        "timezone": spec.timezone,
        "site": spec.site,
        "position": position,
        "enabled": True,
    }


def _new_feed(feed: FeedSpec, source_id: int, position: int, now: datetime) -> dict[str, object]:
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
    values: dict[str, object] = {}
    if not row.enabled:
        values |= {"enabled": True, "next_poll_at": now}
        if row.status == "gone":  # listed again: see whether it is back
            values |= {"status": "new", "status_since": now}
    if (row.section, row.position) != (feed.section, position):
        values |= {"section": feed.section, "position": position}
    if row.source_id != source_id:
        # A poll under way would store entries under the old source: it loses its lease.
        values |= {"source_id": source_id, "lease": None, "lease_until": None}
    if values:
        session.execute(update(Feed).where(Feed.id == row.id).values(values))

"""Sources and feeds as pages show them, with counts that are kept up to date elsewhere.

Nothing here counts entries: `feeds.entry_count` and `feeds.newest_entry_at` are written with the
entries themselves, and the languages are found by jumping along an index.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from aggregator.errors import NotFound
from aggregator.process.feeds import health
from aggregator.storage.models import Entry, Feed, Source
from aggregator.storage.models.base import table
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import in_list
from aggregator.types import FeedHealth, FilterOptions, LocalizedName, SourceOverview, SourceRef

_OWN_LANGUAGES = ("ar", "fr", "en")

_REF = (
    Source.id,
    Source.slug,
    Source.name_ar,
    Source.name_fr,
    Source.name_en,
    Source.country,
    Source.language,
)


@dataclass(frozen=True, slots=True)
class Totals:
    """The size and health of an installation, for monitoring."""

    entries: int
    feeds_by_status: dict[str, int]
    last_success_at: datetime | None


def source_refs(session: Session, ids: Iterable[int] | None = None) -> dict[int, SourceRef]:
    """Sources by id: those of `ids`, or all in display order."""
    dialect = None if ids is None else dialect_of(session)
    rows = session.execute(_ref_rows(dialect), {"ids": set(ids or ())} if dialect else {})
    return {row.id: _ref(row) for row in rows}


def source_ref(session: Session, slug: str) -> SourceRef:
    """One source. Raises NotFound."""
    row = session.execute(select(*_REF).where(Source.slug == slug)).one_or_none()
    if row is None:
        raise NotFound("source", slug)
    return _ref(row)


@cache
def _ref_rows(dialect: str | None) -> Select[*tuple[Any, ...]]:
    """All sources, or with a dialect those among "ids"."""
    columns = table(Source).c
    statement = select(*(columns[each.key] for each in _REF))
    if dialect is not None:
        statement = statement.where(in_list(columns.id, "ids", dialect))
    return statement.order_by(columns.position, columns.id)


def source_sites(session: Session, ids: Iterable[int]) -> dict[int, str]:
    """The home pages of sources, by id."""
    rows = session.execute(select(Source.id, Source.site).where(Source.id.in_(tuple(ids))))
    return {row.id: row.site for row in rows}


def filter_options(session: Session) -> FilterOptions:
    """What lists can be narrowed to: sources, countries and languages that have entries."""
    statement = (
        select(*_REF)
        .where(Source.id.in_(select(Feed.source_id).where(Feed.entry_count > 0)))
        .order_by(Source.position, Source.id)
    )
    sources = tuple(_ref(row) for row in session.execute(statement))
    return FilterOptions(
        sources=sources,
        countries=tuple(dict.fromkeys(source.country for source in sources)),
        languages=entry_languages(session),
    )


def entry_languages(session: Session) -> tuple[str, ...]:
    """The languages of entries: our own three first, then by code."""
    found = set(session.execute(_languages).scalars())
    own = [language for language in _OWN_LANGUAGES if language in found]
    return (*own, *sorted(found.difference(own)))


def _language_jumps() -> Select[str]:
    """One index look-up per language, where DISTINCT would read an index of every entry."""
    firsts = Entry.duplicate_of.is_(None)
    jumps = (
        select(func.min(Entry.language).label("language"))
        .where(firsts)
        .cte("languages", recursive=True)
    )
    following = (
        select(func.min(Entry.language))
        .where(firsts, Entry.language > jumps.c.language)
        .correlate(jumps)
        .scalar_subquery()
    )
    jumps = jumps.union_all(select(following).where(jumps.c.language.is_not(None)))
    return select(jumps.c.language).where(jumps.c.language.is_not(None))


_languages = _language_jumps()


def list_sources(session: Session) -> tuple[SourceOverview, ...]:
    """All sources with their feeds; one that left the file only while it has entries."""
    overviews = _overviews(session, select(Source))
    return tuple(each for each in overviews if each.enabled or each.entry_count)


def find_source(session: Session, slug: str) -> SourceOverview:
    """One source with its feeds. Raises NotFound."""
    for overview in _overviews(session, select(Source).where(Source.slug == slug)):
        return overview
    raise NotFound("source", slug)


def list_feeds(session: Session) -> tuple[FeedHealth, ...]:
    """All feeds, in the order of the sources."""
    refs = source_refs(session)
    feeds = _feeds_by_source(session, refs)
    return tuple(feed for source_id in refs for feed in feeds[source_id])


def find_feed(session: Session, feed_id: int) -> FeedHealth:
    """One feed. Raises NotFound."""
    row = session.execute(_health_rows.where(Feed.id == feed_id)).one_or_none()
    if row is None:
        raise NotFound("feed", feed_id)
    return _health(row, source_refs(session, [row.source_id])[row.source_id])


def totals(session: Session) -> Totals:
    """Entries, feeds by status, and the last good poll of all."""
    rows = session.execute(
        select(
            Feed.enabled,
            Feed.status,
            func.count(),
            func.sum(Feed.entry_count),
            func.max(Feed.last_success_at),
        ).group_by(Feed.enabled, Feed.status)
    ).all()
    statuses: dict[str, int] = defaultdict(int)
    for enabled, status, count, _, _ in rows:
        statuses[status if enabled else "disabled"] += count
    return Totals(
        entries=sum(int(row[3]) for row in rows),
        feeds_by_status=dict(statuses),
        last_success_at=max((row[4] for row in rows if row[4]), default=None),
    )


def _overviews(session: Session, sources: Select[Source]) -> list[SourceOverview]:
    rows = session.execute(
        sources.with_only_columns(*_REF, Source.site, Source.ownership, Source.enabled).order_by(
            Source.position, Source.id
        )
    ).all()
    refs = {row.id: _ref(row) for row in rows}
    feeds = _feeds_by_source(session, refs)
    newest = _newest_by_source(session)
    return [
        SourceOverview(
            source=refs[row.id],
            site=row.site,
            ownership=row.ownership,
            enabled=row.enabled,
            entry_count=sum(feed.entry_count for feed in feeds[row.id]),
            last_entry_at=newest.get(row.id),
            feeds=tuple(feeds[row.id]),
        )
        for row in rows
    ]


def _newest_by_source(session: Session) -> dict[int, datetime | None]:
    rows = session.execute(
        select(Feed.source_id, func.max(Feed.newest_entry_at))
        .where(Feed.newest_entry_at.is_not(None))
        .group_by(Feed.source_id)
    )
    return {row.source_id: row[1] for row in rows}


def _feeds_by_source(
    session: Session, refs: dict[int, SourceRef]
) -> defaultdict[int, list[FeedHealth]]:
    rows = session.execute(
        _health_rows.where(Feed.source_id.in_(refs)).order_by(Feed.position, Feed.id)
    )
    feeds: defaultdict[int, list[FeedHealth]] = defaultdict(list)
    for row in rows:
        feeds[row.source_id].append(_health(row, refs[row.source_id]))
    return feeds


_health_rows = select(
    Feed.id,
    Feed.url,
    Feed.section,
    Feed.source_id,
    Feed.enabled,
    Feed.status,
    Feed.status_since,
    Feed.entry_count,
    Feed.last_polled_at,
    Feed.last_success_at,
    Feed.next_poll_at,
    Feed.not_before,
    Feed.interval_s,
    Feed.failures,
    Feed.error_kind,
    Feed.error_detail,
    Feed.adopted_url,
    Feed.advertised,
    Feed.clamped_dates,
    Feed.last_duration_ms,
    Feed.newest_entry_at,
    Feed.mean_gap_s,
    Feed.median_delay_s,
)


def _health(row: Row[*tuple[Any, ...]], source: SourceRef) -> FeedHealth:
    facts = health.FeedFacts(
        enabled=row.enabled,
        status=row.status,
        error_kind=row.error_kind,
        adopted_url=row.adopted_url,
        took_ms=row.last_duration_ms,
        last_success_at=row.last_success_at,
        newest_at=row.newest_entry_at,
        status_since=row.status_since,
    )
    polled = row.enabled and row.status != "gone"
    return FeedHealth(
        id=row.id,
        url=row.url,
        section=row.section,
        source=source,
        enabled=row.enabled,
        status=health.feed_state(facts),
        entry_count=row.entry_count,
        last_polled_at=row.last_polled_at,
        last_success_at=row.last_success_at,
        next_poll_at=row.next_poll_at if polled else None,
        interval_s=row.interval_s,
        error_kind=row.error_kind,
        error_detail=row.error_detail,
        since=health.state_since(facts),
        adopted_url=row.adopted_url,
        advertised=tuple((title, url) for title, url in row.advertised or ()),
        failures=row.failures,
        not_before=row.not_before,
        took_ms=row.last_duration_ms,
        clamped_dates=row.clamped_dates,
        newest_at=row.newest_entry_at,
        mean_gap_s=row.mean_gap_s,
        median_delay_s=row.median_delay_s,
    )


def _ref(row: Row[*tuple[Any, ...]]) -> SourceRef:
    return SourceRef(
        id=row.id,
        slug=row.slug,
        name=LocalizedName(row.name_ar, row.name_fr, row.name_en),
        country=row.country,
        language=row.language,
    )

"""Sources and feeds as pages show them.

Nothing here counts entries: `feeds.entry_count` and `feeds.newest_entry_at` are written together
with the entries, and languages are found by a skip scan of an index.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from aggregator.errors import NotFound
from aggregator.process.feeds import health
from aggregator.storage.models import Entry, Feed, Source
from aggregator.storage.models.base import table
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import in_list
from aggregator.storage.sql.snapshot import once
from aggregator.types import FeedHealth, FilterOptions, LocalizedName, SourceOverview, SourceRef

AnySelect = Select[*tuple[Any, ...]]  # columns of Core tables carry no types

_INTERFACE_LANGUAGES = ("ar", "fr", "en")


class _SourceRow(NamedTuple):
    """The columns of a source that make a reference to it, and its place among the others."""

    position: int
    id: int
    slug: str
    name_ar: str
    name_fr: str
    name_en: str
    country: str
    language: str
    owner: str | None

    @property
    def ref(self) -> SourceRef:
        """The reference."""
        return _ref(*self[1:])


@lru_cache(maxsize=4096)
def _ref(
    id_: int,
    slug: str,
    name_ar: str,
    name_fr: str,
    name_en: str,
    country: str,
    language: str,
    owner: str | None,
) -> SourceRef:
    """A reference: the same for the same columns, which are read anew for each page."""
    name = LocalizedName(name_ar, name_fr, name_en)
    return SourceRef(id_, slug, name, country, language, owner)


class _FeedRow(NamedTuple):
    """The columns of a feed that make its health."""

    id: int
    url: str
    section: str
    source_id: int
    enabled: bool
    status: str
    status_since: datetime | None
    entry_count: int
    last_polled_at: datetime | None
    last_success_at: datetime | None
    next_poll_at: datetime
    not_before: datetime | None
    interval_s: int
    failures: int
    error_kind: str | None
    error_detail: str | None
    adopted_url: str | None
    advertised: list[list[str]] | None
    clamped_dates: int
    last_duration_ms: int | None
    newest_entry_at: datetime | None
    mean_gap_s: int | None
    median_delay_s: int | None


_sources, _feeds = table(Source), table(Feed)
_source_columns = tuple(_sources.c[name] for name in _SourceRow._fields)
_feed_rows = select(*(_feeds.c[name] for name in _FeedRow._fields))
_source_rows = select(
    *_source_columns, _sources.c.site, _sources.c.ownership, _sources.c.enabled
).order_by(_sources.c.position, _sources.c.id)
_sections = select(_feeds.c.source_id, _feeds.c.section).where(_feeds.c.enabled)
_source_row = _source_rows.where(_sources.c.slug == bindparam("slug"))


def source_refs(session: Session, ids: Iterable[int] | None = None) -> dict[int, SourceRef]:
    """Sources by id: those among `ids`, or all, in display order."""
    if ids is None:
        return once(session, "all sources", lambda: _all_source_refs(session))
    known: dict[int, _SourceRow] = once(session, "source rows", dict)
    wanted = set(ids)
    if missing := wanted.difference(known):
        found = session.execute(_ref_rows(dialect_of(session)), {"ids": missing}).all()
        known.update((row.id, row) for row in map(_SourceRow._make, found))
    return {row.id: row.ref for row in sorted(known[id_] for id_ in wanted if id_ in known)}


def configured_sources(session: Session) -> tuple[SourceRef, ...]:
    """The sources that are configured now, in display order."""
    rows = session.execute(_ref_rows(None).where(_sources.c.enabled)).all()
    return tuple(row.ref for row in map(_SourceRow._make, rows))


def source_ref(session: Session, slug: str) -> SourceRef:
    """One source. Raises NotFound."""
    named = select(*_source_columns).where(_sources.c.slug == slug)
    row = session.execute(named).one_or_none()
    if row is None:
        raise NotFound("source", slug)
    return _SourceRow._make(row).ref


def _all_source_refs(session: Session) -> dict[int, SourceRef]:
    rows = session.execute(_ref_rows(None)).all()
    return {row.id: row.ref for row in map(_SourceRow._make, rows)}


@cache
def _ref_rows(dialect: str | None) -> AnySelect:
    """All sources; with a dialect, those among "ids"."""
    statement = select(*_source_columns)
    if dialect is not None:
        statement = statement.where(in_list(_sources.c.id, "ids", dialect))
    return statement.order_by(_sources.c.position, _sources.c.id)


def source_sections(session: Session) -> dict[int, frozenset[str]]:
    """The sections of the feeds of each source, as configured."""
    rows = session.execute(_sections).all()
    found: dict[int, set[str]] = defaultdict(set)
    for source_id, section in rows:
        found[source_id].add(section)
    return {source_id: frozenset(sections) for source_id, sections in found.items()}


def source_sites(session: Session, ids: Iterable[int]) -> dict[int, str]:
    """The home pages of sources, by id."""
    rows = session.execute(select(Source.id, Source.site).where(Source.id.in_(tuple(ids))))
    return {row.id: row.site for row in rows}


def filter_options(session: Session) -> FilterOptions:
    """The sources, countries and languages that lists can be filtered by: those with entries."""
    with_entries = select(Feed.source_id).where(Feed.entry_count > 0)
    statement = _ref_rows(None).where(_sources.c.id.in_(with_entries))
    sources = tuple(_SourceRow._make(row).ref for row in session.execute(statement))
    return FilterOptions(
        sources=sources,
        countries=tuple(dict.fromkeys(source.country for source in sources)),
        languages=entry_languages(session),
    )


def entry_languages(session: Session) -> tuple[str, ...]:
    """The languages of entries: those of the interface first, then by code."""
    found = set(session.execute(_languages).scalars())
    first = [language for language in _INTERFACE_LANGUAGES if language in found]
    return (*first, *sorted(found.difference(first)))


def _language_jumps() -> Select[str]:
    """One index look-up per language; DISTINCT would read the whole index."""
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
    """All sources with their feeds; one no longer configured only while it has entries."""
    overviews = _overviews(session, _source_rows)
    return tuple(each for each in overviews if each.enabled or each.entry_count)


def find_source(session: Session, slug: str) -> SourceOverview:
    """One source with its feeds. Raises NotFound."""
    for overview in _overviews(session, _source_row, {"slug": slug}):
        return overview
    raise NotFound("source", slug)


def list_feeds(session: Session) -> tuple[FeedHealth, ...]:
    """All feeds, in the order of the sources."""
    refs = source_refs(session)
    feeds = _feeds_by_source(session, refs)
    return tuple(feed for source_id in refs for feed in feeds[source_id])


def find_feed(session: Session, feed_id: int) -> FeedHealth:
    """One feed. Raises NotFound."""
    found = session.execute(_feed_rows.where(_feeds.c.id == feed_id)).one_or_none()
    if found is None:
        raise NotFound("feed", feed_id)
    row = _FeedRow._make(found)
    return _health(row, source_refs(session, [row.source_id])[row.source_id])


def _overviews(
    session: Session, statement: AnySelect, parameters: dict[str, object] | None = None
) -> list[SourceOverview]:
    rows = session.execute(statement, parameters).all()
    sources = [
        (_SourceRow._make(columns).ref, site, ownership, enabled)
        for *columns, site, ownership, enabled in rows
    ]
    feeds = _feeds_by_source(session, {ref.id: ref for ref, *_ in sources})
    return [
        SourceOverview(
            source=ref,
            site=site,
            ownership=ownership,
            enabled=enabled,
            entry_count=sum(feed.entry_count for feed in feeds[ref.id]),
            last_entry_at=max(
                (feed.newest_at for feed in feeds[ref.id] if feed.newest_at), default=None
            ),
            feeds=tuple(feeds[ref.id]),
        )
        for ref, site, ownership, enabled in sources
    ]


def _feeds_by_source(
    session: Session, refs: dict[int, SourceRef]
) -> defaultdict[int, list[FeedHealth]]:
    rows = session.execute(_feed_rows_of(dialect_of(session)), {"sources": refs}).all()
    feeds: defaultdict[int, list[FeedHealth]] = defaultdict(list)
    for row in map(_FeedRow._make, rows):
        feeds[row.source_id].append(_health(row, refs[row.source_id]))
    return feeds


@cache
def _feed_rows_of(dialect: str) -> AnySelect:
    of_sources = in_list(_feeds.c.source_id, "sources", dialect)
    return _feed_rows.where(of_sources).order_by(_feeds.c.position, _feeds.c.id)


def _health(row: _FeedRow, source: SourceRef) -> FeedHealth:
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

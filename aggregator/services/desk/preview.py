"""What a rule would bring: the entries of the last days through the very matcher that will run."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy.orm import Session

from aggregator.process.analysis.search_document import searchable_text
from aggregator.query.rule_highlights import RuleSpan, highlight_rule, rule_snippet
from aggregator.query.rule_index import required_terms
from aggregator.query.topic_rule import TopicRule, parse_rule
from aggregator.services.ingest.match_topics import is_in_window, matchable_from_row, try_read_rule
from aggregator.storage.listing.summaries import find_summaries
from aggregator.storage.topics import backfill
from aggregator.storage.topics.candidates import rule_candidates
from aggregator.storage.topics.feed_facets import FeedFacets, load_feed_facets
from aggregator.types import EntrySummary

DAYS = 7
MAX_HITS = 20
MAX_DIFFERENCES = 10
"""Entries shown of those that would join, and of those that would leave."""
TIME_LIMIT_S = 2.0
"""What takes longer is cut short, and said to be."""
MAX_CANDIDATES = 20_000
"""What has a word of the rule; of more only the newest are looked at."""
_CHUNK = 250


@dataclass(frozen=True, slots=True)
class PreviewHit:
    """An entry that the rule brings, with what it found marked."""

    entry: EntrySummary
    title: tuple[RuleSpan, ...]
    snippet: tuple[RuleSpan, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rule brings of the last days, and how that differs from the saved rule."""

    hits: tuple[PreviewHit, ...]
    """The newest."""
    total: int
    days: tuple[tuple[date, int], ...]
    """The newest first."""
    joining: tuple[PreviewHit, ...]
    leaving: tuple[PreviewHit, ...]
    joining_count: int
    leaving_count: int
    since: datetime
    """From when on entries were looked at."""
    complete: bool
    """False where there was too much to look at all of it in time."""
    compared: bool
    """Whether there is a saved rule that differs."""


@dataclass(slots=True)
class _RuleDiff:
    """Rows that one rule wants, or only one of the two."""

    wanted: list[Any]
    joining: list[Any]
    leaving: list[Any]


def preview(session: Session, text: str, saved: str | None, now: datetime, zone: tzinfo) -> Preview:
    """Try a rule, and the saved one beside it; days are counted in `zone`. Raises QueryError."""
    rule = parse_rule(text)
    before = try_read_rule(saved) if saved and saved != text else None
    start = now - timedelta(days=DAYS)
    sides = _RuleDiff([], [], [])
    since, complete = _try(session, rule, before, start, now, sides)
    return Preview(
        hits=_hits(session, rule, sides.wanted[:MAX_HITS]),
        total=len(sides.wanted),
        days=_per_day(sides.wanted, since, now, zone),
        joining=_hits(session, rule, sides.joining[:MAX_DIFFERENCES]),
        leaving=_hits(session, before or rule, sides.leaving[:MAX_DIFFERENCES]),
        joining_count=len(sides.joining),
        leaving_count=len(sides.leaving),
        since=since,
        complete=complete,
        compared=before is not None,
    )


def _try(
    session: Session,
    rule: TopicRule,
    before: TopicRule | None,
    start: datetime,
    now: datetime,
    sides: _RuleDiff,
) -> tuple[datetime, bool]:
    """From when on entries were tried, and whether that is all of them."""
    places = load_feed_facets(session)
    until = time.monotonic() + TIME_LIMIT_S
    for rows, since in _chunks(session, rule, before, start):
        for row in rows:
            if row.published_at >= start:
                _sort(row, places[row.feed_id], rule, before, now, sides)
        if since is None:
            return start, True
        if time.monotonic() > until:
            return since, False
    return start, True


def _chunks(
    session: Session, rule: TopicRule, before: TopicRule | None, start: datetime
) -> Iterator[tuple[list[Any], datetime | None]]:
    """What may match, the newest first, and up to where that is; None for all the rest."""
    anchors = [required_terms(each.tree) for each in (rule, before) if each is not None]
    ids = rule_candidates(session, anchors, start, MAX_CANDIDATES)
    if ids is None:
        yield from _everything(session, start)
        return
    for first in range(0, len(ids), _CHUNK):
        rows = backfill.find_entries(session, ids[first : first + _CHUNK])
        last = first + _CHUNK >= len(ids) and len(ids) < MAX_CANDIDATES
        yield rows, None if last or not rows else rows[-1].published_at


def _everything(session: Session, start: datetime) -> Iterator[tuple[list[Any], datetime | None]]:
    place: tuple[datetime, int] | None = None
    while True:
        rows = backfill.newest_entries(session, start, place, _CHUNK)
        if len(rows) < _CHUNK:
            yield rows, None
            return
        place = rows[-1].published_at, rows[-1].id
        yield rows, place[0]


def _sort(
    row: Any,
    place: FeedFacets,
    rule: TopicRule,
    before: TopicRule | None,
    now: datetime,
    sides: _RuleDiff,
) -> None:
    entry = matchable_from_row(row, place)
    wanted = rule.matches(entry) and is_in_window(rule.window, row.published_at, now)
    if wanted:
        sides.wanted.append(row)
    if before is None:
        return
    had = before.matches(entry) and is_in_window(before.window, row.published_at, now)
    if wanted and not had:
        sides.joining.append(row)
    elif had and not wanted:
        sides.leaving.append(row)


def _hits(session: Session, rule: TopicRule, rows: list[Any]) -> tuple[PreviewHit, ...]:
    entries = {each.id: each for each in find_summaries(session, [row.id for row in rows])}
    return tuple(
        PreviewHit(
            entries[row.id],
            highlight_rule(rule.tree, row.title),
            rule_snippet(rule.tree, searchable_text(row.summary, row.content or "")),
        )
        for row in rows
        if row.id in entries
    )


def _per_day(
    rows: list[Any], since: datetime, now: datetime, zone: tzinfo
) -> tuple[tuple[date, int], ...]:
    counts = Counter(row.published_at.astimezone(zone).date() for row in rows)
    first, today = since.astimezone(zone).date(), now.astimezone(zone).date()
    days = [today - timedelta(days=back) for back in range((today - first).days + 1)]
    return tuple((day, counts[day]) for day in days)

"""Preview of a rule: recent entries through the very matcher that will run."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from sqlalchemy.orm import Session

from aggregator.process.analysis.search_document import searchable_text
from aggregator.query.rule_highlights import RuleSpan, highlight_rule, rule_snippet
from aggregator.query.rule_index import required_terms
from aggregator.query.topic_rule import TopicRule, parse_rule
from aggregator.services.ingest.match_topics import is_in_window, matchable_from_row, try_read_rule
from aggregator.storage.listing.summaries import find_summaries
from aggregator.storage.sql.cursors import Position
from aggregator.storage.topics import backfill
from aggregator.storage.topics.backfill import StoredEntry
from aggregator.storage.topics.candidates import rule_candidates
from aggregator.storage.topics.feed_facets import FeedFacets, load_feed_facets
from aggregator.types import EntrySummary

DAYS = 7
MAX_HITS = 20
# Maximum entries to show of those that would join the topic, and of those that would leave it.
MAX_DIFFERENCES = 10
# A preview that takes longer is cut short and marked incomplete.
TIME_LIMIT_S = 2.0
# Maximum entries with a word of the rule to match; of more only the newest are.
MAX_CANDIDATES = 20_000
_CHUNK = 250


@dataclass(frozen=True, slots=True)
class PreviewHit:
    """An entry that the rule matches, with the matches highlighted."""

    entry: EntrySummary
    title: tuple[RuleSpan, ...]
    snippet: tuple[RuleSpan, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """The recent entries that a rule matches, and how they differ from those of the saved rule."""

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
    """Entries published before this time were not matched."""
    complete: bool
    """False if there were too many entries to match all of them in time."""
    compared: bool
    """Whether there is a saved rule, and it differs."""


@dataclass(slots=True)
class _RuleDiff:
    """Entries that the new rule matches; that only the new one, only the old one matches."""

    matched: list[StoredEntry]
    joining: list[StoredEntry]
    leaving: list[StoredEntry]


def preview(session: Session, text: str, saved: str | None, now: datetime, zone: tzinfo) -> Preview:
    """Match a rule, and compare it with the saved one, over `DAYS` days of `zone`, today included.

    Raises QueryError.
    """
    rule = parse_rule(text)
    before = try_read_rule(saved) if saved and saved != text else None
    today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    start = today - timedelta(days=DAYS - 1)
    diff = _RuleDiff([], [], [])
    since, complete = _match(session, rule, before, start, now, diff)
    return Preview(
        hits=_hits(session, rule, diff.matched[:MAX_HITS]),
        total=len(diff.matched),
        days=_per_day(diff.matched, since, now, zone),
        joining=_hits(session, rule, diff.joining[:MAX_DIFFERENCES]),
        leaving=_hits(session, before or rule, diff.leaving[:MAX_DIFFERENCES]),
        joining_count=len(diff.joining),
        leaving_count=len(diff.leaving),
        since=since,
        complete=complete,
        compared=before is not None,
    )


def _match(
    session: Session,
    rule: TopicRule,
    before: TopicRule | None,
    start: datetime,
    now: datetime,
    diff: _RuleDiff,
) -> tuple[datetime, bool]:
    """Fill `diff`; the time back to which entries were matched, and whether that is all of them."""
    feeds = load_feed_facets(session)
    until = time.monotonic() + TIME_LIMIT_S
    for rows, since in _chunks(session, rule, before, start):
        for row in rows:
            if row.published_at >= start:
                _sort(row, feeds[row.feed_id], rule, before, now, diff)
        if since is None:
            return start, True
        if time.monotonic() > until:
            return since, False
    return start, True


def _chunks(
    session: Session, rule: TopicRule, before: TopicRule | None, start: datetime
) -> Iterator[tuple[list[StoredEntry], datetime | None]]:
    """Chunks of candidates, the newest first, and how far back they reach; None for the last."""
    anchors = [required_terms(each.tree) for each in (rule, before) if each is not None]
    ids = rule_candidates(session, anchors, start, MAX_CANDIDATES)
    if ids is None:
        yield from _all_chunks(session, start)
        return
    for first in range(0, len(ids), _CHUNK):
        rows = backfill.find_entries(session, ids[first : first + _CHUNK])
        last = first + _CHUNK >= len(ids) and len(ids) < MAX_CANDIDATES
        yield rows, None if last or not rows else rows[-1].published_at


def _all_chunks(
    session: Session, start: datetime
) -> Iterator[tuple[list[StoredEntry], datetime | None]]:
    position: Position | None = None
    while True:
        rows = backfill.newest_entries(session, start, position, _CHUNK)
        if len(rows) < _CHUNK:
            yield rows, None
            return
        position = Position(rows[-1].published_at, rows[-1].id)
        yield rows, position.published_at


def _sort(
    row: StoredEntry,
    feed: FeedFacets,
    rule: TopicRule,
    before: TopicRule | None,
    now: datetime,
    diff: _RuleDiff,
) -> None:
    entry = matchable_from_row(row, feed)
    matches = rule.matches(entry) and is_in_window(rule.window, row.published_at, now)
    if matches:
        diff.matched.append(row)
    if before is None:
        return
    matched = before.matches(entry) and is_in_window(before.window, row.published_at, now)
    if matches and not matched:
        diff.joining.append(row)
    elif matched and not matches:
        diff.leaving.append(row)


def _hits(session: Session, rule: TopicRule, rows: list[StoredEntry]) -> tuple[PreviewHit, ...]:
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
    rows: list[StoredEntry], since: datetime, now: datetime, zone: tzinfo
) -> tuple[tuple[date, int], ...]:
    counts = Counter(row.published_at.astimezone(zone).date() for row in rows)
    first, today = since.astimezone(zone).date(), now.astimezone(zone).date()
    days = [today - timedelta(days=back) for back in range((today - first).days + 1)]
    return tuple((day, counts[day]) for day in days)

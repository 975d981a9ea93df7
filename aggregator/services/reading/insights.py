"""Blind spots and first tellings: what only some told, who was first, who reprinted.

Days before today come from the sums that the poller stores; today, and yesterday until it is summed
up, are judged as the page is asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from aggregator.process.periods import Period, Step, day_bounds, periods_up_to
from aggregator.process.stories.insights import (
    InsightSums,
    Role,
    SourceSums,
    StoryInsight,
    StoryKind,
    has_kind,
    has_role,
    judge_stories,
    sum_stories,
)
from aggregator.storage.feeds import overview
from aggregator.storage.listing import insights as listing
from aggregator.storage.listing.insights import ToldStory
from aggregator.storage.listing.stories import leads_of
from aggregator.storage.sql.cursors import Position, decode_cursor, encode_cursor
from aggregator.storage.stories import insights as stored
from aggregator.types import EntrySummary, SourceRef
from aggregator.types.limits import MAX_ID

PAGE_SIZE = 50
# Periods of a chart.
CHARTED: dict[Step, int] = {"day": 14, "week": 12, "month": 12}
# Most widely told stories to list.
WIDEST = 10
_DAY = timedelta(days=1)


class StoryScope(NamedTuple):
    """Which stories to list: of a kind, or those in which a source was something."""

    period: Period
    kind: StoryKind = "shared"
    source: str | None = None
    """The slug of a source; then `kind` does not count."""
    role: Role = "told"


@dataclass(frozen=True, slots=True)
class ListedStory:
    """A story with its headline, who told it first, and who followed."""

    story: ToldStory
    headline: EntrySummary
    first: SourceRef | None
    """None if two sources had it within the same minute."""
    second: SourceRef | None


@dataclass(frozen=True, slots=True)
class StoryList:
    """Stories, the latest first, and how many there are on all pages."""

    stories: tuple[ListedStory, ...]
    total: int
    source: SourceRef | None
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class InsightsView:
    """A day, week or month: stories of several sources by kind, by source, most widely told."""

    period: Period
    counts: Counter[StoryKind]
    chart: tuple[tuple[Period, Counter[StoryKind]], ...]
    """The counts of the last periods, the earliest first."""
    sources: tuple[tuple[SourceRef, SourceSums], ...]
    """Most first tellings first."""
    widest: tuple[ListedStory, ...]
    pending: bool
    """Whether days of the chart are still to be summed up."""


@dataclass(frozen=True, slots=True)
class _LiveDays:
    """The last days as they are now; those before `first` are stored."""

    first: date
    stories: dict[date, list[StoryInsight]]
    """The latest day first."""

    def within(self, first: date, last: date) -> list[tuple[date, StoryInsight]]:
        """The stories of these days, the latest first."""
        return [
            (day, story)
            for day, stories in self.stories.items()
            if first <= day <= last
            for story in stories
        ]


def get_insights(session: Session, period: Period, zone: ZoneInfo, now: datetime) -> InsightsView:
    """The figures of a period; days begin in `zone`."""
    periods = periods_up_to(period, CHARTED[period.step])
    live = _judge_live(session, periods[0].first, period.last, zone, now)
    by_day = listing.count_by_day(session, periods[0].first, _before(live.first, period.last))
    pending = _is_pending(session, periods[0].first, live.first, by_day, zone)
    for day, stories in live.stories.items():
        by_day[day] = sum_stories(stories).counts
    chart = tuple((each, _sum_counts(by_day, each)) for each in periods)
    return InsightsView(
        period=period,
        counts=chart[-1][1],
        chart=chart,
        sources=_rank_sources(session, _sum_sources(session, period, live)),
        widest=_present(session, _widest(session, period, live)),
        pending=pending,
    )


def list_stories(
    session: Session,
    scope: StoryScope,
    zone: ZoneInfo,
    now: datetime,
    cursor: str | None = None,
    limit: int = PAGE_SIZE,
) -> StoryList:
    """The stories behind a figure, the latest first. Raises NotFound for an unknown source."""
    source = overview.source_ref(session, scope.source) if scope.source is not None else None
    first, last = scope.period.first, scope.period.last
    live = _judge_live(session, first, last, zone, now)
    before = _position(cursor) if cursor else (last, MAX_ID)
    found = [
        ToldStory.of(day, story)
        for day, story in live.within(first, last)
        if (day, story.id) < before and _is_in(story, scope, source)
    ]
    if len(found) <= limit:
        older = min(before, (_before(live.first, last), MAX_ID))
        found += _stored_stories(session, scope, source, older, limit + 1 - len(found))
    page = found[:limit]
    return StoryList(
        stories=_present(session, page),
        total=_total(session, scope, source, live),
        source=source,
        next_cursor=_cursor(page[-1]) if len(found) > limit else None,
    )


# --- sums ------------------------------------------------------------------------------------


def _judge_live(
    session: Session, first: date, last: date, zone: ZoneInfo, now: datetime
) -> _LiveDays:
    """Judge today, and yesterday unless it is summed up, as far as they are in these days."""
    today = now.astimezone(zone).date()
    yesterday = today - _DAY
    is_stored = yesterday in listing.count_by_day(session, yesterday, yesterday)
    days = (today,) if is_stored else (today, yesterday)
    wanted = [day for day in days if first <= day <= last]
    groups = stored.source_groups(session) if wanted else None
    stories = {
        day: judge_stories(stored.tellings_between(session, *day_bounds(day, zone)), groups)
        for day in wanted
        if groups is not None
    }
    return _LiveDays(days[-1], stories)


def _before(first_live: date, last: date) -> date:
    """The last day of a period that comes from stored sums."""
    return min(last, first_live - _DAY)


def _is_pending(
    session: Session,
    first: date,
    live: date,
    by_day: dict[date, Counter[StoryKind]],
    zone: ZoneInfo,
) -> bool:
    """Whether the earliest day with stories is not summed up: the latest days are first."""
    earliest = stored.first_told_since(session, day_bounds(first, zone)[0])
    if earliest is None:
        return False
    day = earliest.astimezone(zone).date()
    return day < live and day not in by_day


def _sum_counts(by_day: dict[date, Counter[StoryKind]], period: Period) -> Counter[StoryKind]:
    sums: Counter[StoryKind] = Counter()
    for day, counts in by_day.items():
        if period.first <= day <= period.last:
            sums.update(counts)
    return sums


def _sum_sources(session: Session, period: Period, live: _LiveDays) -> dict[int, SourceSums]:
    found = InsightSums()
    found.sources = listing.sum_sources(session, period.first, _before(live.first, period.last))
    found.add(sum_stories(story for _, story in live.within(period.first, period.last)))
    return found.sources


def _rank_sources(
    session: Session, sums: dict[int, SourceSums]
) -> tuple[tuple[SourceRef, SourceSums], ...]:
    refs = overview.source_refs(session, sums)
    ranked = sorted(sums.items(), key=lambda each: (-each[1].first, -each[1].told, each[0]))
    return tuple((refs[id_], counts) for id_, counts in ranked if id_ in refs)


# --- stories ---------------------------------------------------------------------------------


def _widest(session: Session, period: Period, live: _LiveDays) -> list[ToldStory]:
    last = _before(live.first, period.last)
    found = listing.widest_stories(session, period.first, last, WIDEST)
    found += [ToldStory.of(*each) for each in live.within(period.first, period.last)]
    return sorted(found, key=lambda story: (-story.source_count, story.id))[:WIDEST]


def _is_in(story: StoryInsight, scope: StoryScope, source: SourceRef | None) -> bool:
    if source is None:
        return has_kind(story, scope.kind)
    return has_role(story, source.id, scope.role)


def _stored_stories(
    session: Session,
    scope: StoryScope,
    source: SourceRef | None,
    before: tuple[date, int],
    limit: int,
) -> list[ToldStory]:
    first = scope.period.first
    if source is None:
        return listing.stories_of_kind(session, scope.kind, first, before, limit)
    return listing.stories_of_source(session, source.id, scope.role, first, before, limit)


def _total(session: Session, scope: StoryScope, source: SourceRef | None, live: _LiveDays) -> int:
    """How many stories there are: the figure that leads to the list, from the same sums."""
    period = scope.period
    if source is not None:
        return _sum_sources(session, period, live).get(source.id, SourceSums()).of(scope.role)
    by_day = listing.count_by_day(session, period.first, _before(live.first, period.last))
    now = sum(has_kind(story, scope.kind) for _, story in live.within(period.first, period.last))
    return sum(counts[scope.kind] for counts in by_day.values()) + now


def _present(session: Session, stories: Sequence[ToldStory]) -> tuple[ListedStory, ...]:
    """Stories with headlines and names; without those that retention has just deleted."""
    headlines = leads_of(session, [story.id for story in stories])
    refs = overview.source_refs(
        session,
        {id_ for each in stories for id_ in (each.first_source_id, each.second_source_id) if id_},
    )
    return tuple(
        ListedStory(
            story,
            headlines[story.id],
            refs.get(story.first_source_id or 0),
            refs.get(story.second_source_id),
        )
        for story in stories
        if story.id in headlines
    )


def _position(cursor: str) -> tuple[date, int]:
    position = decode_cursor(cursor)
    return position.published_at.date(), position.id


def _cursor(story: ToldStory) -> str:
    return encode_cursor(Position(datetime.combine(story.day, time(), UTC), story.id))

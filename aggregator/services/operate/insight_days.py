"""Daily sums of who told stories: blind spots, first tellings, reprints."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from aggregator.process.periods import day_bounds
from aggregator.process.stories.insights import SourceGroups, judge_stories
from aggregator.process.stories.keys import STORY_WINDOW
from aggregator.storage import jobs
from aggregator.storage.engine import Database
from aggregator.storage.stories import insights

RUN_INTERVAL = timedelta(days=1)
_DAY = timedelta(days=1)
# Stories may still get entries for this long. Older ones change only as editors merge or split
# them, as feeds bring entries of long ago, or as retention deletes.
_RECENT = STORY_WINDOW + _DAY


def update_insight_days(
    database: Database, zone: ZoneInfo, now: datetime, stop: Callable[[], bool] = lambda: False
) -> None:
    """Sum up the days before today that are not yet, or no longer true; the latest first.

    Days begin in `zone`, each is summed up in a transaction of its own. Recent days are checked
    each time, older ones daily; a change of owners or countries has all summed up again.
    """
    today = now.astimezone(zone).date()
    with database.write() as session:
        insights.delete_days_from(session, today)
        everything = jobs.claim_daily_run(session, "insights", RUN_INTERVAL, now)
    with database.read() as session:
        groups = insights.source_groups(session)
        known = insights.summed_days(session)
        days = sorted({*known, *_days_with_stories(session, today, zone)}, reverse=True)
    basis = insights.basis_of(groups, zone.key)
    for day in days:
        if stop():
            return
        before = known.get(day)
        if everything or day > today - _RECENT or before is None or before[0] != basis:
            _update_day(database, day, zone, groups, before)


def update_recent_insight_days(
    database: Database, zone: ZoneInfo, now: datetime, stop: Callable[[], bool] = lambda: False
) -> None:
    """Sum up recent days whose stories have changed; all days if the earliest is not summed up yet.

    Between two runs of `update_insight_days`, so that what a new feed brings shows within minutes.
    Reads only, unless a day has changed.
    """
    today = now.astimezone(zone).date()
    with database.read() as session:
        known = insights.summed_days(session)
        earliest = insights.first_told_since(session, datetime.min.replace(tzinfo=UTC))
        told = _days_with_stories(session, today, zone)
        recent = {*takewhile(lambda day: day > today - _RECENT, told)}
        recent.update(day for day in known if today - _RECENT < day < today)
        groups = insights.source_groups(session)
    first_day = earliest.astimezone(zone).date() if earliest else today
    if first_day < today and first_day not in known:
        update_insight_days(database, zone, now, stop)
        return
    for day in sorted(recent, reverse=True):
        if stop():
            return
        _update_day(database, day, zone, groups, known.get(day))


def _days_with_stories(session: Session, today: date, zone: ZoneInfo) -> Iterator[date]:
    """Yield the days before today on which stories were first told, the latest first."""
    day = today
    while (last := insights.last_told_before(session, day_bounds(day, zone)[0])) is not None:
        day = last.astimezone(zone).date()
        yield day


def _update_day(
    database: Database,
    day: date,
    zone: ZoneInfo,
    groups: SourceGroups,
    before: tuple[int, int] | None,
) -> None:
    """Sum up a day unless its basis and its stories are as they were `before`."""
    bounds = day_bounds(day, zone)
    basis = insights.basis_of(groups, zone.key)
    with database.read() as session:
        # First, so that what arrives meanwhile makes another one.
        fingerprint = insights.fingerprint_between(session, *bounds)
        if before == (basis, fingerprint):
            return
        stories = judge_stories(insights.tellings_between(session, *bounds), groups)
    with database.write() as session:
        insights.save_day(session, day, basis, fingerprint, stories)

"""Stories with their entries for daily sums, and the sums as rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, delete, func, insert, select
from sqlalchemy.orm import Session

from aggregator.keys import key64, pack
from aggregator.process.stories.insights import (
    BLIND_SPOTS,
    HOME_COUNTRY,
    MIN_SOURCES,
    STORY_KINDS,
    InsightSums,
    SourceGroups,
    StoryInsight,
    Telling,
    sum_stories,
)
from aggregator.storage.feeds.owners import owners_of
from aggregator.storage.models import (
    Entry,
    InsightDay,
    InsightSourceDay,
    InsightStory,
    InsightTelling,
    Source,
    StoryEntry,
    StoryRow,
)
from aggregator.storage.models.base import UtcTime, table
from aggregator.storage.sql.upsert import insert_or_replace

# The most widely told stories of a day to keep in order: those of a month are among them.
MAX_RANKED = 10
# Another number has all days summed up again: raise it when stories are judged otherwise.
_METHOD = 2

_TIME = UtcTime()
_stories, _members = table(StoryRow), table(StoryEntry)
_entries, _originals = table(Entry), table(Entry).alias("originals")


def source_groups(session: Session) -> SourceGroups:
    """The sources of the state, by their owner or else by their own account, and those abroad."""
    columns = Source.id, Source.country, Source.ownership, Source.owner
    rows = session.execute(select(*columns).order_by(Source.id)).all()
    owners = owners_of(session, (row.owner for row in rows))
    kinds = {row.id: owner.kind if (owner := owners.top(row.owner)) else None for row in rows}
    return SourceGroups(
        state=frozenset(row.id for row in rows if (kinds[row.id] or row.ownership) == "state"),
        abroad=frozenset(row.id for row in rows if row.country != HOME_COUNTRY),
    )


def basis_of(groups: SourceGroups, zone: str) -> int:
    """The key of what sums depend on beside stories: groups of sources, time zone, method."""
    return key64(str(_METHOD), zone, str(sorted(groups.state)), str(sorted(groups.abroad)))


def tellings_between(session: Session, start: datetime, end: datetime) -> list[Telling]:
    """All entries of the stories of several sources first told from `start` up to `end`."""
    rows = session.execute(_tellings(), {"start": start, "end": end})
    return [Telling._make(row) for row in rows]


def fingerprint_between(session: Session, start: datetime, end: datetime) -> int:
    """The key of the stories first told from `start` up to `end`: it changes with any of them."""
    row = session.execute(_fingerprint(), {"start": start, "end": end}).one()
    return key64(*(str(value or 0) for value in row))


def last_told_before(session: Session, moment: datetime) -> datetime | None:
    """When the last story before `moment` was first told; None if there is none."""
    first_at = _stories.c.first_at
    found: datetime | None = session.execute(
        select(func.max(first_at)).where(first_at < moment)
    ).scalar_one()
    return found


def first_told_since(session: Session, moment: datetime) -> datetime | None:
    """When the first story from `moment` on was first told; None if there is none."""
    first_at = _stories.c.first_at
    found: datetime | None = session.execute(
        select(func.min(first_at)).where(first_at >= moment)
    ).scalar_one()
    return found


def summed_days(session: Session) -> dict[date, tuple[int, int]]:
    """Basis and fingerprint of the days whose sums are stored."""
    rows = session.execute(select(InsightDay.day, InsightDay.basis, InsightDay.fingerprint))
    return {row.day: (row.basis, row.fingerprint) for row in rows}


def save_day(
    session: Session, day: date, basis: int, fingerprint: int, stories: Sequence[StoryInsight]
) -> None:
    """Replace the sums and stories of a day.

    The row of the day comes first: on PostgreSQL another process that sums up the same day waits
    for it.
    """
    sums = sum_stories(stories)
    counts: dict[str, int] = {kind: sums.counts[kind] for kind in STORY_KINDS}
    row: dict[str, object] = {"day": day, "basis": basis, "fingerprint": fingerprint, **counts}
    insert_or_replace(session, InsightDay, [row], "basis", "fingerprint", *STORY_KINDS)
    _delete_details(session, day)
    for model, rows in (
        (InsightSourceDay, _source_rows(day, sums)),
        (InsightStory, _story_rows(day, stories)),
        (InsightTelling, _telling_rows(day, stories)),
    ):
        if rows:
            session.execute(insert(model), rows)


def delete_days_from(session: Session, first: date) -> None:
    """Delete days from `first` on: a clock that was ahead has summed them up too early."""
    days = list(session.execute(select(InsightDay.day).where(InsightDay.day >= first)).scalars())
    for day in days:
        _delete_details(session, day)
        session.execute(delete(InsightDay).where(InsightDay.day == day))


def _delete_details(session: Session, day: date) -> None:
    sources = select(InsightSourceDay.source_id).where(InsightSourceDay.day == day)
    # By source, too: the key begins with it.
    tellings = delete(InsightTelling).where(
        InsightTelling.source_id.in_(sources), InsightTelling.day == day
    )
    session.execute(tellings.execution_options(synchronize_session=False))
    for model in (InsightSourceDay, InsightStory):
        session.execute(delete(model).where(model.day == day))


def _source_rows(day: date, sums: InsightSums) -> list[dict[str, Any]]:
    return [
        {
            "day": day,
            "source_id": source_id,
            "told": each.told,
            "first": each.first,
            "reprint": each.reprint,
            "leads": pack("H", each.leads),
        }
        for source_id, each in sorted(sums.sources.items())
    ]


def _story_rows(day: date, stories: Sequence[StoryInsight]) -> list[dict[str, Any]]:
    widest = sorted(stories, key=lambda story: (-len(story.source_ids), story.id))[:MAX_RANKED]
    ranks = {story.id: rank for rank, story in enumerate(widest, 1)}
    return [
        {
            "day": day,
            "story_id": story.id,
            "first_entry_id": story.first_entry_id,
            "source_count": len(story.source_ids),
            "first_source_id": story.first_source_id,
            "second_source_id": story.second_source_id,
            "lead": story.lead,
            "rank": ranks.get(story.id, 0),
            **{name: name in story.blind_spots for name in BLIND_SPOTS},
        }
        for story in stories
    ]


def _telling_rows(day: date, stories: Sequence[StoryInsight]) -> list[dict[str, Any]]:
    return [
        {
            "source_id": source_id,
            "day": day,
            "story_id": story.id,
            "first": source_id == story.first_source_id,
            "reprint": source_id in story.reprinted_by,
        }
        for story in stories
        for source_id in story.source_ids
    ]


@cache
def _tellings() -> Select[Any]:
    original = func.coalesce(_entries.c.duplicate_of, _members.c.reprint_of)
    columns = (
        _members.c.story_id, _entries.c.id, _entries.c.source_id, _entries.c.language,
        _entries.c.published_at, original, _originals.c.source_id,
    )  # fmt: skip
    return _first_told(
        select(*columns).select_from(
            _stories.join(_members, _members.c.story_id == _stories.c.id)
            .join(_entries, _entries.c.id == _members.c.entry_id)
            .outerjoin(_originals, _originals.c.id == original)
        )
    )


@cache
def _fingerprint() -> Select[Any]:
    sums = (_stories.c.id, _stories.c.entry_count, _stories.c.source_count)
    return _first_told(select(func.count(), *map(func.sum, sums)).select_from(_stories))


def _first_told(statement: Select[Any]) -> Select[Any]:
    return statement.where(
        _stories.c.first_at >= bindparam("start", type_=_TIME),
        _stories.c.first_at < bindparam("end", type_=_TIME),
        _stories.c.source_count >= MIN_SOURCES,
    )

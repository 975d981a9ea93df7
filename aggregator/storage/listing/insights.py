"""Daily sums of who told stories, and the stories that they count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, select, tuple_
from sqlalchemy.orm import Session

from aggregator.keys import unpack
from aggregator.process.stories.insights import (
    BLIND_SPOTS,
    STORY_KINDS,
    BlindSpot,
    Role,
    SourceSums,
    StoryInsight,
    StoryKind,
)
from aggregator.storage.models import InsightDay, InsightSourceDay, InsightStory, InsightTelling
from aggregator.storage.models.base import table
from aggregator.storage.models.insights import RANKED

_days, _source_days = table(InsightDay).c, table(InsightSourceDay).c
_stories, _tellings = table(InsightStory).c, table(InsightTelling).c


class ToldStory(NamedTuple):
    """A story as it was counted, on the day of its earliest entry."""

    day: date
    id: int
    first_entry_id: int
    source_count: int
    first_source_id: int | None
    """None if another source had it within the same minute."""
    second_source_id: int
    lead: int
    """Minutes from the first source to the second."""
    blind_spots: frozenset[BlindSpot]

    @classmethod
    def of(cls, day: date, story: StoryInsight) -> ToldStory:
        """A story that is not stored yet."""
        return cls(
            day, story.id, story.first_entry_id, len(story.source_ids), story.first_source_id,
            story.second_source_id, story.lead, story.blind_spots,
        )  # fmt: skip


def count_by_day(session: Session, first: date, last: date) -> dict[date, Counter[StoryKind]]:
    """The stories of each of these days by kind; days that are not summed up are missing."""
    columns = [_days[kind] for kind in STORY_KINDS]
    rows = session.execute(select(_days.day, *columns).where(_days.day.between(first, last)))
    return {day: Counter(dict(zip(STORY_KINDS, counts, strict=True))) for day, *counts in rows}


def sum_sources(session: Session, first: date, last: date) -> dict[int, SourceSums]:
    """What each source was in the stories of these days together."""
    columns = [_source_days[name] for name in ("source_id", "told", "first", "reprint", "leads")]
    found: dict[int, SourceSums] = {}
    for row in session.execute(select(*columns).where(_source_days.day.between(first, last))):
        sums = SourceSums(row.told, row.first, row.reprint, list(unpack("H", row.leads)))
        found.setdefault(row.source_id, SourceSums()).add(sums)
    return found


def widest_stories(session: Session, first: date, last: date, limit: int) -> list[ToldStory]:
    """The stories of these days that most sources told."""
    found = _select_stories().where(_stories.day.between(first, last), RANKED)
    order = _stories.source_count.desc(), _stories.story_id
    return _read(session, found.order_by(*order).limit(limit))


def stories_of_kind(
    session: Session, kind: StoryKind, first: date, before: tuple[date, int], limit: int
) -> list[ToldStory]:
    """Stories from day `first` on and before that day and story, the latest first."""
    found = _select_stories().where(*_scope(_stories, first, before))
    if kind != "shared":
        found = found.where(_stories[kind])
    return _read(session, _latest(found, _stories, limit))


def stories_of_source(
    session: Session,
    source_id: int,
    role: Role,
    first: date,
    before: tuple[date, int],
    limit: int,
) -> list[ToldStory]:
    """The same of those in which a source was that."""
    same = and_(_stories.day == _tellings.day, _stories.story_id == _tellings.story_id)
    joined = table(InsightTelling).join(table(InsightStory), same)
    found = (
        _select_stories()
        .select_from(joined)
        .where(_tellings.source_id == source_id, *_scope(_tellings, first, before))
    )
    if role != "told":
        found = found.where(_tellings[role])
    return _read(session, _latest(found, _tellings, limit))


def _select_stories() -> Select[Any]:
    columns = (
        "day", "story_id", "first_entry_id", "source_count", "first_source_id", "second_source_id",
        "lead", *BLIND_SPOTS,
    )  # fmt: skip
    return select(*(_stories[name] for name in columns))


def _scope(columns: Any, first: date, before: tuple[date, int]) -> Collection[ColumnElement[bool]]:
    # The days alone, too: SQLite reads a range of the key by them.
    return (
        columns.day.between(first, before[0]),
        tuple_(columns.day, columns.story_id) < tuple_(*before),
    )


def _latest(found: Select[Any], columns: Any, limit: int) -> Select[Any]:
    return found.order_by(columns.day.desc(), columns.story_id.desc()).limit(limit)


def _read(session: Session, statement: Select[Any]) -> list[ToldStory]:
    return [
        ToldStory(
            row.day, row.story_id, row.first_entry_id, row.source_count, row.first_source_id,
            row.second_source_id, row.lead,
            frozenset(name for name in BLIND_SPOTS if row._mapping[_stories[name]]),
        )
        for row in session.execute(statement)
    ]  # fmt: skip

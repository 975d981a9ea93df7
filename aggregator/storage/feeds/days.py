"""Statistics of polling, per feed and day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Insert, Select, bindparam, delete, func, select
from sqlalchemy.orm import Session

from aggregator.process.feeds.health import Arrivals
from aggregator.storage.models import FeedDay as Row
from aggregator.storage.models.base import table
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import in_list
from aggregator.storage.sql.upsert import dialect_insert
from aggregator.types import FeedDay

_days = table(Row)


def add_polls(session: Session, polls: Sequence[tuple[int, FeedDay]]) -> None:
    """Add polls, as (feed id, counts of one poll), to their days."""
    if polls:
        # In the same order everywhere, so that two pollers cannot deadlock.
        ordered = sorted(polls, key=lambda poll: (poll[0], poll[1].day))
        rows = [{"feed_id": feed_id} | asdict(day) for feed_id, day in ordered]
        session.connection().execute(_add(dialect_of(session)), rows)


def list_days(session: Session, feed_ids: Collection[int], first: date) -> dict[int, list[FeedDay]]:
    """The days of these feeds from `first` on, by feed; days without polls are missing."""
    statement = select(
        _days.c.feed_id, _days.c.day, _days.c.polls, _days.c.failures, _days.c.new_entries
    ).where(_days.c.feed_id.in_(feed_ids), _days.c.day >= first)
    found: dict[int, list[FeedDay]] = defaultdict(list)
    for feed_id, *values in session.connection().execute(statement):
        found[feed_id].append(FeedDay(*values))
    return found


def count_arrivals(
    session: Session, feed_ids: Collection[int], first: date, today: date
) -> dict[int, Arrivals]:
    """New entries on the complete days from `first` on, by feed."""
    parameters = {"feeds": feed_ids, "first": first, "today": today}
    rows = session.execute(_arrivals(dialect_of(session)), parameters).all()
    return {feed_id: Arrivals(day, int(total)) for feed_id, day, total in rows}


@cache
def _arrivals(dialect: str) -> Select[*tuple[Any, ...]]:
    columns = _days.c
    return (
        select(columns.feed_id, func.min(columns.day), func.sum(columns.new_entries))
        .where(
            in_list(columns.feed_id, "feeds", dialect),
            columns.day >= bindparam("first"),
            columns.day < bindparam("today"),
        )
        .group_by(columns.feed_id)
    )


def delete_before(session: Session, first: date) -> None:
    """Delete the days before `first`."""
    session.execute(delete(Row).where(Row.day < first))


def delete_after(session: Session, last: date) -> None:
    """Delete the days after `last`."""
    session.execute(delete(Row).where(Row.day > last))


@cache
def _add(dialect: str) -> Insert:
    """Built once: building a statement costs more than executing it."""
    statement = dialect_insert(dialect, _days)
    counted = ("polls", "failures", "new_entries")
    return statement.on_conflict_do_update(
        index_elements=[_days.c.feed_id, _days.c.day],
        set_={name: _days.c[name] + statement.excluded[name] for name in counted},
    )

"""What polling each feed came to, day by day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from aggregator.storage.models import FeedDay as Row
from aggregator.storage.models.base import table
from aggregator.types import FeedDay

_days = table(Row)


def count(session: Session, polls: Sequence[tuple[int, FeedDay]]) -> None:
    """Add polls, as (feed id, what it came to), to their days."""
    if polls:
        # In one order everywhere: two pollers never wait for one another's rows.
        rows = [asdict(poll) | {"feed_id": id_} for id_, poll in sorted(polls, key=_by_feed)]
        session.connection().execute(_add[session.get_bind().dialect.name], rows)


def of_feeds(
    session: Session, feed_ids: Collection[int] | None, first: date
) -> dict[int, list[FeedDay]]:
    """The days from `first` on by feed: of `feed_ids`, or of all. Days without polls are left out."""
    statement = select(
        _days.c.feed_id, _days.c.day, _days.c.polls, _days.c.failures, _days.c.new_entries
    ).where(_days.c.day >= first)
    if feed_ids is not None:
        statement = statement.where(_days.c.feed_id.in_(feed_ids))
    found: dict[int, list[FeedDay]] = defaultdict(list)
    for feed_id, *values in session.connection().execute(statement):
        found[feed_id].append(FeedDay(*values))
    return found


def delete_before(session: Session, first: date) -> None:
    """Forget the days before `first`."""
    session.execute(delete(Row).where(Row.day < first))


def _by_feed(poll: tuple[int, FeedDay]) -> tuple[int, date]:
    return poll[0], poll[1].day


def _upsert(insert: Any) -> Any:
    """Built once: building a statement costs more than running it."""
    statement = insert(_days)
    counted = ("polls", "failures", "new_entries")
    return statement.on_conflict_do_update(
        index_elements=[_days.c.feed_id, _days.c.day],
        set_={name: _days.c[name] + statement.excluded[name] for name in counted},
    )


_add = {"sqlite": _upsert(sqlite.insert), "postgresql": _upsert(postgresql.insert)}

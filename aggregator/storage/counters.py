"""Counts of events that outlive the process that counted them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from sqlalchemy import Insert, select
from sqlalchemy.orm import Session

from aggregator.storage.models import CounterRow
from aggregator.storage.models.base import table
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.upsert import dialect_insert

Counts = Mapping[tuple[str, str], int]
"""By name and label."""

_counters = table(CounterRow)


def add(session: Session, counts: Counts) -> None:
    """Add to counters, which begin at 0."""
    # In the same order everywhere, so that two pollers cannot deadlock.
    rows = [
        {"name": name, "label": label, "value": value}
        for (name, label), value in sorted(counts.items())
    ]
    if rows:
        session.connection().execute(_add(dialect_of(session)), rows)


def read(session: Session) -> dict[tuple[str, str], int]:
    """All counters."""
    rows = session.execute(select(_counters.c.name, _counters.c.label, _counters.c.value))
    return {(name, label): value for name, label, value in rows}


@cache
def _add(dialect: str) -> Insert:
    statement = dialect_insert(dialect, _counters)
    return statement.on_conflict_do_update(
        index_elements=[_counters.c.name, _counters.c.label],
        set_={"value": _counters.c.value + statement.excluded.value},
    )

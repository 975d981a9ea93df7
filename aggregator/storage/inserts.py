"""INSERT … ON CONFLICT DO NOTHING, in the dialect of the database at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from aggregator.storage.models import Base
from aggregator.storage.models.base import table


def insert_missing(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows whose keys are not there yet; safe beside others who insert the same."""
    if not rows:
        return
    target = table(model)
    if session.get_bind().dialect.name == "postgresql":
        session.execute(postgresql.insert(target).on_conflict_do_nothing(), rows)
    else:
        session.execute(sqlite.insert(target).on_conflict_do_nothing(), rows)

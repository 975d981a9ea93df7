"""Searches that readers saved."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from aggregator.errors import NotFound
from aggregator.storage.entries.latest import latest_entry_id
from aggregator.storage.models import SavedSearchRow
from aggregator.storage.models.base import table
from aggregator.storage.sql.row_counts import affected_rows
from aggregator.types import SavedSearch

_ROW = SavedSearchRow
_searches = table(SavedSearchRow).c
_of_reader = (
    select(_searches.id, _searches.name, _searches.query, _searches.seen_up_to)
    .where(_searches.user_id == bindparam("reader"))
    .order_by(_searches.id)
)


def list_saved(session: Session, user_id: int) -> tuple[SavedSearch, ...]:
    """A reader's searches, in the order in which they were saved."""
    rows = session.execute(_of_reader, {"reader": user_id}).all()
    return tuple(SavedSearch(*row) for row in rows)


def count_saved(session: Session, user_id: int) -> int:
    """The number of searches that a reader saved."""
    counted = select(func.count()).select_from(_ROW).where(_ROW.user_id == user_id)
    return session.execute(counted).scalar_one()


def save(session: Session, user_id: int, name: str, query: str, now: datetime) -> None:
    """Save a query; one that is saved already gets the new name."""
    session.execute(delete(_ROW).where(_ROW.user_id == user_id, _ROW.query == query))
    values = {"user_id": user_id, "name": name, "query": query, "saved_at": now}
    session.execute(insert(_ROW), values | {"seen_up_to": latest_entry_id(session)})


def rename(session: Session, user_id: int, search_id: int, name: str) -> None:
    """Rename one of the reader's searches. Raises NotFound."""
    mine = _ROW.user_id == user_id, _ROW.id == search_id
    if not affected_rows(session, update(_ROW).where(*mine).values(name=name)):
        raise NotFound("search", search_id)


def mark_seen(session: Session, user_id: int, search_id: int, up_to: int) -> None:
    """Move what the reader has seen of a search up to this entry; never back."""
    session.execute(
        update(_ROW)
        .where(_ROW.user_id == user_id, _ROW.id == search_id, _ROW.seen_up_to < up_to)
        .values(seen_up_to=up_to)
    )


def remove(session: Session, user_id: int, search_id: int) -> None:
    """Delete one of the reader's searches. Raises NotFound."""
    mine = _ROW.user_id == user_id, _ROW.id == search_id
    if not affected_rows(session, delete(_ROW).where(*mine)):
        raise NotFound("search", search_id)

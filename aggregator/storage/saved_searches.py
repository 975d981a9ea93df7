"""Queries that readers keep."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from aggregator.errors import NotFound
from aggregator.storage.models import SavedSearchRow
from aggregator.types import SavedSearch

_ROW = SavedSearchRow


def list_saved(session: Session, user_id: int) -> tuple[SavedSearch, ...]:
    """A reader's searches, the first to be saved first."""
    rows = session.execute(
        select(_ROW.id, _ROW.name, _ROW.query).where(_ROW.user_id == user_id).order_by(_ROW.id)
    )
    return tuple(SavedSearch(row.id, row.name, row.query) for row in rows)


def count_saved(session: Session, user_id: int) -> int:
    """How many searches a reader keeps."""
    counted = select(func.count()).select_from(_ROW).where(_ROW.user_id == user_id)
    return session.execute(counted).scalar_one()


def save(session: Session, user_id: int, name: str, query: str, now: datetime) -> None:
    """Keep a query; one that is kept already gets the new name."""
    session.execute(delete(_ROW).where(_ROW.user_id == user_id, _ROW.query == query))
    values = {"user_id": user_id, "name": name, "query": query, "saved_at": now}
    session.execute(insert(_ROW), values)


def remove(session: Session, user_id: int, search_id: int) -> None:
    """Forget one of the reader's searches. Raises NotFound."""
    mine = _ROW.user_id == user_id, _ROW.id == search_id
    if not session.execute(delete(_ROW).where(*mine)).rowcount:  # type: ignore[attr-defined]  # a CursorResult
        raise NotFound("search", search_id)

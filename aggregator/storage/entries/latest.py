"""How far the archive goes: the newest entry of all, and the newest before a moment.

Entries get their ids in the order in which they arrive.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from aggregator.storage.models import Entry
from aggregator.storage.models.base import table
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import in_list

_LATEST = select(func.coalesce(func.max(Entry.id), 0))


def latest_entry_id(session: Session) -> int:
    """The id of the entry that arrived last; 0 if there are no entries."""
    return session.execute(_LATEST).scalar_one()


def latest_id_published_before(session: Session, moment: datetime) -> int:
    """The highest id below that of every entry published at or after `moment`."""
    # Without the addition a database would look for the minimum from the oldest entry upward.
    later = select(func.min(Entry.id + 0)).where(Entry.published_at >= moment)
    first = session.execute(later).scalar_one_or_none()
    return latest_entry_id(session) if first is None else first - 1


def latest_id_fetched_before(session: Session, moment: datetime) -> int:
    """The id of the last entry fetched before `moment`; 0 if there is none.

    A binary search over ids: times of arrival have no index.
    """
    low, high = 0, latest_entry_id(session)
    while low < high:
        middle = (low + high + 1) // 2
        fetched_at = fetched_at_or_before(session, middle)
        if fetched_at is None or fetched_at < moment:
            low = middle
        else:
            high = middle - 1
    return low


def fetched_at_or_before(session: Session, entry_id: int) -> datetime | None:
    """When this entry, or the last one before it that still exists, was fetched."""
    last = select(Entry.fetched_at).where(Entry.id <= entry_id).order_by(Entry.id.desc()).limit(1)
    return session.execute(last).scalar_one_or_none()


def arrival_times(session: Session, entry_ids: Collection[int]) -> dict[int, datetime]:
    """When these entries were fetched, by id."""
    here = in_list(table(Entry).c.id, "ids", dialect_of(session))
    rows = session.execute(
        select(table(Entry).c.id, table(Entry).c.fetched_at).where(here), {"ids": entry_ids}
    )
    return {row.id: row.fetched_at for row in rows}

"""Addresses to look up: readers add them, pollers claim them and store what they found."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from aggregator.process.deadlines import LOOKUP_LEASE, latest_deadline
from aggregator.storage.models import SourceLookupRow
from aggregator.storage.readers import found_feeds
from aggregator.storage.readers.waiting_requests import is_waiting
from aggregator.storage.sql.row_counts import affected_rows
from aggregator.types import FoundFeed, LookupOutcome, SourceLookup


def insert_lookup(
    session: Session, user_id: int, address: str, now: datetime, *, takes_first: bool
) -> int:
    """Have an address looked up; the id of the look-up."""
    statement = insert(SourceLookupRow).values(
        user_id=user_id, address=address, asked_at=now, takes_first=takes_first, found=[]
    )
    return session.execute(statement.returning(SourceLookupRow.id)).scalar_one()


def find_lookup(session: Session, user_id: int, lookup_id: int) -> SourceLookup | None:
    """A look-up of this reader."""
    mine = SourceLookupRow.id == lookup_id, SourceLookupRow.user_id == user_id
    row = session.execute(select(SourceLookupRow).where(*mine)).scalar_one_or_none()
    return _lookup(row) if row else None


def find_unfinished(session: Session, user_id: int, address: str) -> int | None:
    """The look-up of this address that the reader is waiting for."""
    waiting = (
        SourceLookupRow.user_id == user_id,
        SourceLookupRow.address == address,
        SourceLookupRow.finished_at.is_(None),
    )
    return session.execute(select(SourceLookupRow.id).where(*waiting).limit(1)).scalar()


def claim(session: Session, limit: int, now: datetime) -> list[SourceLookup]:
    """Claim up to `limit` look-ups for `LOOKUP_LEASE`, the longest waiting first."""
    waiting = is_waiting(now, latest_deadline(now, LOOKUP_LEASE))
    free = select(SourceLookupRow.id).where(waiting).order_by(SourceLookupRow.id)
    claimed = [
        id_
        for id_ in session.execute(free.limit(limit)).scalars().all()
        if affected_rows(
            session,
            update(SourceLookupRow)
            .where(SourceLookupRow.id == id_, waiting)
            .values(lease_until=now + LOOKUP_LEASE),
        )
    ]
    rows = select(SourceLookupRow).where(SourceLookupRow.id.in_(claimed))
    return [_lookup(row) for row in session.execute(rows.order_by(SourceLookupRow.id)).scalars()]


def release(session: Session, lookup_ids: Iterable[int]) -> None:
    """Leave look-ups to the next poller."""
    session.execute(
        update(SourceLookupRow)
        .where(SourceLookupRow.id.in_(tuple(lookup_ids)))
        .values(lease_until=None)
    )


def finish(
    session: Session,
    lookup_id: int,
    outcome: LookupOutcome,
    now: datetime,
    *,
    kind: str = "",
    found: Iterable[FoundFeed] = (),
    source_id: int | None = None,
    request_id: int | None = None,
) -> None:
    """Store what came of a look-up."""
    session.execute(
        update(SourceLookupRow)
        .where(SourceLookupRow.id == lookup_id)
        .values(
            outcome=outcome,
            finished_at=now,
            lease_until=None,
            kind=kind,
            found=[found_feeds.to_json(feed) for feed in found],
            source_id=source_id,
            request_id=request_id,
        )
    )


def is_unfinished(session: Session, lookup_id: int) -> bool:
    """Whether its outcome is still to be stored, locked until the transaction ends."""
    statement = select(SourceLookupRow.id).where(
        SourceLookupRow.id == lookup_id, SourceLookupRow.finished_at.is_(None)
    )
    return session.execute(statement.with_for_update()).scalar_one_or_none() is not None


def delete_before(session: Session, moment: datetime) -> None:
    """Delete the look-ups of addresses that were asked about before `moment`."""
    session.execute(delete(SourceLookupRow).where(SourceLookupRow.asked_at < moment))


def _lookup(row: SourceLookupRow) -> SourceLookup:
    return SourceLookup(
        id=row.id,
        user_id=row.user_id,
        address=row.address,
        asked_at=row.asked_at,
        takes_first=row.takes_first,
        outcome=row.outcome,
        kind=row.kind,
        found=tuple(map(found_feeds.from_json, row.found)),
        source_id=row.source_id,
        request_id=row.request_id,
    )

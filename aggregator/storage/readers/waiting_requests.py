"""Whether readers wait for a look-up or an answer: asked every few seconds, so compiled once.

A file of its own, for a poller to import nothing else until somebody asks for a source.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, or_, select
from sqlalchemy.orm import Session

from aggregator.process.deadlines import LOOKUP_LEASE, latest_deadline
from aggregator.storage.models import SourceLookupRow, SourceRequestRow
from aggregator.storage.models.base import table
from aggregator.storage.sql.deadlines import is_outside


def any_lookup(session: Session, now: datetime) -> bool:
    """Whether an address waits to be looked up."""
    parameters = {"now": now, "latest": latest_deadline(now, LOOKUP_LEASE)}
    return session.connection().execute(_ANY_LOOKUP, parameters).first() is not None


def any_request(session: Session) -> bool:
    """Whether a request waits for an answer."""
    return session.connection().execute(_ANY_REQUEST).first() is not None


def is_waiting(now: Any, latest: Any) -> ColumnElement[bool]:
    """Look-ups to claim, with times or parameters: `latest` is the `latest_deadline` of a lease."""
    lease = _lookups.c.lease_until
    return and_(
        _lookups.c.finished_at.is_(None), or_(lease.is_(None), is_outside(lease, now, latest))
    )


_lookups, _requests = table(SourceLookupRow), table(SourceRequestRow)
_ANY_LOOKUP = (
    select(_lookups.c.id).where(is_waiting(bindparam("now"), bindparam("latest"))).limit(1)
)
_ANY_REQUEST = select(_requests.c.id).where(_requests.c.state == "open").limit(1)

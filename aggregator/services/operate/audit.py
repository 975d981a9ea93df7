"""The audit log, for operators: pages of it, and its retention."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from aggregator.storage import audit as store
from aggregator.storage import jobs
from aggregator.storage.engine import Database
from aggregator.types.audit import Act, ActFilter

PAGE = 50
# Maximum rows of a table to download.
MAX_ROWS = 20_000
RUN_INTERVAL = timedelta(days=1)
_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class AuditPage:
    """A page of the log; `before` is where the next one starts, None on the last."""

    acts: tuple[Act, ...]
    before: int | None
    actors: tuple[str, ...]


def record(session: Session, act: Act) -> None:
    """Record an act, in the transaction that does it."""
    store.add(session, act)


def list_page(session: Session, chosen: ActFilter, before: int | None) -> AuditPage:
    """A page of acts, the latest first."""
    found = store.list_acts(session, chosen, before=before, limit=PAGE + 1)
    more = len(found) > PAGE
    acts = found[:PAGE]
    return AuditPage(acts, acts[-1].id if more else None, store.list_actors(session))


def list_rows(session: Session, chosen: ActFilter) -> tuple[Act, ...]:
    """Up to `MAX_ROWS` acts, the latest first."""
    return store.list_acts(session, chosen, before=None, limit=MAX_ROWS)


def delete_old_acts_daily(
    database: Database, keep: timedelta, now: datetime, stop: Callable[[], bool] = lambda: False
) -> int | None:
    """Delete acts older than `keep`, once a day per installation; None if it ran already."""
    with database.write() as session:
        if not jobs.claim_daily_run(session, "audit", RUN_INTERVAL, now):
            return None
    deleted = 0
    while not stop():
        with database.write() as session:
            chunk = store.delete_before(session, now - keep, _CHUNK)
        deleted += chunk
        if chunk < _CHUNK:
            break
    return deleted

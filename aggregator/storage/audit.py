"""The audit log: what operators and editors did."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from sqlalchemy import ColumnElement, delete, insert, select
from sqlalchemy.orm import Session

from aggregator.storage.models import ActRow
from aggregator.storage.models.base import table
from aggregator.storage.sql.row_counts import affected_rows
from aggregator.types.audit import Act, ActFilter, ActKind, ActVia

MAX_TEXT = 500

_acts = table(ActRow)


def add(session: Session, act: Act) -> None:
    """Add an act, in the transaction that does it: one is never without the other."""
    session.execute(
        insert(_acts).values(
            at=act.at,
            actor=act.actor,
            via=act.via,
            kind=act.kind,
            target=_text(act.target),
            detail=_text(act.detail),
            request_id=act.request_id,
        )
    )


def list_acts(
    session: Session, chosen: ActFilter, *, before: int | None, limit: int
) -> tuple[Act, ...]:
    """The latest acts first, those before the id `before`."""
    conditions = _conditions(chosen)
    if before is not None:
        conditions.append(_acts.c.id < before)
    rows = session.execute(
        select(_acts).where(*conditions).order_by(_acts.c.id.desc()).limit(limit)
    )
    return tuple(
        Act(
            at=row.at,
            actor=row.actor,
            via=cast("ActVia", row.via),
            kind=cast("ActKind", row.kind),
            target=row.target,
            detail=row.detail,
            request_id=row.request_id,
            id=row.id,
        )
        for row in rows
    )


def list_actors(session: Session) -> tuple[str, ...]:
    """The names of all who did something."""
    statement = select(_acts.c.actor).distinct().order_by(_acts.c.actor)
    return tuple(session.execute(statement).scalars())


def delete_before(session: Session, moment: datetime, limit: int) -> int:
    """Delete up to `limit` acts before a time; their number."""
    old = select(_acts.c.id).where(_acts.c.at < moment).order_by(_acts.c.at).limit(limit)
    return affected_rows(session, delete(_acts).where(_acts.c.id.in_(old)))


def _conditions(chosen: ActFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if chosen.actor is not None:
        conditions.append(_acts.c.actor == chosen.actor)
    if chosen.kind is not None:
        conditions.append(_acts.c.kind == chosen.kind)
    if chosen.since is not None:
        conditions.append(_acts.c.at >= chosen.since)
    if chosen.until is not None:
        conditions.append(_acts.c.at < chosen.until)
    return conditions


def _text(text: str) -> str:
    return " ".join(text.replace("\0", "").split())[:MAX_TEXT]

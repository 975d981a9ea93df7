"""Dispatches of agencies with their prints, and their daily sums."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, func, insert, select, tuple_
from sqlalchemy.orm import Session

from aggregator.keys import pack, unpack
from aggregator.process.stories.dispatches import AgencySums, PrintRow, SourceSums
from aggregator.storage.models import (
    AgencyDay,
    AgencySourceDay,
    Dispatch,
    DispatchPrint,
    Entry,
)
from aggregator.storage.models.base import table
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import in_list

_dispatches, _prints = table(Dispatch).c, table(DispatchPrint).c
_days, _source_days = table(AgencyDay).c, table(AgencySourceDay).c
_own = table(Entry).alias("own")
_printed = table(Entry).alias("printed")


def prints_of(session: Session, dispatch_ids: Collection[int]) -> list[PrintRow]:
    """These dispatches with their prints, the earliest print first."""
    statement = _rows(dialect_of(session))
    return [PrintRow(*row) for row in session.execute(statement, {"keys": sorted(dispatch_ids)})]


def prints_between(
    session: Session, first: date, last: date, agency: str | None = None
) -> list[PrintRow]:
    """The dispatches of these days with their prints, of one agency or of all."""
    of_agency = [] if agency is None else [_dispatches.agency == agency]
    days = _dispatches.day.between(first, last)
    return [PrintRow(*row) for row in session.execute(_joined(days, *of_agency))]


def latest_dispatches(session: Session, agency: str, limit: int) -> list[int]:
    """The last dispatches of an agency, the newest first."""
    found = select(_dispatches.id).where(_dispatches.agency == agency)
    newest = found.order_by(_dispatches.day.desc(), _dispatches.id.desc()).limit(limit)
    return list(session.execute(newest).scalars())


def dispatches_before(
    session: Session,
    agency: str,
    first: date,
    before: tuple[date, int],
    limit: int,
    *,
    printed: bool = False,
    source_id: int | None = None,
    credited: bool | None = None,
) -> list[tuple[date, int]]:
    """Days and ids of an agency's dispatches since `first` and before that one, the newest first.

    `printed`: only those with prints; with `source_id` or `credited`, with such prints.
    """
    found = select(_dispatches.day, _dispatches.id).where(
        _dispatches.agency == agency,
        _dispatches.day >= first,
        tuple_(_dispatches.day, _dispatches.id) < tuple_(*before),
    )
    if printed:
        print_ = (
            select(_prints.entry_id)
            .select_from(table(DispatchPrint).join(_printed, _printed.c.id == _prints.entry_id))
            .where(_prints.dispatch_id == _dispatches.id, _prints.by_agency.is_(False))
        )
        if source_id is not None:
            print_ = print_.where(_printed.c.source_id == source_id)
        if credited is not None:
            print_ = print_.where(_prints.credited.is_(credited))
        found = found.where(print_.exists())
    newest = found.order_by(_dispatches.day.desc(), _dispatches.id.desc()).limit(limit)
    return [(row.day, row.id) for row in session.execute(newest)]


def first_day(session: Session) -> date | None:
    """The day of the earliest dispatch; None if there are none."""
    found: date | None = session.execute(select(func.min(_dispatches.day))).scalar_one()
    return found


def last_summed_day(session: Session) -> date | None:
    """The last day whose sums are stored; None before the first."""
    found: date | None = session.execute(select(func.max(_days.day))).scalar_one()
    return found


def latest_id(session: Session) -> int:
    """The highest id of an entry that is or prints a dispatch; 0 before the first."""
    highest = select(func.max(_dispatches.id)), select(func.max(_prints.entry_id))
    return max(session.execute(each).scalar_one() or 0 for each in highest)


def days_with_entries_after(session: Session, entry_id: int) -> set[date]:
    """The days of dispatches that are, or are printed by, an entry with a higher id."""
    arrived = select(_dispatches.day).where(_dispatches.id > entry_id)
    joined = table(DispatchPrint).join(table(Dispatch), _dispatches.id == _prints.dispatch_id)
    printed = select(_dispatches.day).select_from(joined).where(_prints.entry_id > entry_id)
    return {day for each in (arrived, printed) for day in session.execute(each).scalars()}


def days_lacking_dispatches(session: Session) -> list[date]:
    """Days with more dispatches than their sums count: a new feed brought them afterwards."""
    summed = select(_days.day, func.sum(_days.dispatches).label("counted")).group_by(_days.day)
    stored = summed.subquery().c
    counted = func.count(_dispatches.id)
    found = (
        select(_dispatches.day)
        .select_from(table(Dispatch).outerjoin(stored.day.table, stored.day == _dispatches.day))
        .group_by(_dispatches.day, stored.counted)
        .having(counted > func.coalesce(stored.counted, 0))
    )
    return list(session.execute(found).scalars())


def save_sums(session: Session, day: date, sums: Mapping[str, AgencySums]) -> None:
    """Replace the sums of a day, by agency."""
    session.execute(delete(AgencyDay).where(AgencyDay.day == day))
    session.execute(delete(AgencySourceDay).where(AgencySourceDay.day == day))
    rows = [
        {
            "agency": agency,
            "day": day,
            "dispatches": each.dispatches,
            "taken_up": each.taken_up,
            "delays": pack("H", each.delays),
        }
        for agency, each in sums.items()
    ]
    if rows:
        session.execute(insert(AgencyDay), rows)
    if by_source := list(_by_source(day, sums)):
        session.execute(insert(AgencySourceDay), by_source)


def load_sums(
    session: Session, first: date, last: date, agency: str | None = None
) -> dict[str, AgencySums]:
    """The stored sums of these days together, by agency."""
    found: dict[str, AgencySums] = {}
    for row in session.execute(_stored_days(first, last, agency)):
        sums = found.setdefault(row.agency, AgencySums())
        sums.dispatches += row.dispatches
        sums.taken_up += row.taken_up
        sums.delays += unpack("H", row.delays)
    for row in session.execute(_by_agency_and_source(first, last, agency)):
        sums = found.setdefault(row.agency, AgencySums())
        source = sums.by_source.setdefault(row.source_id, SourceSums())
        source.prints += row.prints
        source.uncredited += row.uncredited
    return found


def _by_source(day: date, sums: Mapping[str, AgencySums]) -> Iterable[dict[str, object]]:
    return (
        {
            "agency": agency,
            "day": day,
            "source_id": source_id,
            "prints": source.prints,
            "uncredited": source.uncredited,
        }
        for agency, each in sums.items()
        for source_id, source in each.by_source.items()
    )


def _stored_days(first: date, last: date, agency: str | None) -> Select[Any]:
    found = select(*_days).where(_days.day.between(first, last))
    return found if agency is None else found.where(_days.agency == agency)


def _by_agency_and_source(first: date, last: date, agency: str | None) -> Select[Any]:
    columns = _source_days.agency, _source_days.source_id
    sums = func.sum(_source_days.prints), func.sum(_source_days.uncredited)
    found = select(*columns, sums[0].label("prints"), sums[1].label("uncredited"))
    found = found.where(_source_days.day.between(first, last)).group_by(*columns)
    return found if agency is None else found.where(_source_days.agency == agency)


@cache
def _rows(dialect: str) -> Select[Any]:
    return _joined(in_list(_dispatches.id, "keys", dialect))


def _joined(*conditions: ColumnElement[bool]) -> Select[Any]:
    return (
        select(
            _dispatches.id, _dispatches.agency, _dispatches.day, _dispatches.own,
            _own.c.published_at, _prints.entry_id, _printed.c.source_id,
            _printed.c.published_at, _prints.credited,
        )
        .select_from(table(Dispatch))
        .join(_own, _own.c.id == _dispatches.id)
        .outerjoin(
            table(DispatchPrint),
            and_(_prints.dispatch_id == _dispatches.id, _prints.by_agency.is_(False)),
        )
        .outerjoin(_printed, _printed.c.id == _prints.entry_id)
        .where(*conditions)
        .order_by(_printed.c.published_at, _prints.entry_id)
    )  # fmt: skip

"""Which entries print which dispatch: written as their stories are assigned."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from aggregator.storage.models import (
    Dispatch,
    DispatchPrint,
    Entry,
    EntryContent,
    Source,
    StoryEntry,
)
from aggregator.storage.models.base import table
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import in_list
from aggregator.storage.sql.upsert import insert_or_ignore

_dispatches, _prints = table(Dispatch).c, table(DispatchPrint).c
_entries, _contents, _sources = table(Entry).c, table(EntryContent).c, table(Source).c


class PrintingEntry(NamedTuple):
    """What tells whose text an entry is."""

    id: int
    published_at: datetime
    source_names: tuple[str, str, str]
    """In Arabic, French and English."""
    title: str
    author: str
    content: str
    """Sanitized HTML."""


@dataclass(slots=True)
class KnownDispatch:
    """A stored dispatch, or one to store."""

    id: int
    agency: str
    day: date
    own: bool


def source_names(session: Session, source_ids: Collection[int]) -> dict[int, tuple[str, str, str]]:
    """The names of sources in Arabic, French and English, by id."""
    rows = session.execute(_names(dialect_of(session)), {"keys": sorted(source_ids)})
    return {row.id: (row.name_ar, row.name_fr, row.name_en) for row in rows}


def printing_entries(session: Session, ids: Collection[int]) -> dict[int, PrintingEntry]:
    """Those of the entries that exist, by id."""
    rows = session.execute(_printing(dialect_of(session)), {"keys": sorted(ids)})
    return {
        row.id: PrintingEntry(
            row.id,
            row.published_at,
            (row.name_ar, row.name_fr, row.name_en),
            row.title,
            row.author,
            row.content or "",
        )
        for row in rows
    }


def dispatches_of(session: Session, ids: Collection[int]) -> dict[int, KnownDispatch]:
    """The dispatch that each entry is or prints, as far as it is known."""
    dialect, keys = dialect_of(session), {"keys": sorted(ids)}
    found = [*session.execute(_own(dialect), keys), *session.execute(_printed(dialect), keys)]
    return {row.entry_id: KnownDispatch(row.id, row.agency, row.day, row.own) for row in found}


def reprints_of(session: Session, entry_id: int, story_id: int) -> list[int]:
    """The entries of a story that reprint `entry_id`."""
    found = select(StoryEntry.entry_id).where(
        StoryEntry.story_id == story_id, StoryEntry.reprint_of == entry_id
    )
    return list(session.execute(found).scalars())


def add_dispatch(session: Session, dispatch: KnownDispatch) -> None:
    """Store a dispatch, unless another process has."""
    row = {"id": dispatch.id, "agency": dispatch.agency, "day": dispatch.day, "own": dispatch.own}
    insert_or_ignore(session, Dispatch, [row])


def add_prints(
    session: Session,
    dispatch_id: int,
    credited: Iterable[tuple[int, bool]],
    *,
    by_agency: bool = False,
) -> None:
    """Store which entries print a dispatch, as (entry id, whether it names an agency).

    `by_agency`: they are the agency's own, other versions of the dispatch.
    """
    rows = [
        {
            "entry_id": entry_id,
            "dispatch_id": dispatch_id,
            "credited": named,
            "by_agency": by_agency,
        }
        for entry_id, named in credited
    ]
    insert_or_ignore(session, DispatchPrint, rows)


def replace_dispatch(session: Session, old: int, new: KnownDispatch) -> None:
    """Let `new` be the dispatch that those of `old` print: the agency's own has arrived."""
    add_dispatch(session, new)
    session.execute(
        update(DispatchPrint).where(DispatchPrint.dispatch_id == old).values(dispatch_id=new.id)
    )
    session.execute(delete(Dispatch).where(Dispatch.id == old))


@cache
def _names(dialect: str) -> Select[Any]:
    columns = _sources.id, _sources.name_ar, _sources.name_fr, _sources.name_en
    return select(*columns).where(in_list(_sources.id, "keys", dialect))


@cache
def _printing(dialect: str) -> Select[Any]:
    return (
        select(
            _entries.id, _entries.published_at, _entries.title, _entries.author,
            _contents.content, _sources.name_ar, _sources.name_fr, _sources.name_en,
        )
        .join(table(Source), _sources.id == _entries.source_id)
        .outerjoin(table(EntryContent), _contents.entry_id == _entries.id)
        .where(in_list(_entries.id, "keys", dialect))
    )  # fmt: skip


@cache
def _own(dialect: str) -> Select[Any]:
    columns = _dispatches.id, _dispatches.agency, _dispatches.day, _dispatches.own
    found = select(_dispatches.id.label("entry_id"), *columns)
    return found.where(in_list(_dispatches.id, "keys", dialect))


@cache
def _printed(dialect: str) -> Select[Any]:
    columns = _dispatches.id, _dispatches.agency, _dispatches.day, _dispatches.own
    return (
        select(_prints.entry_id, *columns)
        .join(table(Dispatch), _dispatches.id == _prints.dispatch_id)
        .where(in_list(_prints.entry_id, "keys", dialect))
    )

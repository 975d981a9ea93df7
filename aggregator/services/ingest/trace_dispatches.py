"""Note which dispatch of an agency entries print, in the transaction that stores their stories."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC
from typing import Any

from sqlalchemy.orm import Session

from aggregator.process.html.text import sanitized_to_text
from aggregator.process.stories.agencies import agency_of_source, mentions_agency
from aggregator.storage.stories import dispatches
from aggregator.storage.stories.dispatches import KnownDispatch, PrintingEntry


def trace_dispatches(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Note dispatches and prints among `rows` of `story_entries`, in the order of arrival."""
    linked = [row for row in rows if row["agency"] or row["reprint_of"] is not None]
    if not linked:
        return
    ids = {row["entry_id"] for row in linked}
    ids |= {row["reprint_of"] for row in linked if row["reprint_of"] is not None}
    known = dispatches.dispatches_of(session, ids)
    new = [row for row in linked if row["entry_id"] not in known]
    if not any(row["agency"] or row["reprint_of"] in known for row in new):
        return
    entries = dispatches.printing_entries(session, ids)
    for row in new:
        if row["entry_id"] in entries:
            _trace(session, row, known, entries)


def agencies_among(session: Session, source_ids: Collection[int]) -> dict[int, str]:
    """Which agency each of these sources is; "" for none."""
    names = dispatches.source_names(session, source_ids)
    return {id_: agency_of_source(each) for id_, each in names.items()}


def _trace(
    session: Session,
    row: Mapping[str, Any],
    known: dict[int, KnownDispatch],
    entries: Mapping[int, PrintingEntry],
) -> None:
    entry = entries[row["entry_id"]]
    original = entries.get(row["reprint_of"])
    own = agency_of_source(entry.source_names)
    dispatch = known.get(row["reprint_of"])
    if dispatch is not None:
        if own == dispatch.agency and not dispatch.own:
            new = _dispatch(entry, own, own=True)
            dispatches.replace_dispatch(session, dispatch.id, new)
            dispatch.id, dispatch.day, dispatch.own = new.id, new.day, True
        else:
            again = own == dispatch.agency
            named = bool(row["agency"]) or _names_agency(entry)
            dispatches.add_prints(session, dispatch.id, [(entry.id, named)], by_agency=again)
        known[entry.id] = dispatch
    elif own or row["agency"]:
        _start(session, row, known, entry, original)


def _start(
    session: Session,
    row: Mapping[str, Any],
    known: dict[int, KnownDispatch],
    entry: PrintingEntry,
    original: PrintingEntry | None,
) -> None:
    """Store a dispatch: the agency's own entry, or the earliest print of one that we lack."""
    own = agency_of_source(entry.source_names)
    first = entry if own or original is None else original
    dispatch = _dispatch(first, own or row["agency"], own=bool(own))
    dispatches.add_dispatch(session, dispatch)
    prints = {} if own else {entry.id: True}
    if original is not None:
        prints[original.id] = _names_agency(original)
        again = dispatches.reprints_of(session, original.id, row["story_id"])
        others = dispatches.printing_entries(session, set(again) - {entry.id})
        prints |= {other.id: _names_agency(other) for other in others.values()}
    dispatches.add_prints(session, dispatch.id, prints.items())
    known |= dict.fromkeys([entry.id, *prints], dispatch)


def _dispatch(entry: PrintingEntry, agency: str, *, own: bool) -> KnownDispatch:
    return KnownDispatch(entry.id, agency, entry.published_at.astimezone(UTC).date(), own)


def _names_agency(entry: PrintingEntry) -> bool:
    text = sanitized_to_text(entry.content)
    return any(mentions_agency(each) for each in (entry.author, entry.title, text))

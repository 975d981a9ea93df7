"""Agency dispatches as readers see them: who printed one, how, and with credit or without."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from aggregator.errors import NotFound
from aggregator.process.html.text import sanitized_to_text
from aggregator.process.stories.agencies import AGENCIES, find_agency
from aggregator.process.stories.dispatches import (
    AgencySums,
    PrintForm,
    PrintRow,
    SourceSums,
    compare_texts,
    delay_minutes,
    first_prints,
    sum_days,
)
from aggregator.storage.listing import dispatches, summaries
from aggregator.storage.stories.dispatches import dispatches_of
from aggregator.text.tokens import folded_words
from aggregator.types import EntrySummary, SourceRef

# Dispatches to list on the page of an agency.
LATEST = 30
PERIODS = (7, 30, 90)
# Characters of a body to compare.
_COMPARED = 6_000


@dataclass(frozen=True, slots=True)
class PrintView:
    """One source's print of a dispatch."""

    entry: EntrySummary
    credited: bool
    delay: int | None
    """Minutes after the dispatch; None if we lack the agency's own entry."""
    form: PrintForm | None
    """None if the texts are too short to compare, or there is nothing to compare with."""
    share: float | None
    """Share of the dispatch's text in the print, 0 to 1."""
    retitled: bool


@dataclass(frozen=True, slots=True)
class DispatchView:
    """A dispatch and its prints, the earliest first."""

    id: int
    agency: str
    own: bool
    """Whether `entry` is the agency's own, not the first print of a dispatch that we lack."""
    entry: EntrySummary
    prints: tuple[PrintView, ...]


@dataclass(frozen=True, slots=True)
class ListedDispatch:
    """A dispatch on the page of its agency."""

    entry: EntrySummary
    prints: int
    uncredited: int


@dataclass(frozen=True, slots=True)
class AgencyView:
    """An agency over some days, the sources that print it, and its last dispatches."""

    agency: str
    days: int
    sums: AgencySums
    sources: tuple[tuple[SourceRef, SourceSums], ...]
    """Most prints without credit first, then most prints."""
    latest: tuple[ListedDispatch, ...]


def find_dispatch(session: Session, entry_id: int) -> tuple[int, str] | None:
    """Id and agency of the dispatch that an entry is or prints; None if it is neither."""
    found = dispatches_of(session, [entry_id]).get(entry_id)
    return None if found is None else (found.id, found.agency)


def get_dispatch(session: Session, entry_id: int) -> DispatchView:
    """The dispatch that an entry is or prints. Raises NotFound."""
    known = dispatches_of(session, [entry_id]).get(entry_id)
    if known is None:
        raise NotFound("entry", str(entry_id))
    rows = first_prints(dispatches.prints_of(session, [known.id]))
    ids = sorted({known.id, *(row.print_id or 0 for row in rows)})
    entries = summaries.summaries_by_id(session, ids, None, copies=False)
    if known.id not in entries:
        raise NotFound("entry", str(entry_id))
    contents = summaries.contents_by_id(session, ids)
    words = {id_: _words(content) for id_, content in contents.items()}
    entry = entries[known.id]
    prints = tuple(
        _print_view(row, entry, entries[row.print_id], words)
        for row in rows
        if row.print_id in entries
    )
    return DispatchView(known.id, known.agency, known.own, entry, prints)


def list_agencies(session: Session, now: datetime, days: int) -> list[tuple[str, AgencySums]]:
    """The agencies with dispatches in the last days, today among them; the busiest first."""
    found = _sums(session, now.date(), days)
    listed = [(agency, found[agency]) for agency in AGENCIES if agency in found]
    return sorted(listed, key=lambda each: -each[1].dispatches)


def get_agency(session: Session, slug: str, now: datetime, days: int) -> AgencyView:
    """An agency over the last days, today among them. Raises NotFound."""
    agency = find_agency(slug)
    if agency is None:
        raise NotFound("agency", slug)
    sums = _sums(session, now.date(), days, agency).get(agency, AgencySums())
    sources = dispatches.sources_by_id(session, list(sums.by_source))
    ranked = sorted(
        sums.by_source.items(), key=lambda each: (-each[1].uncredited, -each[1].prints, each[0])
    )
    told = tuple((sources[id_], counts) for id_, counts in ranked if id_ in sources)
    return AgencyView(agency, days, sums, told, _latest(session, agency))


def _sums(
    session: Session, today: date, days: int, agency: str | None = None
) -> dict[str, AgencySums]:
    """Stored sums of past days, and the days that are not summed up yet."""
    first = today - timedelta(days=days - 1)
    stored = dispatches.last_summed_day(session)
    counted_from = first if stored is None else max(first, stored + timedelta(days=1))
    found = dispatches.load_sums(session, first, counted_from - timedelta(days=1), agency)
    fresh = sum_days(dispatches.prints_between(session, counted_from, today, agency))
    for (name, _), sums in fresh.items():
        found.setdefault(name, AgencySums()).add(sums)
    return found


def _latest(session: Session, agency: str) -> tuple[ListedDispatch, ...]:
    ids = dispatches.latest_dispatches(session, agency, LATEST)
    entries = summaries.summaries_by_id(session, ids, None, copies=False)
    rows = first_prints(dispatches.prints_of(session, ids))
    prints = Counter(row.id for row in rows)
    uncredited = Counter(row.id for row in rows if not row.credited)
    return tuple(
        ListedDispatch(entries[id_], prints[id_], uncredited[id_]) for id_ in ids if id_ in entries
    )


def _print_view(
    row: PrintRow, dispatch: EntrySummary, entry: EntrySummary, words: dict[int, Sequence[str]]
) -> PrintView:
    compared = None
    if entry.id != dispatch.id:
        compared = compare_texts(words.get(dispatch.id, ()), words.get(entry.id, ()))
    form, share = compared or (None, None)
    delay = delay_minutes(dispatch.published_at, entry.published_at) if row.own else None
    retitled = folded_words(entry.title) != folded_words(dispatch.title)
    return PrintView(entry, bool(row.credited), delay, form, share, retitled)


def _words(content: str) -> Sequence[str]:
    return folded_words(sanitized_to_text(content)[:_COMPARED])

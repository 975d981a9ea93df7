"""Agency dispatches as readers see them: who printed one, how, and with credit or without."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from aggregator.errors import NotFound
from aggregator.process.html.text import sanitized_to_text
from aggregator.process.stories.agencies import AGENCIES, find_agency
from aggregator.process.stories.dispatches import (
    PRINT_CREDIT,
    AgencyFigure,
    AgencySums,
    PrintForm,
    PrintRow,
    SourceSums,
    compare_texts,
    delay_minutes,
    first_prints,
    is_counted,
    sum_days,
)
from aggregator.storage.feeds import overview
from aggregator.storage.listing import dispatches, summaries
from aggregator.storage.sql.cursors import Position, decode_cursor, encode_cursor
from aggregator.storage.stories.dispatches import dispatches_of
from aggregator.text.tokens import folded_words
from aggregator.types import EntrySummary, SourceRef
from aggregator.types.limits import MAX_ID

# Dispatches to list on the page of an agency.
LATEST = 30
# Dispatches of a page that lists what a figure counts.
PAGE_SIZE = 50
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


class DispatchScope(NamedTuple):
    """Which dispatches of an agency to list: those that a figure counts."""

    slug: str
    days: int
    figure: AgencyFigure = "volume"
    source: str | None = None
    """Slug; only its prints."""

    @property
    def of_prints(self) -> bool:
        """Whether the figure counts prints, not dispatches."""
        return self.figure in PRINT_CREDIT


@dataclass(frozen=True, slots=True)
class DispatchWithPrints:
    """A dispatch and those of its prints that a figure counts, the earliest first."""

    entry: EntrySummary
    prints: tuple[EntrySummary, ...]


@dataclass(frozen=True, slots=True)
class DispatchList:
    """The dispatches or prints behind a figure, the newest dispatch first."""

    agency: str
    source: SourceRef | None
    dispatches: tuple[DispatchWithPrints, ...]
    total: int
    """The figure: dispatches, or prints, on all pages."""
    next_cursor: str | None


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
    sources = overview.source_refs(session, sums.by_source)
    ranked = sorted(
        sums.by_source.items(), key=lambda each: (-each[1].uncredited, -each[1].prints, each[0])
    )
    told = tuple((sources[id_], counts) for id_, counts in ranked if id_ in sources)
    return AgencyView(agency, days, sums, told, _latest(session, agency))


def list_dispatches(
    session: Session,
    scope: DispatchScope,
    now: datetime,
    cursor: str | None = None,
    limit: int = PAGE_SIZE,
) -> DispatchList:
    """The dispatches that a figure counts, with the prints that it counts.

    Raises NotFound for an unknown agency or source, InvalidInput for a malformed cursor.
    """
    agency = find_agency(scope.slug)
    if agency is None:
        raise NotFound("agency", scope.slug)
    source = overview.source_ref(session, scope.source) if scope.source is not None else None
    source_id = source.id if source else None
    today = now.date()
    found = dispatches.dispatches_before(
        session,
        agency,
        today - timedelta(days=scope.days - 1),
        _position(cursor) if cursor else (today, MAX_ID),
        limit + 1,
        printed=scope.figure != "volume",
        source_id=source_id,
        credited=PRINT_CREDIT.get(scope.figure),
    )
    page = found[:limit]
    sums = _sums(session, today, scope.days, agency).get(agency, AgencySums())
    return DispatchList(
        agency,
        source,
        _with_prints(session, [id_ for _, id_ in page], scope, source_id),
        _figure(sums, scope.figure, source_id),
        _cursor(*page[-1]) if len(found) > limit else None,
    )


def _with_prints(
    session: Session, ids: list[int], scope: DispatchScope, source_id: int | None
) -> tuple[DispatchWithPrints, ...]:
    rows: dict[int, list[int]] = {id_: [] for id_ in ids}
    if scope.of_prints:
        for row in first_prints(dispatches.prints_of(session, ids)):
            if row.print_id is not None and is_counted(row, scope.figure, source_id):
                rows[row.id].append(row.print_id)
    wanted = sorted({*ids, *(print_ for prints in rows.values() for print_ in prints)})
    entries = summaries.summaries_by_id(session, wanted, None, copies=False)
    return tuple(
        DispatchWithPrints(entries[id_], tuple(entries[each] for each in prints if each in entries))
        for id_, prints in rows.items()
        # Without prints if only a second one of a source is of that kind: the first counts.
        if id_ in entries and (prints or not scope.of_prints)
    )


def _figure(sums: AgencySums, figure: AgencyFigure, source_id: int | None) -> int:
    if figure == "volume":
        return sums.dispatches
    if figure == "taken_up":
        return sums.taken_up
    counted = sums if source_id is None else sums.by_source.get(source_id, SourceSums())
    return {
        "prints": counted.prints,
        "credited": counted.credited,
        "uncredited": counted.uncredited,
    }[figure]


def _position(cursor: str) -> tuple[date, int]:
    position = decode_cursor(cursor)
    return position.published_at.date(), position.id


def _cursor(day: date, id_: int) -> str:
    return encode_cursor(Position(datetime.combine(day, time(), UTC), id_))


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

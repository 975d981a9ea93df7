"""What a researcher asks for, and how it is compiled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from aggregator.query import Field, Tree, all_of, any_of
from aggregator.storage.entries.latest import latest_entry_id, latest_id_fetched_before
from aggregator.storage.search.compile import CompiledQuery, QueryContext, compile_query
from aggregator.storage.search.counts import arrived_up_to
from aggregator.storage.search.doc_ids import first_doc
from aggregator.types import User
from aggregator.types.research import AskedAt, Grouping, PeriodUnit, ResearchScope

MAX_QUERIES = 4
MAX_SOURCES = 20
EVERYTHING_PUBLISHED = ResearchScope()


@dataclass(frozen=True, slots=True)
class Question:
    """A query as typed, and its tree."""

    text: str
    tree: Tree


@dataclass(frozen=True, slots=True)
class ResearchRequest:
    """Queries to compare over the same days and entries."""

    questions: tuple[Question, ...]
    """At most `MAX_QUERIES`."""
    first_day: date
    last_day: date
    """Both inclusive, in the time zone `zone`."""
    zone: ZoneInfo
    asked: AskedAt
    unit: PeriodUnit = "day"
    scope: ResearchScope = EVERYTHING_PUBLISHED
    grouping: Grouping | None = None
    hour: datetime | None = None
    """Start of the only hour to count, if any; aware."""
    reader: User | None = None
    """Whose tags, stars and unread entries a query may name."""


def asked_at(
    session: Session, now: datetime, moment: datetime | None, last_entry_id: int | None
) -> AskedAt:
    """When the request was first asked; now unless its address says so.

    An address that names only a moment means the entries fetched before it.
    """
    if last_entry_id is not None:
        return AskedAt(moment or now, last_entry_id)
    if moment is None or moment >= now:
        return AskedAt(now, latest_entry_id(session))
    return AskedAt(moment, latest_id_fetched_before(session, moment))


def scope_tree(scope: ResearchScope) -> Tree:
    """The filters of a scope as a query."""
    parts: list[Tree] = []
    if scope.sources:
        parts.append(any_of(Field("source", slug) for slug in scope.sources))
    if scope.country:
        parts.append(Field("country", scope.country))
    if scope.language:
        parts.append(Field("lang", scope.language))
    if scope.section:
        parts.append(Field("section", scope.section))
    return all_of(parts)


def compile_within(
    session: Session, request: ResearchRequest, trees: Sequence[Tree]
) -> CompiledQuery:
    """Compile the conjunction of `trees` within the days and the entries of a request.

    Relative dates count from the day on which the request was asked.
    """
    today = request.asked.moment.astimezone(request.zone).date()
    reader = None if request.reader is None else request.reader.id
    context = QueryContext(reader, today, request.zone)
    compiled = compile_query(session, all_of(trees), context)
    query = compiled.index_query
    start, end = _bounds(request)
    query = replace(
        query, start=max(query.start, first_doc(start)), end=min(query.end, first_doc(end))
    )
    return replace(compiled, index_query=arrived_up_to(session, query, request.asked.last_entry_id))


def _bounds(request: ResearchRequest) -> tuple[datetime, datetime]:
    start = _midnight(request.first_day, request.zone)
    end = _midnight(request.last_day + timedelta(days=1), request.zone)
    if request.hour is None:
        return start, end
    return max(start, request.hour), min(end, request.hour + timedelta(hours=1))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)

"""Run compiled queries: the newest matches, the best, the partial ones."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from aggregator.storage.models import Entry
from aggregator.storage.models.base import table
from aggregator.storage.search import expressions as ex
from aggregator.storage.search import title_grams
from aggregator.storage.search.backends import backend_of
from aggregator.storage.search.compile import CompiledQuery
from aggregator.storage.search.doc_ids import MAX_DOC, first_doc, time_of
from aggregator.storage.search.index_query import Batch, Limits, Match, SqlBuilder, no_early_stop
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import in_list

# Maximum full matches to rank and count.
MAX_MATCHES = 2000
# Full matches to settle for where more would take long.
ENOUGH_MATCHES = 100
# Minimum matches on a page, however long they take; the next page has the rest.
MIN_PAGE_MATCHES = 5
# Maximum partial matches whose titles are compared with the query.
_MAX_TITLES_COMPARED = 80
# Maximum matches to check for duplicates before a page may end short.
_MAX_SCANNED = 4000
# Document numbers by which a publication time may lie ahead of the clock: about an hour.
_CLOCK_SLACK = 1 << 20

_ENTRIES = table(Entry).c


@dataclass(frozen=True, slots=True)
class Freshness:
    """How much the age of entries counts beside their score."""

    bonus: float
    """Extra score of an entry published just now, as a fraction."""
    half_life: timedelta
    """Age at which half of the bonus is gone."""


BY_RELEVANCE = Freshness(0.5, timedelta(days=30))
# By `benchmarks.search_order`, keeps most titles of `BY_RELEVANCE` at a third of their age.
BLENDED = Freshness(2.0, timedelta(days=7))


@dataclass(frozen=True, slots=True)
class RankPosition:
    """A position in a ranked list."""

    score: float
    doc: int


def prepare(session: Session) -> None:
    """Set up the session for searching; call before any other function here."""
    backend_of(session).prepare(session)


def as_of(now: datetime) -> int:
    """Return the document number below which everything is published by `now`."""
    return min(first_doc(now) + _CLOCK_SLACK, MAX_DOC)


def occurs(session: Session, expression: ex.Expression) -> bool:
    """Whether any entry matches `expression`."""
    return any(backend_of(session).document_counts(session, [expression], 1))


# --- full matches ------------------------------------------------------------------------------


def fetch_newest(session: Session, compiled: CompiledQuery) -> Batch:
    """Fetch the newest full matches, duplicates included: at most `MAX_MATCHES`."""
    limits = Limits(MAX_MATCHES + 1, ENOUGH_MATCHES, MIN_PAGE_MATCHES)
    batch = backend_of(session).newest(session, compiled.index_query, limits)
    return _truncate(batch, MAX_MATCHES)


def newest_page(
    session: Session,
    compiled: CompiledQuery,
    below: int | None,
    limit: int,
    *,
    fold: bool,
    batch: Batch | None = None,
) -> Batch:
    """Fetch up to `limit` full matches, newest first, from documents before `below`.

    Stops at `MIN_PAGE_MATCHES` where more would take long. `fold` drops duplicates. `batch` is the
    result of `fetch_newest`, if it was called; it spares a second search.
    """
    page: list[Match] = []
    scanned = 0
    rest = below
    while scanned < _MAX_SCANNED:
        size = limit - len(page)
        if fold:
            size = size * 3 // 2 + 3
        if batch is not None and (scanned < len(batch.found) or batch.rest is None):
            found = batch.found[scanned : scanned + size]
            at_end = scanned + len(found) == len(batch.found)
            rest = batch.rest if at_end else found[-1].doc
        else:
            query = compiled.index_query
            if rest is not None:
                query = replace(query, end=min(query.end, rest))
            found, rest = backend_of(session).newest(
                session, query, Limits(size, size, MIN_PAGE_MATCHES)
            )
        page += _drop_duplicates(session, found) if fold else found
        scanned += len(found)
        stopped_early = len(found) < size and len(page) >= MIN_PAGE_MATCHES
        if rest is None or len(page) >= limit or stopped_early:
            break
    return Batch(page[:limit], page[limit - 1].doc if len(page) > limit else rest)


def scored_candidates(
    session: Session, compiled: CompiledQuery, as_of: int, oldest: int | None
) -> Batch:
    """Fetch what `fetch_newest` does, with scores, from documents before `as_of`.

    For a later page over the same candidates, `oldest` is the first of their documents; it keeps
    the set, and with it the order, the same.
    """
    backend = backend_of(session)
    most = min(MAX_MATCHES, backend.MAX_CANDIDATES)
    query = replace(compiled.index_query, end=min(compiled.index_query.end, as_of))
    limits = Limits(most + 1, ENOUGH_MATCHES, MIN_PAGE_MATCHES)
    if oldest is not None:
        query = replace(query, start=max(query.start, oldest))
        limits = no_early_stop(most)
    return _truncate(backend.newest_scored(session, query, limits), most)


def best_page(
    session: Session,
    candidates: Sequence[Match],
    as_of: int,
    after: RankPosition | None,
    limit: int,
    *,
    freshness: Freshness,
    fold: bool,
) -> list[Match]:
    """Pick up to `limit` of `candidates`, best first, from those ranked behind `after`."""
    ranked = _rank(candidates, as_of, freshness)
    if after is not None:
        ranked = [match for match in ranked if (match.score, match.doc) < (after.score, after.doc)]
    return _first(session, ranked, limit, fold=fold)


def arrived_since(
    session: Session, compiled: CompiledQuery, after: int, since: datetime, most: int
) -> list[Match]:
    """Fetch up to `most` full matches that arrived after the entry `after`.

    Duplicates are dropped unless `most` is reached. Only entries published since `since` are
    considered: the index orders by publication, not by arrival.
    """

    def arrived_later(sql: SqlBuilder) -> str:
        return f"d.entry_id > {sql.bind(after)}"

    query = compiled.index_query
    query = replace(
        query,
        start=max(query.start, first_doc(since)),
        conditions=(*query.conditions, arrived_later),
    )
    found = backend_of(session).newest(session, query, no_early_stop(most)).found
    return found if len(found) >= most else _drop_duplicates(session, found)


def find_copies(session: Session, matches: Sequence[Match]) -> set[int]:
    """Return the ids of those entries of `matches` that are copies of others."""
    among_matches = in_list(_ENTRIES.id, "ids", dialect_of(session))
    statement = select(_ENTRIES.id).where(among_matches, _ENTRIES.duplicate_of.is_not(None))
    ids = [match.entry_id for match in matches]
    return set(session.execute(statement, {"ids": ids}).scalars())


# --- partial matches ---------------------------------------------------------------------------


def partial_matches(
    session: Session,
    compiled: CompiledQuery,
    as_of: int,
    limit: int,
    *,
    fold: bool,
    full: Collection[Match] | None = None,
) -> list[Match]:
    """Find up to `limit` entries with some but not all of the words, best first.

    Searches the rarest words whose entries together are few enough to rank. `full` are all full
    matches, if they are known; else the index looks for them once more, to leave them out.
    """
    if len(compiled.required) < 2:
        return []
    query = compiled.match_some(_rarest(session, compiled.required))
    query = replace(query, end=min(query.end, as_of))
    backend = backend_of(session)
    most = backend.MAX_PARTIAL_MATCHES
    if full is not None:
        query, most = replace(query, without=None), most + len(full)
    found = backend.newest_scored(session, query, Limits(most, ENOUGH_MATCHES, limit)).found
    if full:
        known = {match.doc for match in full}
        found = [match for match in found if match.doc not in known]
    best = _first(session, _rank(found, as_of, BY_RELEVANCE), _MAX_TITLES_COMPARED, fold=fold)
    return title_grams.boost_by_title(session, compiled.required, best)[:limit]


def _rarest(session: Session, required: Sequence[ex.Expression]) -> list[ex.Expression]:
    """The rarest expressions whose counts add up to `MAX_PARTIAL_MATCHES`; at least one."""
    backend = backend_of(session)
    counts = backend.document_counts(session, required, backend.MAX_PARTIAL_MATCHES)
    by_count = sorted(range(len(required)), key=lambda index: (counts[index], index))
    total = 0
    chosen: set[int] = set()
    for index in by_count:
        total += counts[index]
        if chosen and total > backend.MAX_PARTIAL_MATCHES:
            break
        chosen.add(index)
    return [expression for index, expression in enumerate(required) if index in chosen]


# --- parts -------------------------------------------------------------------------------------


def _truncate(batch: Batch, most: int) -> Batch:
    if len(batch.found) <= most:
        return batch
    return Batch(batch.found[:most], batch.found[most - 1].doc)


def _rank(matches: Sequence[Match], now: int, freshness: Freshness) -> list[Match]:
    """Order by score and age, best first."""
    half_life = first_doc(time_of(0) + freshness.half_life)
    ranked = []
    for doc, entry_id, score, source_id, language in matches:
        boost = 1 + freshness.bonus / (1 + max(now - doc, 0) / half_life)
        ranked.append(Match(doc, entry_id, score * boost, source_id, language))
    ranked.sort(key=lambda match: (match.score, match.doc), reverse=True)
    return ranked


def _first(session: Session, ranked: Sequence[Match], limit: int, *, fold: bool) -> list[Match]:
    if not fold:
        return list(ranked[:limit])
    first: list[Match] = []
    for start in range(0, len(ranked), 2 * limit):
        first += _drop_duplicates(session, ranked[start : start + 2 * limit])
        if len(first) >= limit:
            break
    return first[:limit]


def _drop_duplicates(session: Session, matches: Sequence[Match]) -> list[Match]:
    """Drop copies; the original has the same words, so it matches as well."""
    copies = find_copies(session, matches)
    return [match for match in matches if match.entry_id not in copies]

"""Searching: find the entries that match a request, page by page."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from aggregator.query import Field, FieldName, Tree, all_of
from aggregator.services.search.did_you_mean import suggest_query
from aggregator.services.search.hits import load_hits
from aggregator.services.search.request import EVERYWHERE, SearchContext, SearchRequest
from aggregator.storage.feeds.overview import source_refs
from aggregator.storage.listing.filters import applies_mutes, followed_sources, load_mute_filter
from aggregator.storage.search import indexing, retrieval
from aggregator.storage.search.compile import CompiledQuery, compile_query
from aggregator.storage.search.doc_ids import MAX_DOC, count_by_hour
from aggregator.storage.search.index_query import Batch, Match
from aggregator.types import (
    SAVED_COUNT_CAP,
    SearchCounts,
    SearchPage,
    SearchPosition,
)

MAX_PARTIAL_HITS = 20
_MAX_COUNTED_SOURCES = 30


def search(session: Session, context: SearchContext, request: SearchRequest) -> SearchPage:
    """Find one page of matches; on the last page, partial matches follow in a list of their own.

    Raises PermissionDenied where an anonymous visitor asks for tags, stars or unread entries.
    """
    retrieval.prepare(session)
    compiled = _compile(session, context, request)
    muted = _muted_sources(session, context, request)
    if not request.include_muted:
        compiled = compiled.exclude_sources(muted)
    list_matches = _newest_matches if request.order == "newest" else _best_matches
    page = list_matches(session, compiled, context, request)
    partial: list[Match] = []
    if request.partial and page.next_position is None:
        partial = retrieval.partial_matches(
            session,
            compiled,
            retrieval.as_of(context.now),
            MAX_PARTIAL_HITS,
            fold=request.folds_duplicates,
            full=page.all_matches if request.position is None else None,
        )
    suggestion = None
    if not page.matches and request.position is None:
        suggestion = suggest_query(session, request.tree, request.language)
    hits = load_hits(
        session, compiled, [*page.matches, *partial], context.reader_id, copies=request.fold
    )
    return SearchPage(
        hits=tuple(hits[each.entry_id] for each in page.matches if each.entry_id in hits),
        next_position=page.next_position,
        partial=tuple(hits[each.entry_id] for each in partial if each.entry_id in hits),
        suggestion=suggestion,
        unknown=tuple(dict.fromkeys(compiled.unknown)),
        unknown_owners=tuple(dict.fromkeys(compiled.unknown_owners)),
        indexed=1.0 if indexing.is_renewed(session) else indexing.indexing_progress(session),
        counts=_count(session, page.batch, context, request),
        mutes=len(muted),
    )


def count_new_matches(
    session: Session, context: SearchContext, tree: Tree, after: int, since: datetime
) -> int:
    """Count the matches that arrived after the entry `after` and were published since `since`.

    Counts what `search` would list, up to `SAVED_COUNT_CAP`.
    """
    retrieval.prepare(session)
    request = SearchRequest(tree)
    compiled = _compile(session, context, request)
    compiled = compiled.exclude_sources(_muted_sources(session, context, request))
    return len(retrieval.arrived_since(session, compiled, after, since, SAVED_COUNT_CAP))


def newest_matches(
    session: Session, context: SearchContext, tree: Tree, most: int
) -> tuple[int, ...]:
    """The ids of the newest matches that `search` would list, at most `most`, copies included."""
    retrieval.prepare(session)
    request = SearchRequest(tree)
    compiled = _compile(session, context, request)
    compiled = compiled.exclude_sources(_muted_sources(session, context, request))
    found = retrieval.newest_page(session, compiled, None, most, fold=False)
    return tuple(match.entry_id for match in found.found)


def _compile(session: Session, context: SearchContext, request: SearchRequest) -> CompiledQuery:
    compiled = compile_query(session, request.tree, context.query_context)
    scope, filters = request.scope, _filter_tree(request)
    if scope == EVERYWHERE and filters == all_of([]):
        return compiled
    compiled = compiled.intersect(compile_query(session, filters, context.query_context))
    if scope.following:
        followed = () if context.reader is None else followed_sources(session, context.reader.id)
        compiled = compiled.restrict_to_sources(followed)
    return compiled.restrict_to_feed(scope.feed_id) if scope.feed_id else compiled


def _filter_tree(request: SearchRequest) -> Tree:
    """The filters that the query language can express, as a tree."""
    scope, last = request.scope, request.last_day
    values: tuple[tuple[FieldName, str | date | None], ...] = (
        ("source", scope.source),
        ("owner", scope.owner),
        ("country", scope.country),
        ("lang", scope.language),
        ("tag", scope.tag),
        ("is", "starred" if scope.starred else None),
        ("is", "unread" if scope.unread else None),
        ("after", request.first_day),
        ("before", last + timedelta(days=1) if last and last < date.max else None),
    )
    return all_of([Field(name, value) for name, value in values if value])


def _muted_sources(
    session: Session, context: SearchContext, request: SearchRequest
) -> frozenset[int]:
    """The sources that the reader mutes, unless the request overrides mutes."""
    if context.reader is None or not applies_mutes(request.scope) or request.overrides_mutes:
        return frozenset()
    return load_mute_filter(session, request.scope, context.reader.id).source_ids


# --- pages of full matches -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _MatchPage:
    """A page of full matches and the batch it was taken from."""

    matches: list[Match]
    next_position: SearchPosition | None
    batch: Batch | None
    """None by date unless matches are counted."""

    @property
    def all_matches(self) -> list[Match] | None:
        """The matches of the batch if there are no others."""
        return None if self.batch is None or self.batch.rest is not None else self.batch.found


def _newest_matches(
    session: Session, compiled: CompiledQuery, context: SearchContext, request: SearchRequest
) -> _MatchPage:
    position = request.position
    counted = retrieval.fetch_newest(session, compiled) if request.count else None
    found, rest = retrieval.newest_page(
        session,
        compiled,
        position.doc_id if position else None,
        request.limit + 1,
        fold=request.folds_duplicates,
        batch=counted,
    )
    matches = found[: request.limit]
    if len(found) > request.limit:
        rest = matches[-1].doc
    as_of = position.as_of if position else retrieval.as_of(context.now)
    return _MatchPage(matches, None if rest is None else SearchPosition(as_of, 0, rest), counted)


def _best_matches(
    session: Session, compiled: CompiledQuery, context: SearchContext, request: SearchRequest
) -> _MatchPage:
    """The best of the newest candidates; once these are shown, the best of older ones."""
    position = request.position
    as_of = position.as_of if position else retrieval.as_of(context.now)
    oldest = position.oldest_candidate if position else None
    batch = retrieval.scored_candidates(session, compiled, as_of, oldest)
    found = retrieval.best_page(
        session,
        batch.found,
        as_of,
        retrieval.RankPosition(position.score, position.doc_id) if position else None,
        request.limit + 1,
        freshness=retrieval.BLENDED if request.order == "blend" else retrieval.BY_RELEVANCE,
        fold=request.folds_duplicates,
    )
    matches, next_position = found[: request.limit], None
    if len(found) > request.limit:
        last = matches[-1]
        candidates = (batch.rest or 0) if oldest is None else oldest
        next_position = SearchPosition(as_of, candidates, last.doc, last.score)
    elif rest := oldest or batch.rest:
        next_position = SearchPosition(rest, None, MAX_DOC, math.inf)
    return _MatchPage(matches, next_position, batch)


def _count(
    session: Session, batch: Batch | None, context: SearchContext, request: SearchRequest
) -> SearchCounts | None:
    """Count the matches of `batch`; None unless the request asks for that."""
    if batch is None or not request.count:
        return None
    matches = batch.found
    copies = retrieval.find_copies(session, matches) if request.folds_duplicates else frozenset()
    listed = [match for match in matches if match.entry_id not in copies]
    days: Counter[date] = Counter()
    for hour, count in count_by_hour(match.doc for match in listed).items():
        days[hour.astimezone(context.zone).date()] += count
    sources = Counter(match.source_id for match in matches).most_common(_MAX_COUNTED_SOURCES)
    refs = source_refs(session, [id_ for id_, _ in sources])
    return SearchCounts(
        total=len(matches),
        complete=batch.rest is None,
        copies=len(matches) - len(listed),
        sources=tuple((refs[id_], count) for id_, count in sources if id_ in refs),
        languages=tuple(Counter(match.language for match in listed).most_common()),
        days=tuple(sorted(days.items(), reverse=True)),
    )

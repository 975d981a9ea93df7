"""Searching: what a reader types, and what is found for it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from sqlalchemy.orm import Session

from aggregator.process.analysis.search_document import searchable_text
from aggregator.process.search.highlights import Highlighter, Needle, highlight, snippet
from aggregator.query import Field, Tree, all_of, iter_fields, parse
from aggregator.services.search.cursors import SearchPosition, decode_cursor, encode_cursor
from aggregator.services.search.did_you_mean import suggest_query
from aggregator.storage.feeds.overview import source_refs
from aggregator.storage.listing import summaries
from aggregator.storage.listing.filters import applies_mutes, followed_sources, load_mute_filter
from aggregator.storage.search import expressions as ex
from aggregator.storage.search import indexing, retrieval
from aggregator.storage.search.compile import CompiledQuery, QueryContext, compile_query
from aggregator.storage.search.doc_ids import MAX_DOC, count_by_hour
from aggregator.storage.search.index_query import Batch, Match
from aggregator.types import (
    SAVED_COUNT_CAP,
    EntryFilter,
    SearchCounts,
    SearchHit,
    SearchOrder,
    SearchPage,
    User,
)

PAGE_SIZE = 30
MAX_PARTIAL_HITS = 20
"""Entries below the line: with only some of the words, the best of them."""
_MOST_SOURCES = 30
"""Of which it is told how much they have."""
_SNIPPET = 220
_NARROWING = ("source", "country")
NO_FILTER = EntryFilter()


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What is looked for and how it is to be shown."""

    query: str
    order: SearchOrder = "newest"
    cursor: str | None = None
    limit: int = PAGE_SIZE
    language: str = "en"
    """In which a suggestion is written."""
    fold: bool = True
    """Leave out copies, unless sources are named: then what one of them has is wanted."""
    count: bool = False
    """Whether it is to be counted how what has all words spreads; on a first page."""
    partial: bool = True
    """Whether what has only some of the words is wanted too."""
    entry_filter: EntryFilter = NO_FILTER
    """What else must be so: the filters of a page, no part of what is highlighted."""
    muted: bool = False
    """Whether sources that the reader mutes are wanted too; those that are named always are."""


@dataclass(frozen=True, slots=True)
class SearchContext:
    """Who searches, when and where."""

    reader: User | None
    now: datetime
    zone: tzinfo

    @property
    def query_context(self) -> QueryContext:
        """As storage wants it."""
        reader = self.reader.id if self.reader else None
        return QueryContext(reader, self.now.astimezone(self.zone).date(), self.zone)


def search(session: Session, seeker: SearchContext, wish: SearchRequest) -> SearchPage:
    """A screenful of what `wish` asks for.

    On the last page, what has only some of the words follows apart. Raises QueryError for a query
    that cannot be read, InvalidInput for a bad cursor, PermissionDenied for what only a reader has.
    """
    retrieval.prepare(session)
    compiled = _compile(session, seeker, wish)
    mute = _muted(session, seeker, wish)
    if not wish.muted:
        compiled = compiled.exclude_sources(mute)
    place = decode_cursor(wish.cursor, wish.order) if wish.cursor else None
    listed = _list_matches(session, compiled, seeker, wish, place)
    partial: list[Match] = []
    suggestion = None
    if not listed.found and place is None:
        suggestion = suggest_query(session, parse(wish.query), wish.language)
    if wish.partial and listed.next_position is None:
        fold = _folds(wish)
        as_of = retrieval.as_of(seeker.now)
        partial = retrieval.partial_matches(session, compiled, as_of, MAX_PARTIAL_HITS, fold=fold)
    hits = _hits(session, seeker, compiled, [*listed.found, *partial], copies=wish.fold)
    return SearchPage(
        hits=tuple(hits[each.entry_id] for each in listed.found if each.entry_id in hits),
        next_cursor=encode_cursor(wish.order, listed.next_position)
        if listed.next_position
        else None,
        partial=tuple(hits[each.entry_id] for each in partial if each.entry_id in hits),
        suggestion=suggestion,
        unknown=tuple(dict.fromkeys(compiled.unknown)),
        indexed=indexing.indexing_progress(session),
        counts=_counts(session, seeker, listed.batch) if wish.count and listed.batch else None,
        mutes=len(mute),
    )


def count_new_matches(
    session: Session, seeker: SearchContext, query: str, after: int, since: datetime
) -> int:
    """How many entries `query` finds that came later than the entry `after`, published `since`.

    As `search` finds them, up to `SAVED_COUNT_CAP`.
    """
    retrieval.prepare(session)
    wish = SearchRequest(query)
    compiled = _compile(session, seeker, wish).exclude_sources(_muted(session, seeker, wish))
    return len(retrieval.arrived_since(session, compiled, after, since, SAVED_COUNT_CAP))


@dataclass(frozen=True, slots=True)
class _MatchPage:
    """What has all words: a screenful, where it goes on, and what was looked at for it."""

    found: list[Match]
    next_position: SearchPosition | None
    batch: Batch | None


def _list_matches(
    session: Session,
    compiled: CompiledQuery,
    seeker: SearchContext,
    wish: SearchRequest,
    place: SearchPosition | None,
) -> _MatchPage:
    as_of = place.as_of if place else retrieval.as_of(seeker.now)
    limit, fold = wish.limit + 1, _folds(wish)
    if wish.order == "relevance":
        after = retrieval.RankPosition(place.score, place.doc_id) if place else None
        walked = retrieval.scored_candidates(
            session, compiled, as_of, place.compared_from if place else None
        )
        found = retrieval.best_page(session, walked.found, as_of, after, limit, fold=fold)
        shown, goes_on = found[: wish.limit], None
        if len(found) == limit:
            compared = place.compared_from if place else None
            from_ = (walked.rest or 0) if compared is None else compared
            goes_on = SearchPosition(as_of, from_, shown[-1].doc, shown[-1].score)
        elif rest := (place.compared_from if place and place.compared_from else walked.rest):
            goes_on = SearchPosition(
                rest, None, MAX_DOC, math.inf
            )  # the older ones, as well as they fit
        return _MatchPage(shown, goes_on, walked)
    below = place.doc_id if place else None
    counted = retrieval.fetch_newest(session, compiled) if wish.count else None
    found, rest = retrieval.newest_page(session, compiled, below, limit, fold=fold, walked=counted)
    shown = found[: wish.limit]
    rest = shown[-1].doc if len(found) == limit else rest
    goes_on = None if rest is None else SearchPosition(as_of, 0, rest)
    return _MatchPage(shown, goes_on, counted)


def _counts(session: Session, seeker: SearchContext, walked: Batch) -> SearchCounts:
    counted = walked.found
    days: Counter[date] = Counter()
    for hour, many in count_by_hour(each.doc for each in counted).items():
        days[hour.astimezone(seeker.zone).date()] += many
    sources = Counter(each.source_id for each in counted).most_common(_MOST_SOURCES)
    refs = source_refs(session, [id_ for id_, _ in sources])
    return SearchCounts(
        total=len(counted),
        complete=walked.rest is None,
        sources=tuple((refs[id_], many) for id_, many in sources if id_ in refs),
        languages=tuple(Counter(each.language for each in counted).most_common()),
        days=tuple(sorted(days.items(), reverse=True)),
    )


def _muted(session: Session, seeker: SearchContext, wish: SearchRequest) -> frozenset[int]:
    """The sources that the reader mutes, where the query is not about certain ones."""
    if seeker.reader is None or not applies_mutes(wish.entry_filter) or _asks_by_name(wish):
        return frozenset()
    return load_mute_filter(session, wish.entry_filter, seeker.reader.id).source_ids


def _asks_by_name(wish: SearchRequest) -> bool:
    """As in lists: for a source, for what the reader starred or tagged."""
    return any(
        field.name in ("source", "tag") or field.value == "starred"
        for field in iter_fields(parse(wish.query))
    )


def _folds(wish: SearchRequest) -> bool:
    """Whether copies are left out: not where what certain sources have is wanted."""
    return wish.fold and not _names_sources(wish)


def _names_sources(wish: SearchRequest) -> bool:
    within = wish.entry_filter
    if within.source or within.country or within.feed_id or within.following:
        return True
    return any(field.name in _NARROWING for field in iter_fields(parse(wish.query)))


def _compile(session: Session, seeker: SearchContext, wish: SearchRequest) -> CompiledQuery:
    compiled = compile_query(session, parse(wish.query), seeker.query_context)
    within = wish.entry_filter
    if within == NO_FILTER:
        return compiled
    compiled = compiled.intersect(compile_query(session, _tree_of(within), seeker.query_context))
    if within.following:
        reader = seeker.query_context.reader
        compiled = compiled.restrict_to_sources(
            followed_sources(session, reader) if reader is not None else ()
        )
    return compiled.restrict_to_feed(within.feed_id) if within.feed_id else compiled


def _tree_of(within: EntryFilter) -> Tree:
    """A filter in the query language, as far as that has it."""
    fields: list[Tree] = []
    for name, value in (
        ("source", within.source),
        ("country", within.country),
        ("lang", within.language),
        ("tag", within.tag),
        ("is", "starred" if within.starred else None),
        ("is", "unread" if within.unread else None),
    ):
        if value:
            fields.append(Field(name, value))  # type: ignore[arg-type]  # names of fields
    return all_of(fields)


# --- what is shown ---------------------------------------------------------------------------


def _hits(
    session: Session,
    seeker: SearchContext,
    compiled: CompiledQuery,
    found: Sequence[Match],
    *,
    copies: bool,
) -> dict[int, SearchHit]:
    ids = [each.entry_id for each in found]
    reader = seeker.reader.id if seeker.reader else None
    entries = summaries.summaries_by_id(session, ids, reader, copies=copies)
    contents = summaries.contents_by_id(session, ids)
    in_title = Highlighter(_needles(compiled))
    in_text = in_title.without_title_needles()
    hits = {}
    for id_, entry in entries.items():
        text = searchable_text(entry.summary, contents.get(id_, ""))
        hits[id_] = SearchHit(
            entry, highlight(entry.title, in_title), snippet(text, in_text, _SNIPPET)
        )
    return hits


def _needles(compiled: CompiledQuery) -> list[Needle]:
    """What to mark, the longest first."""
    needles = []
    for term in ex.terms_of(ex.conjunction(*compiled.required, *compiled.others)):
        if isinstance(term, ex.PrefixTerm):
            needles.append(Needle("begins", (term.token,), term.title_only))
        elif isinstance(term, ex.ExactPhrase):
            needles.append(Needle("exact", term.tokens, term.title_only))
        else:
            needles.append(Needle("stems", term.tokens, term.title_only))
    return sorted(needles, key=lambda each: -len(each.tokens))

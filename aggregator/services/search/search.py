"""Searching: what a reader types, and what is found for it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from sqlalchemy.orm import Session

from aggregator.process.analysis.search_document import searchable_text
from aggregator.process.search.highlights import Highlighter, Needle, mark, snippet
from aggregator.query import Field, Tree, all_of, fields_of, parse
from aggregator.services.search.cursors import Place, read_cursor, write_cursor
from aggregator.services.search.did_you_mean import suggest
from aggregator.storage.feeds.overview import source_refs
from aggregator.storage.listing import summaries
from aggregator.storage.listing.filters import find_muting, followed_sources, is_mixed
from aggregator.storage.search import expressions as ex
from aggregator.storage.search import indexing, retrieval
from aggregator.storage.search.compile import Compiled, Standing, compile_query
from aggregator.storage.search.doc_ids import LAST, hours_of
from aggregator.storage.search.index_query import Found, Walked
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
PARTIAL = 20
"""Entries below the line: with only some of the words, the best of them."""
_MOST_SOURCES = 30
"""Of which it is told how much they have."""
_SNIPPET = 220
_NARROWING = ("source", "country")
ANYTHING = EntryFilter()


@dataclass(frozen=True, slots=True)
class Wish:
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
    within: EntryFilter = ANYTHING
    """What else must be so: the filters of a page, no part of what is highlighted."""
    muted: bool = False
    """Whether sources that the reader mutes are wanted too; those that are named always are."""


@dataclass(frozen=True, slots=True)
class Seeker:
    """Who searches, when and where."""

    reader: User | None
    now: datetime
    zone: tzinfo

    @property
    def standing(self) -> Standing:
        """As storage wants it."""
        reader = self.reader.id if self.reader else None
        return Standing(reader, self.now.astimezone(self.zone).date(), self.zone)


def search(session: Session, seeker: Seeker, wish: Wish) -> SearchPage:
    """A screenful of what `wish` asks for.

    On the last page, what has only some of the words follows apart. Raises QueryError for a query
    that cannot be read, InvalidInput for a bad cursor, PermissionDenied for what only a reader has.
    """
    retrieval.prepare(session)
    compiled = _compile(session, seeker, wish)
    mute = _muted(session, seeker, wish)
    if not wish.muted:
        compiled = compiled.without_sources(mute)
    place = read_cursor(wish.cursor, wish.order) if wish.cursor else None
    listed = _listed(session, compiled, seeker, wish, place)
    partial: list[Found] = []
    suggestion = None
    if not listed.found and place is None:
        suggestion = suggest(session, parse(wish.query), wish.language)
    if wish.partial and listed.goes_on is None:
        fold = _folds(wish)
        as_of = retrieval.as_of(seeker.now)
        partial = retrieval.partial(session, compiled, as_of, PARTIAL, fold=fold)
    hits = _hits(session, seeker, compiled, [*listed.found, *partial], copies=wish.fold)
    return SearchPage(
        hits=tuple(hits[each.entry_id] for each in listed.found if each.entry_id in hits),
        next_cursor=write_cursor(wish.order, listed.goes_on) if listed.goes_on else None,
        partial=tuple(hits[each.entry_id] for each in partial if each.entry_id in hits),
        suggestion=suggestion,
        unknown=tuple(dict.fromkeys(compiled.unknown)),
        indexed=indexing.progress(session),
        counts=_counts(session, seeker, listed.walked) if wish.count and listed.walked else None,
        mutes=len(mute),
    )


def new_matches(session: Session, seeker: Seeker, query: str, after: int, since: datetime) -> int:
    """How many entries `query` finds that came later than the entry `after`, published `since`.

    As `search` finds them, up to `SAVED_COUNT_CAP`.
    """
    retrieval.prepare(session)
    wish = Wish(query)
    compiled = _compile(session, seeker, wish).without_sources(_muted(session, seeker, wish))
    return len(retrieval.arrived(session, compiled, after, since, SAVED_COUNT_CAP))


@dataclass(frozen=True, slots=True)
class _Listed:
    """What has all words: a screenful, where it goes on, and what was looked at for it."""

    found: list[Found]
    goes_on: Place | None
    walked: Walked | None


def _listed(
    session: Session, compiled: Compiled, seeker: Seeker, wish: Wish, place: Place | None
) -> _Listed:
    as_of = place.as_of if place else retrieval.as_of(seeker.now)
    limit, fold = wish.limit + 1, _folds(wish)
    if wish.order == "relevance":
        after = retrieval.Ranked(place.score, place.doc) if place else None
        walked = retrieval.candidates(session, compiled, as_of, place.from_ if place else None)
        found = retrieval.best(session, walked.found, as_of, after, limit, fold=fold)
        shown, goes_on = found[: wish.limit], None
        if len(found) == limit:
            compared = place.from_ if place else None
            from_ = (walked.rest or 0) if compared is None else compared
            goes_on = Place(as_of, from_, shown[-1].doc, shown[-1].score)
        elif rest := (place.from_ if place and place.from_ else walked.rest):
            goes_on = Place(rest, None, LAST, math.inf)  # the older ones, as well as they fit
        return _Listed(shown, goes_on, walked)
    below = place.doc if place else None
    counted = retrieval.walk(session, compiled) if wish.count else None
    found, rest = retrieval.newest(session, compiled, below, limit, fold=fold, walked=counted)
    shown = found[: wish.limit]
    rest = shown[-1].doc if len(found) == limit else rest
    goes_on = None if rest is None else Place(as_of, 0, rest)
    return _Listed(shown, goes_on, counted)


def _counts(session: Session, seeker: Seeker, walked: Walked) -> SearchCounts:
    counted = walked.found
    days: Counter[date] = Counter()
    for hour, many in hours_of(each.doc for each in counted).items():
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


def _muted(session: Session, seeker: Seeker, wish: Wish) -> frozenset[int]:
    """The sources that the reader mutes, where the query is not about certain ones."""
    if seeker.reader is None or not is_mixed(wish.within) or _asks_by_name(wish):
        return frozenset()
    return find_muting(session, wish.within, seeker.reader.id).source_ids


def _asks_by_name(wish: Wish) -> bool:
    """As in lists: for a source, for what the reader starred or tagged."""
    return any(
        field.name in ("source", "tag") or field.value == "starred"
        for field in fields_of(parse(wish.query))
    )


def _folds(wish: Wish) -> bool:
    """Whether copies are left out: not where what certain sources have is wanted."""
    return wish.fold and not _names_sources(wish)


def _names_sources(wish: Wish) -> bool:
    within = wish.within
    if within.source or within.country or within.feed_id or within.following:
        return True
    return any(field.name in _NARROWING for field in fields_of(parse(wish.query)))


def _compile(session: Session, seeker: Seeker, wish: Wish) -> Compiled:
    compiled = compile_query(session, parse(wish.query), seeker.standing)
    within = wish.within
    if within == ANYTHING:
        return compiled
    compiled = compiled.narrowed_by(compile_query(session, _tree_of(within), seeker.standing))
    if within.following:
        reader = seeker.standing.reader
        compiled = compiled.narrowed_to_sources(
            followed_sources(session, reader) if reader is not None else ()
        )
    return compiled.narrowed_to_feed(within.feed_id) if within.feed_id else compiled


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
    seeker: Seeker,
    compiled: Compiled,
    found: Sequence[Found],
    *,
    copies: bool,
) -> dict[int, SearchHit]:
    ids = [each.entry_id for each in found]
    reader = seeker.reader.id if seeker.reader else None
    entries = summaries.entries_of(session, ids, reader, copies=copies)
    contents = summaries.contents_of(session, ids)
    in_title = Highlighter(_needles(compiled))
    in_text = in_title.for_text()
    hits = {}
    for id_, entry in entries.items():
        text = searchable_text(entry.summary, contents.get(id_, ""))
        hits[id_] = SearchHit(entry, mark(entry.title, in_title), snippet(text, in_text, _SNIPPET))
    return hits


def _needles(compiled: Compiled) -> list[Needle]:
    """What to mark, the longest first."""
    needles = []
    for term in ex.terms_of(ex.both(*compiled.wanted, *compiled.others)):
        if isinstance(term, ex.Begins):
            needles.append(Needle("begins", (term.token,), term.title_only))
        elif isinstance(term, ex.Exact):
            needles.append(Needle("exact", term.tokens, term.title_only))
        else:
            needles.append(Needle("stems", term.tokens, term.title_only))
    return sorted(needles, key=lambda each: -len(each.tokens))

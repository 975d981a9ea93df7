"""Searching: what a reader types, and what is found for it."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from sqlalchemy.orm import Session

from aggregator.errors import InvalidInput
from aggregator.process.entrywords import searchable_text
from aggregator.process.highlights import Highlighter, Needle, mark, snippet
from aggregator.query import Field, Tree, all_of, fields_of, parse
from aggregator.services.suggesting import suggest
from aggregator.storage import reading
from aggregator.storage.overview import source_refs
from aggregator.storage.scopes import followed_sources
from aggregator.storage.search import expressions as ex
from aggregator.storage.search import filling, finding
from aggregator.storage.search.asked import Found
from aggregator.storage.search.compiling import Compiled, Standing, compile_query
from aggregator.storage.search.docs import LAST, hour_of, time_of
from aggregator.types import EntryFilter, SearchCounts, SearchHit, SearchOrder, SearchPage, User

PAGE_SIZE = 30
PARTIAL = 20
"""Entries below the line: with only some of the words, the best of them."""
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
    finding.prepare(session)
    compiled = _compile(session, seeker, wish)
    fold = wish.fold and not _names_sources(wish)
    place = _read_cursor(wish.cursor, wish.order) if wish.cursor else None
    as_of = place.as_of if place else finding.as_of(seeker.now)
    walked: list[Found] | None = None
    limit = wish.limit + 1
    if wish.order == "relevance":
        after = finding.Ranked(place.score, place.doc) if place else None
        walked = finding.candidates(session, compiled, as_of)
        found = finding.best(session, walked, as_of, after, limit, fold=fold)
    else:
        below = place.doc if place else None
        walked = finding.walk(session, compiled) if wish.count else None
        found = finding.newest(session, compiled, below, limit, fold=fold, walked=walked)
    shown, more = found[: wish.limit], len(found) > wish.limit
    partial: list[Found] = []
    suggestion = None
    if not found and wish.cursor is None:
        suggestion = suggest(session, parse(wish.query), wish.language)
    if wish.partial and not more:
        partial = finding.partial(session, compiled, as_of, PARTIAL, fold=fold)
    hits = _hits(session, seeker, compiled, [*shown, *partial], copies=wish.fold)
    return SearchPage(
        hits=tuple(hits[each.entry_id] for each in shown if each.entry_id in hits),
        next_cursor=_write_cursor(wish.order, shown[-1], as_of) if more else None,
        partial=tuple(hits[each.entry_id] for each in partial if each.entry_id in hits),
        suggestion=suggestion,
        unknown=tuple(dict.fromkeys(compiled.unknown)),
        indexed=filling.progress(session),
        counts=_counts(session, seeker, walked) if wish.count and walked is not None else None,
    )


def _counts(session: Session, seeker: Seeker, found: Sequence[Found]) -> SearchCounts:
    spread = finding.spread(session, found)
    sources = Counter(source_id for _, source_id, _ in spread.rows)
    languages = Counter(language for _, _, language in spread.rows)
    days: Counter[date] = Counter()
    for hour, many in Counter(hour_of(doc) for doc, _, _ in spread.rows).items():
        days[time_of(hour).astimezone(seeker.zone).date()] += many
    refs = source_refs(session, sources)
    return SearchCounts(
        total=len(spread.rows),
        complete=spread.complete,
        sources=tuple((refs[id_], n) for id_, n in sources.most_common() if id_ in refs),
        languages=tuple(languages.most_common()),
        days=tuple(sorted(days.items(), reverse=True)),
    )


def _names_sources(wish: Wish) -> bool:
    """Then what one of them has is wanted, whoever else has it."""
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


# --- where to go on --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Place:
    as_of: int
    doc: int
    score: float


def _write_cursor(order: SearchOrder, last: Found, as_of: int) -> str:
    written = f"{order[0]} {as_of} {last.doc} {last.score!r}"
    return urlsafe_b64encode(written.encode()).decode().rstrip("=")


def _read_cursor(cursor: str, order: SearchOrder) -> _Place:
    try:
        padding = "=" * (-len(cursor) % 4)
        kind, as_of, doc, score = urlsafe_b64decode(cursor.encode() + padding.encode()).split()
        place = _Place(int(as_of), int(doc), float(score))
        if kind.decode() != order[0] or not 0 <= place.doc <= LAST or not 0 <= place.as_of <= LAST:
            raise ValueError("of another list")
    except (ValueError, binascii.Error):
        raise InvalidInput(
            "error.bad_request", "cursor: take it from next_cursor, unchanged", field="cursor"
        ) from None
    return place


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
    entries = reading.entries_of(session, ids, reader, copies=copies)
    contents = reading.contents_of(session, ids)
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

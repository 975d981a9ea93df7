"""What a query finds: the newest, the best, what has some of its words, how it all spreads."""

from __future__ import annotations

from collections.abc import Sequence
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

MAX_MATCHES = 2000
"""So many of what has all words are compared by relevance, at most, and counted beside it."""
ENOUGH_MATCHES = 100
"""So many will do where more would take long."""
MIN_PAGE_MATCHES = 5
"""So many on a page where even that would take long: it goes on with older ones."""
MAX_PARTIAL_MATCHES = 6000
"""What has some of the words: only words are looked for that so many entries have, together."""
_MAX_TITLES_COMPARED = 80
"""Of what has some of the words, the titles of so many are compared."""
_MAX_SCANNED = 4000
_RECENCY_HALF_LIFE = timedelta(days=30)
_RECENCY_BOOST = 0.5
"""By how much what has just been published is better than the same long ago."""

_ENTRIES = table(Entry).c


@dataclass(frozen=True, slots=True)
class RankPosition:
    """A place among what was found by relevance."""

    score: float
    doc: int


def prepare(session: Session) -> None:
    """Make the session ready; before anything else is asked."""
    backend_of(session).prepare(session)


def fetch_newest(session: Session, compiled: CompiledQuery) -> Batch:
    """Newest entries with all words, duplicates included: at most `MAX_MATCHES`."""
    wanted = Limits(MAX_MATCHES + 1, ENOUGH_MATCHES, MIN_PAGE_MATCHES)
    return _first_of(MAX_MATCHES, backend_of(session).newest(session, compiled.asked, wanted))


def newest_page(
    session: Session,
    compiled: CompiledQuery,
    below: int | None,
    limit: int,
    *,
    fold: bool,
    walked: Batch | None = None,
) -> Batch:
    """Up to `limit` entries with all words, the newest first, from below a document on.

    Fewer, though `MIN_PAGE_MATCHES`, where more would take long. With `fold` copies of other
    entries are left out. `walked` is what `fetch_newest` gave, if it has been.
    """
    shown: list[Match] = []
    looked_at = 0
    rest = below
    while looked_at < _MAX_SCANNED:
        wanted = (limit - len(shown)) * 3 // 2 + 3 if fold else limit - len(shown)
        if walked is not None and (looked_at < len(walked.found) or walked.rest is None):
            found = walked.found[looked_at : looked_at + wanted]
            at_end = looked_at + len(found) == len(walked.found)
            rest = walked.rest if at_end else found[-1].doc
        else:
            asked = compiled.asked
            if rest is not None:
                asked = replace(asked, end=min(asked.end, rest))
            found, rest = backend_of(session).newest(
                session, asked, Limits(wanted, wanted, MIN_PAGE_MATCHES)
            )
        shown += _drop_duplicates(session, found) if fold else found
        looked_at += len(found)
        if (
            rest is None
            or len(shown) >= limit
            or (len(found) < wanted and len(shown) >= MIN_PAGE_MATCHES)
        ):
            break
    return Batch(shown[:limit], shown[limit - 1].doc if len(shown) > limit else rest)


def scored_candidates(
    session: Session, compiled: CompiledQuery, as_of: int, from_: int | None
) -> Batch:
    """As `fetch_newest`, with scores.

    Nothing behind the document `as_of` and, on a later page of these candidates, all from `from_`
    on: so pages fit together.
    """
    backend = backend_of(session)
    most = min(MAX_MATCHES, backend.MAX_CANDIDATES)
    asked = replace(compiled.asked, end=min(compiled.asked.end, as_of))
    wanted = Limits(most + 1, ENOUGH_MATCHES, MIN_PAGE_MATCHES)
    if from_ is not None:
        asked = replace(asked, start=max(asked.start, from_))
        wanted = no_early_stop(most)
    return _first_of(most, backend.newest_scored(session, asked, wanted))


def _first_of(most: int, walked: Batch) -> Batch:
    if len(walked.found) <= most:
        return walked
    return Batch(walked.found[:most], walked.found[most - 1].doc)


def arrived_since(
    session: Session, compiled: CompiledQuery, after: int, since: datetime, most: int
) -> list[Match]:
    """Up to `most` entries with all words that came later than the entry `after`.

    Without copies, where there are fewer. Only what is published `since` then: the index knows
    when an entry was published, not when it came.
    """

    def later(writing: SqlBuilder) -> str:
        return f"d.entry_id > {writing.bind(after)}"

    asked = compiled.asked
    asked = replace(
        asked,
        start=max(asked.start, first_doc(since)),
        conditions=(*asked.conditions, later),
    )
    found = backend_of(session).newest(session, asked, no_early_stop(most)).found
    return found if len(found) >= most else _drop_duplicates(session, found)


def best_page(
    session: Session,
    found: Sequence[Match],
    as_of: int,
    after: RankPosition | None,
    limit: int,
    *,
    fold: bool,
) -> list[Match]:
    """Up to `limit` of the candidates `found`, the best first, from behind `after` on."""
    ranked = _rank(found, as_of)
    if after is not None:
        ranked = [each for each in ranked if (each.score, each.doc) < (after.score, after.doc)]
    return _take(session, ranked, limit, fold=fold)


def partial_matches(
    session: Session, compiled: CompiledQuery, as_of: int, limit: int, *, fold: bool
) -> list[Match]:
    """What has some of the words but not all, the best first."""
    if len(compiled.required) < 2:
        return []
    asked = compiled.any_of(_rarest(session, compiled.required))
    asked = replace(asked, end=min(asked.end, as_of))
    found = (
        backend_of(session).newest_scored(session, asked, no_early_stop(MAX_PARTIAL_MATCHES)).found
    )
    first = _take(session, _rank(found, as_of), _MAX_TITLES_COMPARED, fold=fold)
    return title_grams.boost_by_title(session, compiled.required, first)[:limit]


def _rarest(session: Session, wanted: Sequence[ex.Expression]) -> list[ex.Expression]:
    """The rarest alternatives, as many as do not bring too much together; at least one."""
    counts = backend_of(session).document_counts(session, wanted, MAX_PARTIAL_MATCHES)
    ordered = sorted(range(len(wanted)), key=lambda place: (counts[place], place))
    total = 0
    chosen: set[int] = set()
    for place in ordered:
        total += counts[place]
        if chosen and total > MAX_PARTIAL_MATCHES:
            break
        chosen.add(place)
    return [each for place, each in enumerate(wanted) if place in chosen]


def as_of(now: datetime) -> int:
    """The document below which everything published until `now` is."""
    return min(first_doc(now) + (1 << 20), MAX_DOC)


def occurs(session: Session, expression: ex.Expression) -> bool:
    """Whether any entry has it."""
    return any(backend_of(session).document_counts(session, [expression], 1))


# --- parts -------------------------------------------------------------------------------------


def _rank(found: Sequence[Match], now: int) -> list[Match]:
    """The best first: how well the words fit, and how fresh it is."""
    half = first_doc(time_of(0) + _RECENCY_HALF_LIFE)
    ranked = []
    for doc, entry_id, score, source_id, language in found:
        fresh = 1 + _RECENCY_BOOST / (1 + max(now - doc, 0) / half)
        ranked.append(Match(doc, entry_id, score * fresh, source_id, language))
    ranked.sort(key=lambda each: (each.score, each.doc), reverse=True)
    return ranked


def _take(session: Session, found: Sequence[Match], limit: int, *, fold: bool) -> list[Match]:
    if not fold:
        return list(found[:limit])
    shown: list[Match] = []
    for start in range(0, len(found), 2 * limit):
        shown += _drop_duplicates(session, found[start : start + 2 * limit])
        if len(shown) >= limit:
            break
    return shown[:limit]


def _drop_duplicates(session: Session, found: Sequence[Match]) -> list[Match]:
    """Without copies: what is copied has the same words and is found itself."""
    here = in_list(_ENTRIES.id, "ids", dialect_of(session))
    firsts = set(
        session.execute(
            select(_ENTRIES.id).where(here, _ENTRIES.duplicate_of.is_(None)),
            {"ids": [each.entry_id for each in found]},
        ).scalars()
    )
    return [each for each in found if each.entry_id in firsts]

"""What a query finds: the newest, the best, what has some of its words, how it all spreads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from aggregator.storage.dialects import dialect_of
from aggregator.storage.keylists import among
from aggregator.storage.models import Entry, SearchDoc
from aggregator.storage.models.base import table
from aggregator.storage.search import expressions as ex
from aggregator.storage.search.asked import Found
from aggregator.storage.search.backends import backend_of
from aggregator.storage.search.compiling import Compiled
from aggregator.storage.search.docs import LAST, first_doc, time_of

NEWEST = 2000
"""By relevance, the newest so many of what has all words are compared; older ones only by date.
Beside what was found, the newest so many are counted."""
SPREAD = 6000
"""What has some of the words: only words are looked for that so many entries have, together."""
_MOST_LOOKED_AT = 4000
_HALF_FRESH = timedelta(days=30)
_FRESH = 0.5
"""By how much what has just been published is better than the same long ago."""

_ENTRIES = table(Entry).c
_DOCS = table(SearchDoc).c


@dataclass(frozen=True, slots=True)
class Ranked:
    """A place among what was found by relevance."""

    score: float
    doc: int


def prepare(session: Session) -> None:
    """Make the session ready; before anything else is asked."""
    backend_of(session).prepare(session)


def walk(session: Session, compiled: Compiled) -> list[Found]:
    """The newest `NEWEST` entries with all words, copies too, and one more if there is."""
    return list(backend_of(session).newest(session, compiled.asked, NEWEST + 1))


def newest(
    session: Session,
    compiled: Compiled,
    below: int | None,
    limit: int,
    *,
    fold: bool,
    walked: Sequence[Found] | None = None,
) -> list[Found]:
    """Up to `limit` entries with all words, the newest first, from below a document on.

    With `fold` copies of other entries are left out. `walked` is what `walk` gave, if it has been.
    """
    asked = compiled.asked
    if below is not None:
        asked = replace(asked, end=min(asked.end, below))
    shown: list[Found] = []
    looked_at = 0
    while len(shown) < limit and looked_at < _MOST_LOOKED_AT:
        wanted = (limit - len(shown)) * 3 // 2 + 3 if fold else limit
        if walked is not None and looked_at + wanted <= NEWEST:
            found = walked[looked_at : looked_at + wanted]
        else:
            found = backend_of(session).newest(session, asked, wanted)
        shown += _folded(session, found) if fold else found
        looked_at += len(found)
        if len(found) < wanted:
            break
        asked = replace(asked, end=found[-1].doc)
    return shown[:limit]


def candidates(session: Session, compiled: Compiled, as_of: int) -> list[Found]:
    """As `walk`, with scores. Nothing behind the document `as_of`, so that pages fit together."""
    asked = replace(compiled.asked, end=min(compiled.asked.end, as_of))
    return list(backend_of(session).scored(session, asked, NEWEST + 1))


def best(
    session: Session,
    found: Sequence[Found],
    as_of: int,
    after: Ranked | None,
    limit: int,
    *,
    fold: bool,
) -> list[Found]:
    """Up to `limit` of the candidates `found`, the best first, from behind `after` on."""
    ranked = _ranked(found[:NEWEST], as_of)
    if after is not None:
        ranked = [each for each in ranked if (each.score, each.doc) < (after.score, after.doc)]
    return _first(session, ranked, limit, fold=fold)


def partial(
    session: Session, compiled: Compiled, as_of: int, limit: int, *, fold: bool
) -> list[Found]:
    """What has some of the words but not all, the best first."""
    if len(compiled.wanted) < 2:
        return []
    asked = compiled.some_of(_rarest(session, compiled.wanted))
    asked = replace(asked, end=min(asked.end, as_of))
    found = backend_of(session).scored(session, asked, SPREAD)
    return _first(session, _ranked(found, as_of), limit, fold=fold)


def _rarest(session: Session, wanted: Sequence[ex.Expression]) -> list[ex.Expression]:
    """The rarest alternatives, as many as do not bring too much together; at least one."""
    counts = backend_of(session).document_counts(session, wanted, SPREAD)
    ordered = sorted(range(len(wanted)), key=lambda place: (counts[place], place))
    total = 0
    chosen: set[int] = set()
    for place in ordered:
        total += counts[place]
        if chosen and total > SPREAD:
            break
        chosen.add(place)
    return [each for place, each in enumerate(wanted) if place in chosen]


def as_of(now: datetime) -> int:
    """The document below which everything published until `now` is."""
    return min(first_doc(now) + (1 << 20), LAST)


def occurs(session: Session, expression: ex.Expression) -> bool:
    """Whether any entry has it."""
    return any(backend_of(session).document_counts(session, [expression], 1))


# --- how it spreads ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Spread:
    """(document, source id, language) of the newest that were found."""

    rows: tuple[tuple[int, int, str], ...]
    complete: bool


def spread(session: Session, found: Sequence[Found]) -> Spread:
    """What to count of what `walk` or `candidates` gave."""
    docs = [each.doc for each in found[:NEWEST]]
    here = among(_DOCS.doc, "docs", dialect_of(session))
    rows = session.execute(
        select(_DOCS.doc, _DOCS.source_id, _DOCS.language).where(here), {"docs": docs}
    )
    return Spread(tuple((row[0], row[1], row[2]) for row in rows), len(found) <= NEWEST)


# --- parts -------------------------------------------------------------------------------------


def _ranked(found: Sequence[Found], now: int) -> list[Found]:
    """The best first: how well the words fit, and how fresh it is."""
    half = first_doc(time_of(0) + _HALF_FRESH)
    ranked = []
    for doc, entry_id, score in found:
        fresh = 1 + _FRESH / (1 + max(now - doc, 0) / half)
        ranked.append(Found(doc, entry_id, score * fresh))
    ranked.sort(key=lambda each: (each.score, each.doc), reverse=True)
    return ranked


def _first(session: Session, found: Sequence[Found], limit: int, *, fold: bool) -> list[Found]:
    if not fold:
        return list(found[:limit])
    shown: list[Found] = []
    for start in range(0, len(found), 2 * limit):
        shown += _folded(session, found[start : start + 2 * limit])
        if len(shown) >= limit:
            break
    return shown[:limit]


def _folded(session: Session, found: Sequence[Found]) -> list[Found]:
    """Without copies: what is copied has the same words and is found itself."""
    here = among(_ENTRIES.id, "ids", dialect_of(session))
    firsts = set(
        session.execute(
            select(_ENTRIES.id).where(here, _ENTRIES.duplicate_of.is_(None)),
            {"ids": [each.entry_id for each in found]},
        ).scalars()
    )
    return [each for each in found if each.entry_id in firsts]

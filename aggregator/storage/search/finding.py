"""What a query finds: the newest, the best, what has some of its words, how it all spreads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from aggregator.storage.keylists import among
from aggregator.storage.models import Entry, SearchDoc
from aggregator.storage.models.base import table
from aggregator.storage.search import expressions as ex
from aggregator.storage.search import postgresql, sqlite
from aggregator.storage.search.asked import Found
from aggregator.storage.search.compiling import Compiled
from aggregator.storage.search.docs import LAST, first_doc, time_of

CANDIDATES = 3000
"""By relevance, the newest so many of what has all words are looked at; older ones only by date."""
COUNTED = 2000
"""What is counted by source, language and day: the newest so many."""
SPREAD = 20_000
"""What has some of the words: only words are looked for that so many entries have, together."""
_MOST_LOOKED_AT = 4000
_HALF_LIFE_DAYS = 30.0
_FRESH = 0.5
"""By how much what has just been published is better than the same long ago."""

_ENTRIES = table(Entry).c
_DOCS = table(SearchDoc).c


@dataclass(frozen=True, slots=True)
class Ranked:
    """A place among what was found by relevance."""

    score: float
    doc: int


def newest(
    session: Session, compiled: Compiled, below: int | None, limit: int, *, fold: bool
) -> list[Found]:
    """Up to `limit` entries with all words, the newest first, from below a document on.

    With `fold` copies of other entries are left out.
    """
    asked = compiled.asked
    if below is not None:
        asked = replace(asked, end=min(asked.end, below))
    shown: list[Found] = []
    looked_at = 0
    while len(shown) < limit and looked_at < _MOST_LOOKED_AT:
        wanted = (limit - len(shown)) * 3 // 2 + 3 if fold else limit
        found = _backend(session).newest(session, asked, wanted)
        shown += _folded(session, found) if fold else found
        looked_at += len(found)
        if len(found) < wanted:
            break
        asked = replace(asked, end=found[-1].doc)
    return shown[:limit]


def best(
    session: Session,
    compiled: Compiled,
    as_of: int,
    after: Ranked | None,
    limit: int,
    *,
    fold: bool,
) -> list[Found]:
    """Up to `limit` entries with all words, the best first, from behind `after` on.

    `as_of` is a document: nothing later is looked at, so that pages fit together.
    """
    asked = replace(compiled.asked, end=min(compiled.asked.end, as_of))
    found = _ranked(_backend(session).scored(session, asked, CANDIDATES), as_of)
    if after is not None:
        found = [each for each in found if (each.score, each.doc) < (after.score, after.doc)]
    return _first(session, found, limit, fold=fold)


def partial(
    session: Session, compiled: Compiled, as_of: int, limit: int, *, fold: bool
) -> list[Found]:
    """What has some of the words but not all, the best first."""
    if len(compiled.wanted) < 2:
        return []
    asked = compiled.some_of(_rarest(session, compiled.wanted))
    asked = replace(asked, end=min(asked.end, as_of))
    found = _ranked(_backend(session).scored(session, asked, SPREAD), as_of)
    return _first(session, found, limit, fold=fold)


def _rarest(session: Session, wanted: Sequence[ex.Expression]) -> list[ex.Expression]:
    """The rarest alternatives, as many as do not bring too much together; at least one."""
    counts = _backend(session).document_counts(session, wanted, SPREAD)
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
    return any(_backend(session).document_counts(session, [expression], 1))


# --- how it spreads ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Spread:
    """(document, source id, language) of the newest that were found."""

    rows: tuple[tuple[int, int, str], ...]
    complete: bool


def spread(session: Session, compiled: Compiled) -> Spread:
    """What to count: the newest `COUNTED` of what has all words, copies too."""
    found = _backend(session).newest(session, compiled.asked, COUNTED + 1)
    docs = [each.doc for each in found[:COUNTED]]
    here = among(_DOCS.doc, "docs", session.get_bind().dialect.name)
    rows = session.execute(
        select(_DOCS.doc, _DOCS.source_id, _DOCS.language).where(here), {"docs": docs}
    )
    return Spread(tuple((row[0], row[1], row[2]) for row in rows), len(found) <= COUNTED)


# --- parts -------------------------------------------------------------------------------------


def _ranked(found: Sequence[Found], now: int) -> list[Found]:
    """The best first: how well the words fit, and how fresh it is."""
    today = time_of(now)
    ranked = []
    for each in found:
        age = max((today - time_of(each.doc)).total_seconds() / 86_400, 0.0)
        fresh = 1 + _FRESH * 0.5 ** (age / _HALF_LIFE_DAYS)
        ranked.append(replace(each, score=each.score * fresh))
    return sorted(ranked, key=lambda each: (-each.score, -each.doc))


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
    here = among(_ENTRIES.id, "ids", session.get_bind().dialect.name)
    firsts = set(
        session.execute(
            select(_ENTRIES.id).where(here, _ENTRIES.duplicate_of.is_(None)),
            {"ids": [each.entry_id for each in found]},
        ).scalars()
    )
    return [each for each in found if each.entry_id in firsts]


def _backend(session: Session) -> Any:
    return sqlite if session.get_bind().dialect.name == "sqlite" else postgresql

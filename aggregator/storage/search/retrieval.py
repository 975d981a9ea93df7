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
from aggregator.storage.search.compile import Compiled
from aggregator.storage.search.doc_ids import LAST, first_doc, time_of
from aggregator.storage.search.index_query import Found, Walked, Wanted, Writing, all_of_them
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import among

NEWEST = 2000
"""So many of what has all words are compared by relevance, at most, and counted beside it."""
ENOUGH = 100
"""So many will do where more would take long."""
FEW = 5
"""So many on a page where even that would take long: it goes on with older ones."""
SPREAD = 6000
"""What has some of the words: only words are looked for that so many entries have, together."""
_TITLED = 80
"""Of what has some of the words, the titles of so many are compared."""
_MOST_LOOKED_AT = 4000
_HALF_FRESH = timedelta(days=30)
_FRESH = 0.5
"""By how much what has just been published is better than the same long ago."""

_ENTRIES = table(Entry).c


@dataclass(frozen=True, slots=True)
class Ranked:
    """A place among what was found by relevance."""

    score: float
    doc: int


def prepare(session: Session) -> None:
    """Make the session ready; before anything else is asked."""
    backend_of(session).prepare(session)


def walk(session: Session, compiled: Compiled) -> Walked:
    """The newest entries with all words, copies too: `NEWEST`, or fewer where that takes long."""
    wanted = Wanted(NEWEST + 1, ENOUGH, FEW)
    return _first_of(NEWEST, backend_of(session).newest(session, compiled.asked, wanted))


def newest(
    session: Session,
    compiled: Compiled,
    below: int | None,
    limit: int,
    *,
    fold: bool,
    walked: Walked | None = None,
) -> Walked:
    """Up to `limit` entries with all words, the newest first, from below a document on.

    Fewer, though `FEW`, where more would take long. With `fold` copies of other entries are left
    out. `walked` is what `walk` gave, if it has been.
    """
    shown: list[Found] = []
    looked_at = 0
    rest = below
    while looked_at < _MOST_LOOKED_AT:
        wanted = (limit - len(shown)) * 3 // 2 + 3 if fold else limit - len(shown)
        if walked is not None and (looked_at < len(walked.found) or walked.rest is None):
            found = walked.found[looked_at : looked_at + wanted]
            at_end = looked_at + len(found) == len(walked.found)
            rest = walked.rest if at_end else found[-1].doc
        else:
            asked = compiled.asked
            if rest is not None:
                asked = replace(asked, end=min(asked.end, rest))
            found, rest = backend_of(session).newest(session, asked, Wanted(wanted, wanted, FEW))
        shown += _folded(session, found) if fold else found
        looked_at += len(found)
        if rest is None or len(shown) >= limit or (len(found) < wanted and len(shown) >= FEW):
            break
    return Walked(shown[:limit], shown[limit - 1].doc if len(shown) > limit else rest)


def candidates(session: Session, compiled: Compiled, as_of: int, from_: int | None) -> Walked:
    """As `walk`, with scores.

    Nothing behind the document `as_of` and, on a later page of these candidates, all from `from_`
    on: so pages fit together.
    """
    backend = backend_of(session)
    most = min(NEWEST, backend.COMPARED)
    asked = replace(compiled.asked, end=min(compiled.asked.end, as_of))
    wanted = Wanted(most + 1, ENOUGH, FEW)
    if from_ is not None:
        asked = replace(asked, start=max(asked.start, from_))
        wanted = all_of_them(most)
    return _first_of(most, backend.scored(session, asked, wanted))


def _first_of(most: int, walked: Walked) -> Walked:
    if len(walked.found) <= most:
        return walked
    return Walked(walked.found[:most], walked.found[most - 1].doc)


def arrived(
    session: Session, compiled: Compiled, after: int, since: datetime, most: int
) -> list[Found]:
    """Up to `most` entries with all words that came later than the entry `after`.

    Without copies, where there are fewer. Only what is published `since` then: the index knows
    when an entry was published, not when it came.
    """

    def later(writing: Writing) -> str:
        return f"d.entry_id > {writing.value(after)}"

    asked = compiled.asked
    asked = replace(
        asked,
        start=max(asked.start, first_doc(since)),
        conditions=(*asked.conditions, later),
    )
    found = backend_of(session).newest(session, asked, all_of_them(most)).found
    return found if len(found) >= most else _folded(session, found)


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
    ranked = _ranked(found, as_of)
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
    found = backend_of(session).scored(session, asked, all_of_them(SPREAD)).found
    first = _first(session, _ranked(found, as_of), _TITLED, fold=fold)
    return title_grams.lift(session, compiled.wanted, first)[:limit]


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


# --- parts -------------------------------------------------------------------------------------


def _ranked(found: Sequence[Found], now: int) -> list[Found]:
    """The best first: how well the words fit, and how fresh it is."""
    half = first_doc(time_of(0) + _HALF_FRESH)
    ranked = []
    for doc, entry_id, score, source_id, language in found:
        fresh = 1 + _FRESH / (1 + max(now - doc, 0) / half)
        ranked.append(Found(doc, entry_id, score * fresh, source_id, language))
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

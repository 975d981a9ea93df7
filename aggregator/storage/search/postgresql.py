"""The index in PostgreSQL's tsvector, under our own tokens.

Lexemes: a stem as it is, a folded word behind "=", a facet behind "/". The title has weight A. The
positions are those of the words, so that phrases can be asked for.

A GIN index knows no order: it would bring all documents of a word to give the newest. So each has
its day among its facets ("/d" and a number), and the newest are asked for by as many of the last
days as are likely to hold enough.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import text
from sqlalchemy.orm import Session

from aggregator.storage.search import frequencies
from aggregator.storage.search.asked import Asked, Found, Writing
from aggregator.storage.search.bm25 import scores
from aggregator.storage.search.docs import day_of, first_of_day
from aggregator.storage.search.expressions import (
    EVERYTHING,
    Begins,
    Exact,
    Expression,
    Facet,
    Not,
    Or,
    Stems,
    both,
    terms_of,
)
from aggregator.types import EntryWords

_GAP = 10
"""Between title and text and facets: no phrase runs from one into the other."""
_MOST_POSITIONS = 255
_SPARE = 1.3
"""How many more days are asked for than should do."""
_AHEAD = 20_000
"""So far the documents are counted off to see how many a day has."""
_MOST_DAYS = 400
_TRIES = 3
RANKED = 150
"""So many of the candidates are scored by bm25, the first by ts_rank, which is poor but quick."""

_INSERT = text(
    "INSERT INTO search_index (doc, length, terms) VALUES (:doc, :length, CAST(:terms AS tsvector))"
)
_FLOOR = text(
    "SELECT doc FROM search_index WHERE doc >= :start AND doc < :end"
    " ORDER BY doc DESC OFFSET :ahead LIMIT 1"
)
_RANK = text(
    "SELECT doc FROM search_index WHERE doc = ANY(CAST(:docs AS bigint[]))"
    " ORDER BY ts_rank('{0.5, 0, 0, 1}', terms, CAST(:query AS tsquery), 1) DESC, doc DESC"
    " LIMIT :limit"
)


# --- filling -----------------------------------------------------------------------------------


def insert(session: Session, rows: Sequence[tuple[int, EntryWords]]) -> None:
    """Add documents."""
    session.connection().execute(
        _INSERT,
        [{"doc": doc, "length": words.length, "terms": vector(doc, words)} for doc, words in rows],
    )


def delete(session: Session, rows: Sequence[tuple[int, EntryWords]]) -> None:
    """Nothing to do: what is indexed goes with its row of `search_docs`."""


def clear(session: Session) -> None:
    """Take everything out."""
    session.execute(text("DELETE FROM search_index"))


def vector(doc: int, words: EntryWords) -> str:
    """A document as a tsvector is written."""
    lexemes: dict[str, list[str]] = {}
    place = _put(lexemes, "=", words.title, 1, "A")
    _put(lexemes, "", words.title_stems, 1, "A")
    after = _put(lexemes, "=", words.text, place + _GAP, "")
    _put(lexemes, "", words.text_stems, place + _GAP, "")
    _put(lexemes, "/", f"{words.facets} d{day_of(doc)}", after + _GAP, "")
    return " ".join(
        f"'{lexeme}':{','.join(places[:_MOST_POSITIONS])}" for lexeme, places in lexemes.items()
    )


def _put(lexemes: dict[str, list[str]], kind: str, words: str, first: int, weight: str) -> int:
    """Add words from the position `first` on; the position after the last."""
    place = first
    for place, word in enumerate(words.split(), first):
        lexemes.setdefault(kind + word, []).append(f"{place}{weight}")
    return place + 1


# --- finding -----------------------------------------------------------------------------------


def prepare(session: Session) -> None:
    """Plan each statement for its own words: a plan for any words reads everything."""
    session.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
    session.execute(text("SET LOCAL jit = off"))


def newest(session: Session, asked: Asked, limit: int) -> list[Found]:
    """Up to `limit` documents, the newest first."""
    if asked.expression == EVERYTHING:
        return _find(session, asked, "search_docs d WHERE true", limit)
    found: list[Found] = []
    days = _likely_days(session, asked, limit)
    for _ in range(_TRIES if days else 0):
        until = day_of(min(asked.end - 1, _latest(session)))
        some = range(max(until - days, 0) + 1, until + 1)
        in_days = Or(tuple(Facet((f"d{day}",)) for day in some))
        bound = max(asked.start, first_of_day(some.start))
        newer = replace(asked, expression=both(asked.expression, in_days), start=bound)
        found += _find(session, newer, _LOOKED_UP, limit - len(found))
        if len(found) >= limit or bound <= asked.start:
            return found
        asked = replace(asked, end=bound)
        days = min(2 * days, _MOST_DAYS)
    return found + _find(session, asked, _LOOKED_UP, limit - len(found))


def _likely_days(session: Session, asked: Asked, limit: int) -> int:
    """In how many of the last days enough should be found; 0 where it may as well be all."""
    share = frequencies.share_of(session, asked.expression)
    if not share:
        return 0
    needed = limit * _SPARE / share
    ahead = min(needed, _AHEAD)
    bounds = {"start": asked.start, "end": asked.end, "ahead": round(ahead)}
    there = session.execute(_FLOOR, bounds).scalar_one_or_none()
    if there is None:
        return 0
    days = (day_of(min(asked.end - 1, _latest(session))) - day_of(there) + 1) * needed / ahead
    return math.ceil(days) if days <= _MOST_DAYS else 0


def _latest(session: Session) -> int:
    """The newest document."""
    latest = session.execute(text("SELECT max(doc) FROM search_index")).scalar_one()
    return latest or 0


_LOOKED_UP = (
    "(SELECT doc FROM search_index WHERE terms @@ CAST(:query AS tsquery)"
    " AND doc + 0 >= :start AND doc + 0 < :end OFFSET 0) i"
    " JOIN search_docs d ON d.doc = i.doc WHERE true"
)
"""Nothing is added, at an offset of nothing: or PostgreSQL would read in the order of numbers."""


def _find(session: Session, asked: Asked, source: str, limit: int) -> list[Found]:
    wanted = asked.expression
    if asked.without is not None:
        wanted = both(wanted, Not(asked.without))
    query = tsquery(wanted)
    writing = Writing(_match, start=asked.start, end=asked.end, limit=limit, query=query)
    statement = (
        f"SELECT d.doc, d.entry_id FROM {source}"
        f" AND d.doc >= :start AND d.doc < :end{writing.conditions(asked)}"
        " ORDER BY d.doc DESC LIMIT :limit"
    )
    rows = session.execute(text(statement), writing.values)
    return [Found(row.doc, row.entry_id) for row in rows]


def _match(writing: Writing, expression: Expression) -> str:
    place = writing.value(tsquery(expression))
    return (
        "EXISTS (SELECT 1 FROM search_index m WHERE m.doc = d.doc"
        f" AND m.terms @@ CAST({place} AS tsquery))"
    )


def scored(session: Session, asked: Asked, limit: int) -> list[Found]:
    """The newest `limit` documents; those that rank first with their scores, the others with 0."""
    found = newest(session, asked, limit)
    if not terms_of(asked.expression):
        return found
    docs = [each.doc for each in found]
    if len(found) > RANKED:
        best = session.execute(
            _RANK,
            {
                "docs": docs,
                "query": tsquery(asked.expression),
                "limit": RANKED,
            },
        )
        docs = list(best.scalars())
    terms = {term: tsquery(term) for term in terms_of(asked.expression)}
    known = scores(session, terms, docs)
    return [Found(each.doc, each.entry_id, known.get(each.doc, 0.0)) for each in found]


def document_counts(session: Session, expressions: Sequence[Expression], enough: int) -> list[int]:
    """In how many documents each of `expressions` occurs; beyond `enough` about how many."""
    return [
        min(frequencies.documents_with(session, each, tsquery(each)), enough + 1)
        for each in expressions
    ]


# --- PostgreSQL's own language -------------------------------------------------------------------


def tsquery(expression: Expression) -> str:
    """`expression` as a tsquery is written."""
    if isinstance(expression, Stems):
        return _phrase("", expression.tokens, expression.title_only)
    if isinstance(expression, Exact):
        return _phrase("=", expression.tokens, expression.title_only)
    if isinstance(expression, Begins):
        flags = "*A" if expression.title_only else "*"
        return f"('={expression.token}':{flags} | '{expression.token}':{flags})"
    if isinstance(expression, Facet):
        return _phrase("/", expression.tokens, title_only=False)
    if isinstance(expression, Not):
        return f"!{tsquery(expression.part)}"
    operator, empty = (" | ", "'/nothing'") if isinstance(expression, Or) else (" & ", "'/all'")
    return f"({operator.join(map(tsquery, expression.parts)) or empty})"


def _phrase(kind: str, tokens: Iterable[str], title_only: bool) -> str:
    flags = ":A" if title_only else ""
    words = [f"'{kind}{token}'{flags}" for token in tokens]
    return f"({' <-> '.join(words)})"

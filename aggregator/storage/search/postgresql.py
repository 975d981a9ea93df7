"""The index in PostgreSQL's tsvector, under our own tokens.

Lexemes: a stem as it is, a folded word behind "=", a facet behind "/". The title has weight A. The
positions are those of the words, so that phrases can be asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from aggregator.storage.search import frequencies
from aggregator.storage.search.asked import Asked, Found, Writing
from aggregator.storage.search.bm25 import scores
from aggregator.storage.search.expressions import (
    EVERYTHING,
    Begins,
    Exact,
    Expression,
    Facet,
    Not,
    Or,
    Stems,
    terms_of,
)
from aggregator.types import EntryWords

_GAP = 10
"""Between title and text and facets: no phrase runs from one into the other."""
_MOST_POSITIONS = 255
WINDOW = 4000
"""So many of the newest documents are read one by one where the words are frequent."""
RANKED = 300
"""So many of the candidates are scored by bm25, the first by ts_rank, which is poor but quick."""

_INSERT = text(
    "INSERT INTO search_index (doc, length, terms) VALUES (:doc, :length, CAST(:terms AS tsvector))"
)
_FLOOR = text(
    "SELECT doc FROM search_index WHERE doc >= :start AND doc < :end"
    " ORDER BY doc DESC OFFSET :window LIMIT 1"
)
_RANK = text(
    "SELECT doc FROM search_index WHERE doc = ANY(CAST(:docs AS bigint[]))"
    " ORDER BY ts_rank('{0.33, 0, 0, 1}', terms, CAST(:query AS tsquery), 1) DESC, doc DESC"
    " LIMIT :limit"
)


# --- filling -----------------------------------------------------------------------------------


def insert(session: Session, rows: Sequence[tuple[int, EntryWords]]) -> None:
    """Add documents."""
    session.connection().execute(
        _INSERT,
        [{"doc": doc, "length": words.length, "terms": vector(words)} for doc, words in rows],
    )


def delete(session: Session, rows: Sequence[tuple[int, EntryWords]]) -> None:
    """Nothing to do: what is indexed goes with its row of `search_docs`."""


def clear(session: Session) -> None:
    """Take everything out."""
    session.execute(text("DELETE FROM search_index"))


def vector(words: EntryWords) -> str:
    """A document as a tsvector is written."""
    lexemes: dict[str, list[str]] = {}
    place = _put(lexemes, "=", words.title, 1, "A")
    _put(lexemes, "", words.title_stems, 1, "A")
    after = _put(lexemes, "=", words.text, place + _GAP, "")
    _put(lexemes, "", words.text_stems, place + _GAP, "")
    _put(lexemes, "/", words.facets, after + _GAP, "")
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


def newest(session: Session, asked: Asked, limit: int) -> list[Found]:
    """Up to `limit` documents, the newest first.

    Frequent words are met soon by reading the newest documents one by one; rare ones are looked up
    in the index, which knows no order. Neither way alone is quick for both.
    """
    if asked.expression == EVERYTHING:
        return _find(session, asked, "search_docs d WHERE true", asked.start, asked.end, limit)
    share = frequencies.share_of(session, asked.expression)
    found: list[Found] = []
    end = asked.end
    if share * WINDOW >= limit / 2:
        bounds = {"start": asked.start, "end": end, "window": WINDOW}
        floor = session.execute(_FLOOR, bounds).scalar_one_or_none()
        start = asked.start if floor is None else floor
        found = _find(session, asked, _WALKED, start, end, limit)
        if floor is None or len(found) >= limit:
            return found
        end = floor
    return found + _find(session, asked, _LOOKED_UP, asked.start, end, limit - len(found))


_WALKED = (
    "(SELECT doc, terms FROM search_index WHERE doc >= :start AND doc < :end OFFSET 0) i"
    " JOIN search_docs d ON d.doc = i.doc WHERE i.terms @@ CAST(:query AS tsquery)"
)
_LOOKED_UP = (
    "(SELECT doc FROM search_index WHERE terms @@ CAST(:query AS tsquery) OFFSET 0) i"
    " JOIN search_docs d ON d.doc = i.doc WHERE true"
)
"""The offset of nothing keeps PostgreSQL from mixing both ways."""


def _find(
    session: Session, asked: Asked, source: str, start: int, end: int, limit: int
) -> list[Found]:
    query = tsquery(asked.expression)
    writing = Writing(_match, start=start, end=end, limit=limit, query=query)
    statement = (
        f"SELECT d.doc, d.entry_id FROM {source}"
        f" AND d.doc >= :start AND d.doc < :end{writing.conditions(asked)}"
        " ORDER BY d.doc DESC LIMIT :limit"
    )
    return [
        Found(row.doc, row.entry_id) for row in session.execute(text(statement), writing.values)
    ]


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

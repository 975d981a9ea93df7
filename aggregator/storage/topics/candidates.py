"""Entries that may match a rule, from the search index: far fewer than all entries.

The index holds words as printed, so looking up the words of a rule behind each proclitic finds
every entry that the matcher could accept, and some that it will not.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from aggregator.process.analysis.word_features import MAX_WORD_LENGTH
from aggregator.query.rule_index import RequiredTerms
from aggregator.query.word_forms import surface_forms
from aggregator.storage.models import Entry, SearchDoc
from aggregator.storage.search.backends import backend_of
from aggregator.storage.search.doc_ids import first_doc
from aggregator.storage.search.expressions import (
    ExactPhrase,
    Expression,
    Or,
    PrefixTerm,
    StemPhrase,
)
from aggregator.storage.search.index_query import IndexQuery, SqlBuilder, no_early_stop
from aggregator.storage.search.indexing import is_renewed


def rule_candidates(
    session: Session, anchors: Iterable[RequiredTerms | None], start: datetime, limit: int
) -> list[int] | None:
    """Up to `limit` entries published since `start`, the newest first.

    None if the index cannot tell: it is not complete yet, or a rule requires no word.
    """
    expression = _any_of(session, anchors)
    if expression is None or not _indexed_since(session, start):
        return None
    query = IndexQuery(expression, start=first_doc(start))
    found = backend_of(session).newest(session, query, no_early_stop(limit)).found
    return [match.entry_id for match in found]


def rule_candidates_between(
    session: Session, anchors: RequiredTerms | None, first_id: int, last_id: int
) -> list[int] | None:
    """Candidates from `first_id` to `last_id`; None if the index cannot tell, as above."""
    expression = _any_of(session, [anchors])
    if expression is None or not _indexed_between(session, first_id, last_id):
        return None

    def within(writing: SqlBuilder) -> str:
        return f"d.entry_id BETWEEN {writing.bind(first_id)} AND {writing.bind(last_id)}"

    query = IndexQuery(expression, conditions=(within,))
    limit = last_id - first_id + 1
    found = backend_of(session).newest(session, query, no_early_stop(limit)).found
    return [match.entry_id for match in found]


def _any_of(session: Session, anchors: Iterable[RequiredTerms | None]) -> Expression | None:
    """Any of the required terms; None if one of them is not a word of the text.

    Nor can an index tell that has the stems of two versions.
    """
    anchors = list(anchors)
    if any(each and each.stems for each in anchors) and is_renewed(session):
        return None
    parts: list[Expression] = []
    for each in anchors:
        if each is None or any(":" in token for token in each.tokens):  # e.g. a source
            return None
        parts += [
            ExactPhrase((form[:MAX_WORD_LENGTH],))
            for token in each.tokens
            for form in surface_forms(token)
        ]
        parts += [StemPhrase((stem,)) for stem in each.stems]
        parts += [PrefixTerm(form) for prefix in each.prefixes for form in surface_forms(prefix)]
    return Or(tuple(parts))


def _indexed_since(session: Session, start: datetime) -> bool:
    stored = select(func.count()).select_from(Entry).where(Entry.published_at >= start)
    held = select(func.count()).select_from(SearchDoc).where(SearchDoc.doc >= first_doc(start))
    return session.execute(held).scalar_one() >= session.execute(stored).scalar_one()


def _indexed_between(session: Session, first_id: int, last_id: int) -> bool:
    stored, held = (
        select(func.count()).select_from(table).where(column.between(first_id, last_id))
        for table, column in ((Entry, Entry.id), (SearchDoc, SearchDoc.entry_id))
    )
    return session.execute(held).scalar_one() >= session.execute(stored).scalar_one()

"""Putting entries into the index and taking them out, inside the transaction that stores them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, delete, func, insert, select, update
from sqlalchemy.orm import Session

from aggregator.process.analysis.search_document import (
    INDEX_VERSION,
    build_search_document,
    searchable_text,
)
from aggregator.process.analysis.word_features import analyze_text
from aggregator.storage.models import Entry, EntryContent, SearchDoc, SearchState
from aggregator.storage.models.base import table
from aggregator.storage.search.backends import backend_of
from aggregator.storage.search.doc_ids import allocate_docs
from aggregator.storage.sql.row_counts import affected_rows
from aggregator.storage.sql.upsert import insert_or_ignore
from aggregator.types import SearchDocument

_CONTENTS = table(EntryContent).c
_DOCS = table(SearchDoc)
_STATE = table(SearchState)
_STORED = (
    Entry.id,
    Entry.source_id,
    Entry.feed_id,
    Entry.published_at,
    Entry.revision,
    Entry.title,
    Entry.author,
    Entry.summary,
    Entry.language,
    Entry.image_url,
    _CONTENTS.content,
    _CONTENTS.categories,
)


@dataclass(frozen=True, slots=True)
class IndexDocument:
    """An entry that is to be found."""

    id: int
    source_id: int
    feed_id: int
    published_at: datetime
    language: str
    words: SearchDocument


def add(session: Session, entries: Sequence[IndexDocument]) -> None:
    """Put entries into the index that are not in it."""
    if not entries:
        return
    docs = allocate_docs(session, ((each.id, each.published_at) for each in entries))
    # FTS5 writes at once what comes in the order of its numbers, and one by one what does not.
    numbered = sorted(zip(docs, entries, strict=True), key=lambda pair: pair[0])
    session.connection().execute(
        insert(_DOCS),
        [
            {
                "doc": doc,
                "entry_id": each.id,
                "source_id": each.source_id,
                "language": each.language,
            }
            for doc, each in numbered
        ],
    )
    rows = [(doc, _with_source_facets(each)) for doc, each in numbered]
    backend_of(session).insert(session, rows)
    _update_totals(session, rows, 1)


def remove(session: Session, entry_ids: Collection[int]) -> dict[int, datetime]:
    """Take entries out of the index, before they are changed or deleted.

    When they were published, by id, of those that were in it.
    """
    if not entry_ids:
        return {}
    found = session.execute(
        select(SearchDoc.doc, *_STORED)
        .join(Entry, Entry.id == SearchDoc.entry_id)
        .outerjoin(EntryContent, _CONTENTS.entry_id == Entry.id)
        .where(SearchDoc.entry_id.in_(entry_ids))
        .order_by(SearchDoc.doc)
    ).all()
    if not found:
        return {}
    rows = [(row.doc, _with_source_facets(_document_from_row(row))) for row in found]
    backend_of(session).delete(session, rows)
    session.execute(delete(_DOCS).where(_DOCS.c.doc.in_([doc for doc, _ in rows])))
    _update_totals(session, rows, -1)
    return {row.id: row.published_at for row in found}


# --- older entries ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class IndexBacklog:
    """Stored entries that the index does not have, with their words."""

    entries: tuple[IndexDocument, ...]
    revisions: dict[int, int]
    next_id: int
    """Where to look afterwards; 0 when that is all."""


def reset_if_outdated(session: Session) -> bool:
    """Empty an index that another tokenizer made; whether it was one."""
    state = session.execute(select(SearchState.version)).scalar_one_or_none()
    if state == INDEX_VERSION:
        return False
    last = session.execute(select(func.max(Entry.id))).scalar_one_or_none() or 0
    session.execute(delete(_STATE))
    backend_of(session).clear(session)
    session.execute(delete(_DOCS))
    session.execute(
        insert(_STATE),
        _initial_state() | {"next_id": last, "first_id": last},
    )
    return True


def find_backlog(session: Session, limit: int) -> IndexBacklog | None:
    """Up to `limit` entries that are to be indexed, the last to arrive first; None when all are."""
    next_id = session.execute(select(SearchState.next_id)).scalar_one_or_none()
    if not next_id:
        return None
    rows = session.execute(
        select(*_STORED, SearchDoc.doc)
        .outerjoin(EntryContent, _CONTENTS.entry_id == Entry.id)
        .outerjoin(SearchDoc, SearchDoc.entry_id == Entry.id)
        .where(Entry.id <= next_id)
        .order_by(Entry.id.desc())
        .limit(limit)
    ).all()
    waiting = [row for row in rows if row.doc is None]
    return IndexBacklog(
        tuple(map(_document_from_row, waiting)),
        {row.id: row.revision for row in waiting},
        rows[-1].id - 1 if len(rows) == limit else 0,
    )


def index_backlog(session: Session, waiting: IndexBacklog) -> int:
    """Index what is still as it was when it was found; how many entries that were.

    What was edited meanwhile is left to a second look: `next_id` stays above it.
    """
    ids = list(waiting.revisions)
    rows = session.execute(
        select(Entry.id, Entry.revision, SearchDoc.doc)
        .outerjoin(SearchDoc, SearchDoc.entry_id == Entry.id)
        .where(Entry.id.in_(ids))
    ).all()
    same = {row.id for row in rows if row.doc is None and row.revision == waiting.revisions[row.id]}
    changed = [row.id for row in rows if row.doc is None and row.id not in same]
    add(session, [each for each in waiting.entries if each.id in same])
    session.execute(update(_STATE).values(next_id=max([*changed, waiting.next_id])))
    return len(same)


def indexing_progress(session: Session) -> float:
    """Which part of the entries is indexed, from 0 to 1, as far as the last look goes."""
    row = session.execute(select(SearchState.next_id, SearchState.first_id)).one_or_none()
    if row is None or not row.first_id:
        return 1.0
    return 1.0 - float(row.next_id) / float(row.first_id)


# --- parts -----------------------------------------------------------------------------------


def _with_source_facets(each: IndexDocument) -> SearchDocument:
    words = each.words
    return SearchDocument(
        words.title,
        words.text,
        words.title_stems,
        words.text_stems,
        f"{words.facets} s{each.source_id} f{each.feed_id}",
    )


def _document_from_row(row: Any) -> IndexDocument:
    """An entry from its stored row: the same words as when it was prepared."""
    words = build_search_document(
        analyze_text(row.title),
        analyze_text(searchable_text(row.summary, row.content or "")),
        author=row.author,
        language=row.language,
        categories=row.categories or (),
        has_image=row.image_url is not None,
    )
    return IndexDocument(row.id, row.source_id, row.feed_id, row.published_at, row.language, words)


def _update_totals(session: Session, rows: Iterable[tuple[int, SearchDocument]], sign: int) -> None:
    lengths = [words.length for _, words in rows]
    state = _STATE.c
    is_empty = (state.documents == 0) & (state.next_id == 0)
    counted = update(_STATE).values(
        version=case(
            (is_empty, INDEX_VERSION), else_=state.version
        ),  # what begins now is up to date
        documents=_STATE.c.documents + sign * len(lengths),
        tokens=_STATE.c.tokens + sign * sum(lengths),
    )
    if not affected_rows(session, counted):
        insert_or_ignore(session, SearchState, [_initial_state()])
        session.execute(counted)


def _initial_state() -> dict[str, int]:
    return {
        "id": 1,
        "version": INDEX_VERSION,
        "next_id": 0,
        "first_id": 0,
        "documents": 0,
        "tokens": 0,
        "words_up_to": 0,
    }

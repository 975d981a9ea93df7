"""Add entries to the index and remove them, in the transaction that stores them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import case, delete, func, insert, select, update
from sqlalchemy.orm import Session

from aggregator.process.analysis.former_document import FORMER_VERSION, build_former_document
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
    SearchDoc.doc,
)


class StoredEntry(NamedTuple):
    """A row of `_STORED`."""

    id: int
    source_id: int
    feed_id: int
    published_at: datetime
    revision: int
    title: str
    author: str
    summary: str
    language: str
    image_url: str | None
    content: str | None
    categories: Sequence[str] | None
    doc: int | None


@dataclass(frozen=True, slots=True)
class IndexDocument:
    """An entry to index."""

    id: int
    source_id: int
    feed_id: int
    published_at: datetime
    language: str
    words: SearchDocument
    stored: StoredEntry | None = None
    """The row that it was made of, if it was; an index under renewal may have its former words."""


def add(session: Session, entries: Sequence[IndexDocument]) -> None:
    """Index entries that are not in the index.

    While the index is renewed, entries that it has not come to are indexed as the others there.
    """
    up_to = _former_up_to(session) if entries else 0
    former_ids = [each.id for each in entries if each.id <= up_to]
    if former_ids:
        former = {row.id: _former_document(row) for row in stored_entries(session, former_ids)}
        entries = [former.get(each.id, each) for each in entries]
    _insert(session, entries)


def _insert(session: Session, entries: Sequence[IndexDocument]) -> None:
    if not entries:
        return
    docs = allocate_docs(session, ((each.id, each.published_at) for each in entries))
    # FTS5 writes documents in one go if they come in order, and one by one otherwise.
    numbered = sorted(zip(docs, entries, strict=True), key=lambda pair: pair[0])
    session.connection().execute(
        insert(_DOCS),
        [
            {
                "doc": doc,
                "entry_id": each.id,
                "source_id": each.source_id,
                "feed_id": each.feed_id,
                "language": each.language,
            }
            for doc, each in numbered
        ],
    )
    rows = [(doc, _with_source_facets(each)) for doc, each in numbered]
    backend_of(session).insert(session, rows)
    _update_totals(session, rows, 1)


def remove(session: Session, entry_ids: Collection[int]) -> None:
    """Remove entries from the index before they are deleted."""
    entries = stored_entries(session, entry_ids)
    remove_documents(session, [to_document(entry) for entry in entries if entry.doc is not None])


def stored_entries(session: Session, entry_ids: Collection[int]) -> list[StoredEntry]:
    """Read entries as `to_document` needs them."""
    if not entry_ids:
        return []
    found = session.execute(
        select(*_STORED)
        .select_from(Entry)
        .outerjoin(EntryContent, _CONTENTS.entry_id == Entry.id)
        .outerjoin(SearchDoc, SearchDoc.entry_id == Entry.id)
        .where(Entry.id.in_(entry_ids))
    )
    return list(map(StoredEntry._make, found))


def remove_documents(session: Session, documents: Sequence[IndexDocument]) -> set[int]:
    """Remove documents from the index, with the very words that they were added with.

    Return the ids of the entries that were in it.
    """
    if not documents:
        return set()
    known = {each.id: each for each in documents}
    found = session.execute(
        select(_DOCS.c.doc, _DOCS.c.entry_id)
        .where(_DOCS.c.entry_id.in_(known))
        .order_by(_DOCS.c.doc)
    ).all()
    if not found:
        return set()
    up_to = _former_up_to(session)
    rows = [
        (row.doc, _with_source_facets(_as_indexed(known[row.entry_id], up_to))) for row in found
    ]
    backend_of(session).delete(session, rows)
    session.execute(delete(_DOCS).where(_DOCS.c.doc.in_([doc for doc, _ in rows])))
    _update_totals(session, rows, -1)
    return {row.entry_id for row in found}


# --- older entries ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class IndexBacklog:
    """Stored entries to index, with their words."""

    entries: tuple[IndexDocument, ...]
    revisions: dict[int, int]
    next_id: int
    """Highest entry id to look at next; 0 if none is left."""


def reset_if_outdated(session: Session) -> bool:
    """Have an index of another version renewed from now on; return whether it is.

    One of the version before stays searchable meanwhile, entry by entry; any other is emptied.
    """
    version = session.execute(select(SearchState.version)).scalar_one_or_none()
    if version in (INDEX_VERSION, -FORMER_VERSION):
        return False
    last = session.execute(select(func.max(Entry.id))).scalar_one_or_none() or 0
    position = {"next_id": last, "first_id": last}
    if version == FORMER_VERSION and last:
        session.execute(update(_STATE).values(version=-FORMER_VERSION, **position))
        return True
    empty(session)
    return True


def look_again(session: Session) -> None:
    """Have the entries that the index lacks indexed from now on."""
    last = session.execute(select(func.max(Entry.id))).scalar_one_or_none() or 0
    session.execute(update(_STATE).values(next_id=last, first_id=last))


def empty(session: Session) -> None:
    """Empty the index; all entries are indexed from now on."""
    last = session.execute(select(func.max(Entry.id))).scalar_one_or_none() or 0
    session.execute(delete(_STATE))
    backend_of(session).clear(session)
    session.execute(delete(_DOCS))
    session.execute(insert(_STATE), _initial_state() | {"next_id": last, "first_id": last})


def find_backlog(session: Session, limit: int) -> IndexBacklog | None:
    """Find up to `limit` entries to index, latest arrivals first; None when all are indexed."""
    next_id = session.execute(select(SearchState.next_id)).scalar_one_or_none()
    if not next_id:
        return None
    rows = session.execute(
        select(*_STORED)
        .select_from(Entry)
        .outerjoin(EntryContent, _CONTENTS.entry_id == Entry.id)
        .outerjoin(SearchDoc, SearchDoc.entry_id == Entry.id)
        .where(Entry.id <= next_id)
        .order_by(Entry.id.desc())
        .limit(limit)
    ).all()
    renewing = is_renewed(session)
    waiting = [each for each in map(StoredEntry._make, rows) if renewing or each.doc is None]
    return IndexBacklog(
        tuple(map(to_document, waiting)),
        {entry.id: entry.revision for entry in waiting},
        rows[-1].id - 1 if len(rows) == limit else 0,
    )


def index_backlog(session: Session, backlog: IndexBacklog) -> int:
    """Index the entries unchanged since they were found; return how many there were.

    Entries edited meanwhile, and those below them, are left to the next look: `next_id` stays
    above them, and it alone tells which entries have the words of which version.
    """
    rows = session.execute(
        select(Entry.id, Entry.revision, SearchDoc.doc)
        .outerjoin(SearchDoc, SearchDoc.entry_id == Entry.id)
        .where(Entry.id.in_(list(backlog.revisions)))
    ).all()
    renewing = is_renewed(session)
    waiting = [row for row in rows if renewing or row.doc is None]
    changed = [row.id for row in waiting if row.revision != backlog.revisions[row.id]]
    next_id = max([*changed, backlog.next_id])
    unchanged = {row.id for row in waiting if row.id > max(changed, default=0)}
    entries = [entry for entry in backlog.entries if entry.id in unchanged]
    if renewing:
        remove_documents(session, entries)
    _insert(session, entries)
    done = {} if next_id else {"version": INDEX_VERSION}
    session.execute(update(_STATE).values(next_id=next_id, **done))
    return len(unchanged)


def is_renewed(session: Session) -> bool:
    """Whether part of the index still has the words of the version before."""
    return _former_up_to(session) > 0


def _former_up_to(session: Session) -> int:
    """The highest id of the entries that have the words of the version before; 0 if none has."""
    row = session.execute(select(SearchState.version, SearchState.next_id)).one_or_none()
    return row.next_id if row is not None and row.version < 0 else 0


def indexing_progress(session: Session) -> float:
    """Return the fraction of entries indexed, from 0 to 1, as of the last look."""
    row = session.execute(select(SearchState.next_id, SearchState.first_id)).one_or_none()
    if row is None or not row.first_id:
        return 1.0
    return 1.0 - float(row.next_id) / float(row.first_id)


# --- parts -----------------------------------------------------------------------------------


def _with_source_facets(entry: IndexDocument) -> SearchDocument:
    facets = f"{entry.words.facets} s{entry.source_id} f{entry.feed_id}"
    return entry.words._replace(facets=facets)


def to_document(entry: StoredEntry) -> IndexDocument:
    """Analyze a stored entry: gives the same words as when it was prepared."""
    words = build_search_document(
        analyze_text(entry.title),
        analyze_text(searchable_text(entry.summary, entry.content or "")),
        author=entry.author,
        language=entry.language,
        categories=entry.categories or (),
        has_image=entry.image_url is not None,
    )
    return _document(entry, words)


def _former_document(entry: StoredEntry) -> IndexDocument:
    """Analyze a stored entry as the version before did."""
    words = build_former_document(
        entry.title,
        searchable_text(entry.summary, entry.content or ""),
        author=entry.author,
        language=entry.language,
        categories=entry.categories or (),
        has_image=entry.image_url is not None,
    )
    return _document(entry, words)


def _document(entry: StoredEntry, words: SearchDocument) -> IndexDocument:
    return IndexDocument(
        entry.id,
        entry.source_id,
        entry.feed_id,
        entry.published_at,
        entry.language,
        words,
        stored=entry,
    )


def _as_indexed(document: IndexDocument, up_to: int) -> IndexDocument:
    """A document with the words that it was added with; those up to the id `up_to` are former."""
    if document.id > up_to or document.stored is None:
        return document
    return _former_document(document.stored)


def _update_totals(session: Session, rows: Iterable[tuple[int, SearchDocument]], sign: int) -> None:
    lengths = [words.length for _, words in rows]
    state = _STATE.c
    is_empty = (state.documents == 0) & (state.next_id == 0)
    counted = update(_STATE).values(
        # An index that is still empty takes the version of the words being added.
        version=case((is_empty, INDEX_VERSION), else_=state.version),
        documents=state.documents + sign * len(lengths),
        tokens=state.tokens + sign * sum(lengths),
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

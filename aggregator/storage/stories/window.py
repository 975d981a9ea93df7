"""The window of recent entries that new ones are compared with, read and saved per batch."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Dialect, Select, Table, insert, select
from sqlalchemy.orm import Session

from aggregator.keys import pack, unpack
from aggregator.process.stories.clustering import StoryWindow
from aggregator.process.stories.idf import DocumentFrequencies
from aggregator.process.stories.similarity import StoryVector, figures_of
from aggregator.storage.models import (
    ForbiddenMerge,
    StoryEntry,
    StoryFrequencies,
    StoryPosting,
    StoryVectorRow,
)
from aggregator.storage.models.base import UtcTime, table
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import in_list
from aggregator.storage.sql.upsert import bulk_insert, dialect_insert

_vectors, _postings, _frequencies = (
    table(StoryVectorRow),
    table(StoryPosting),
    table(StoryFrequencies),
)
_members, _apart = table(StoryEntry), table(ForbiddenMerge)
_AT = UtcTime()
_WEIGHT_SCALE = 65535.0


def load_frequencies(session: Session) -> DocumentFrequencies:
    """Return how common terms are."""
    saved = session.execute(select(_frequencies.c.counts)).scalar_one_or_none()
    return DocumentFrequencies(saved or b"")


def load_postings(session: Session, terms: Collection[int]) -> dict[int, list[int]]:
    """Return the latest entries of each of `terms`."""
    rows = session.execute(_postings_of(dialect_of(session)), {"keys": list(terms)})
    return {row.term: unpack("I", row.entries).tolist() for row in rows}


def load_vectors(session: Session, window: StoryWindow, candidates: Collection[int]) -> None:
    """Load entries, their stories and the other entries of those into the window."""
    dialect = dialect_of(session)
    wanted = {"keys": sorted(candidates)}
    stories = {row.story_id for row in session.execute(_stories_of(dialect), wanted)}
    everybody = set(candidates)
    for row in session.execute(_members_of(dialect), {"keys": sorted(stories)}):
        window.members.setdefault(row.story_id, []).append(row.entry_id)
        window.story_of[row.entry_id] = row.story_id
        everybody.add(row.entry_id)
    for row in session.execute(_vectors_of(dialect), {"keys": sorted(everybody)}):
        window.vectors[row.entry_id] = _from_row(row)
    for one, other in session.execute(select(_apart.c.one_id, _apart.c.other_id)):
        window.forbidden_merges.add((one, other))


def save(
    session: Session, window: StoryWindow, new: Sequence[StoryVector], changed_terms: Iterable[int]
) -> None:
    """Save new entries for later ones to be compared with."""
    dialect = session.connection().dialect
    if new:
        rows = [_to_row(entry, dialect) for entry in new]
        bulk_insert(session, insert(_vectors), _VECTOR_COLUMNS, rows)
    changed = [(term, ids) for term in changed_terms if (ids := window.postings.get(term))]
    if changed:
        kept = [(term, pack("I", ids), ids[-1]) for term, ids in changed]
        _replace(session, _postings, ("term", "entries", "newest"), kept)
    _replace(session, _frequencies, ("id", "counts"), [(1, window.frequencies.saved())])


def _replace(
    session: Session, target: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Insert rows, replacing those with the same key, the first column."""
    statement = dialect_insert(dialect_of(session), target)
    values = {name: statement.excluded[name] for name in columns[1:]}
    replacing = statement.on_conflict_do_update(index_elements=[columns[0]], set_=values)
    bulk_insert(session, replacing, columns, rows)


_VECTOR_COLUMNS = (
    "entry_id", "source_id", "language", "at", "words", "weights", "anchors", "anchor_weights",
    "sketch", "form", "figures", "score", "serial", "brief",
)  # fmt: skip


def _to_row(entry: StoryVector, dialect: Dialect) -> tuple[Any, ...]:
    return (
        entry.id,
        entry.source,
        entry.language,
        _AT.process_bind_param(entry.at, dialect),
        pack("I", entry.words),
        _weights(entry.words),
        pack("I", [*entry.names, *entry.anchors]),
        bytes(2 * len(entry.names)) + _weights(entry.anchors),
        pack("I", entry.sketch),
        entry.form,
        entry.title_figures,
        entry.score,
        entry.serial,
        entry.brief,
    )


def _weights(terms: Mapping[int, float]) -> bytes:
    return pack("H", map(int, map(_WEIGHT_SCALE.__mul__, terms.values())))


def _from_row(row: Any) -> StoryVector:
    anchors = _terms(row.anchors, row.anchor_weights)
    names = _weightless(row.anchors, row.anchor_weights)
    return StoryVector(
        id=row.entry_id,
        source=row.source_id,
        language=row.language,
        at=row.at,
        words=_terms(row.words, row.weights),
        anchors=anchors,
        figures=figures_of(anchors),
        names=names,
        sketch=frozenset(unpack("I", row.sketch)),
        form=row.form,
        title_figures=row.figures,
        score=row.score,
        serial=row.serial,
        brief=row.brief,
    )


def _terms(keys: bytes, weights: bytes) -> dict[int, float]:
    values = [weight / _WEIGHT_SCALE for weight in unpack("H", weights)]
    return dict(zip(unpack("I", keys), values, strict=True))


def _weightless(keys: bytes, weights: bytes) -> frozenset[int]:
    """The names: they stand before the anchors that they are among, with a weight of 0."""
    named = zip(unpack("I", keys), unpack("H", weights), strict=True)
    return frozenset([key for key, weight in named if not weight])


@cache
def _postings_of(dialect: str) -> Select[Any]:
    columns = _postings.c.term, _postings.c.entries
    return select(*columns).where(in_list(_postings.c.term, "keys", dialect))


@cache
def _stories_of(dialect: str) -> Select[Any]:
    return (
        select(_members.c.story_id).where(in_list(_members.c.entry_id, "keys", dialect)).distinct()
    )


@cache
def _members_of(dialect: str) -> Select[Any]:
    columns = _members.c.story_id, _members.c.entry_id
    found = select(*columns).where(in_list(_members.c.story_id, "keys", dialect))
    return found.order_by(_members.c.story_id, _members.c.entry_id)


@cache
def _vectors_of(dialect: str) -> Select[Any]:
    return select(_vectors).where(in_list(_vectors.c.entry_id, "keys", dialect))
